package dev.tenantgate.migrator;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.TenantSettings;
import dev.tenantgate.migrator.run.PostgresMigrator;
import java.util.List;

/** Makes migrators. */
public final class Migrators {

  private Migrators() {}

  /** Makes a migrator with these settings. Nothing connects yet; close it when it's done with. */
  public static Migrator open(
      DatabaseSettings database, MigrationSettings migrations, SchemaPattern pattern) {
    return new PostgresMigrator(database, migrations, pattern, List.of());
  }

  /** The same, with what roles may do in the schemas of new tenants. */
  public static Migrator open(
      DatabaseSettings database, MigrationSettings migrations, TenantSettings tenants) {
    return new PostgresMigrator(database, migrations, tenants.schema(), tenants.grants());
  }

  /** Makes a migrator with the settings of a gateway. */
  public static Migrator open(Settings settings) {
    return open(settings.database(), settings.migrations(), settings.tenants());
  }
}
