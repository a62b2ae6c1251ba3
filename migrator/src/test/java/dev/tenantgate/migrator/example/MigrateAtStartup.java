package dev.tenantgate.migrator.example;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** An application that brings its tenants up to date when it starts. Stateless. */
public final class MigrateAtStartup {

  private MigrateAtStartup() {}

  /**
   * The same with settings as they are usual, of which every key can be given.
   *
   * @param url the database, such as {@code postgresql://owner@127.0.0.1:5432/app}
   * @param folder the migrations
   * @throws SettingsException if a setting is wrong; it names the key
   */
  public static boolean run(String url, Path folder, String first, PrintStream log)
      throws SettingsException, InvalidChangelogException, SQLException {
    Map<String, String> keys =
        Map.of("database.url", url, "migrations.locations", folder.toString());
    Settings settings = SettingsReader.read(new SettingsSources(null, Map.of(), keys)).settings();
    return run(settings.database(), settings.migrations(), first, log);
  }

  /**
   * Says what is pending, migrates one tenant first and then all of them.
   *
   * @param first the tenant that goes ahead
   * @return whether every schema is up to date now
   * @throws InvalidChangelogException if a file is wrong; it carries every error with its line
   * @throws SQLException if the database can't be reached
   */
  public static boolean run(
      DatabaseSettings database, MigrationSettings migrations, String first, PrintStream log)
      throws InvalidChangelogException, SQLException {
    Changelog changelog = ChangelogReader.read(migrations).changelog();
    SchemaPattern pattern = SchemaPattern.parse("tenant_{tenant}");
    Target latest = new Target.Latest();
    try (Migrator migrator = Migrator.open(database, migrations, pattern)) {
      SchemaRef tenant = migrator.tenants().schemaOf(first);
      SchemaStatus status = SchemaStatus.of(migrator.histories().of(tenant), changelog, latest);
      log.println(
          "%s: applied %d, pending %s".formatted(tenant, status.applied(), status.pending()));

      FleetListener listener = new LoggingListener(log);
      migrator.runs().migrate(changelog, SchemaRef.PUBLIC, latest, listener);
      SchemaOutcome outcome = migrator.runs().migrate(changelog, tenant, latest, listener);
      if (!outcome.succeeded()) {
        return false;
      }
      FleetOutcome all =
          migrator.runs().migrateAll(changelog, new FleetScope.All(), latest, listener);
      all.failures().forEach(failure -> log.println("failed: " + failure));
      return all.succeeded();
    }
  }

  /** Writes down what happens. Called from worker threads. */
  private record LoggingListener(PrintStream log) implements FleetListener {

    @Override
    public void started(SchemaRef schema, List<Migration> pending) {
      log.println(schema + ": applying " + pending);
    }

    @Override
    public void finished(SchemaOutcome outcome) {
      log.println(outcome.schema() + ": " + outcome.getClass().getSimpleName());
    }
  }
}
