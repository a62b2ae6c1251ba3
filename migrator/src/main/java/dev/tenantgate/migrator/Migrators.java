package dev.tenantgate.migrator;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.Settings;
import dev.tenantgate.migrator.run.PostgresMigrator;

/** Makes migrators. */
public final class Migrators {

  private Migrators() {}

  /** Makes a migrator with these settings. Nothing connects yet; close it when it's done with. */
  public static Migrator open(
      DatabaseSettings database, MigrationSettings migrations, SchemaPattern pattern) {
    return new PostgresMigrator(database, migrations, pattern);
  }

  /** Makes a migrator with the settings of a gateway. */
  public static Migrator open(Settings settings) {
    return open(settings.database(), settings.migrations(), settings.tenants().schema());
  }
}
