package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.config.Settings;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import java.nio.file.Path;
import java.time.Duration;

/** Tenantgate as a library, in this JVM: what {@code migrate tenants} runs, listing included. */
final class TenantgateContestant implements Contestant {

  private final Settings settings;
  private final Path migrations;
  private final int schemas;

  TenantgateContestant(Settings settings, Path migrations, int schemas) {
    this.settings = settings;
    this.migrations = migrations;
    this.schemas = schemas;
  }

  @Override
  public String name() {
    return "tenantgate";
  }

  @Override
  public int schemas() {
    return schemas;
  }

  @Override
  public void prepare(SmallMigration migration) throws Exception {
    migration.writeTenantgate(migrations);
  }

  @Override
  public Duration migrate(int expected) throws Exception {
    long started = System.nanoTime();
    FleetOutcome outcome;
    try (Migrator migrator = Migrator.open(settings)) {
      Changelog changelog = ChangelogReader.read(settings.migrations()).changelog();
      outcome =
          migrator
              .runs()
              .migrateAll(
                  changelog, new FleetScope.AllTenants(), new Target.Latest(), FleetListener.NONE);
    }
    Duration elapsed = Duration.ofNanos(System.nanoTime() - started);
    long done = outcome.outcomes().stream().filter(each -> applied(each) == expected).count();
    if (done != schemas || outcome.outcomes().size() != schemas) {
      throw new IllegalStateException(
          "tenantgate brought %d of %d schemas up to date; %s"
              .formatted(done, schemas, outcome.failures().stream().findFirst()));
    }
    return elapsed;
  }

  private static int applied(SchemaOutcome outcome) {
    if (outcome instanceof SchemaOutcome.UpToDate) {
      return 0;
    }
    return outcome instanceof SchemaOutcome.Migrated migrated ? migrated.applied().size() : -1;
  }
}
