package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.rehearsal.Rehearsal;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Migrations that lose their connection each time. */
@Timeout(60)
class LostMigrationsIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final Target LATEST = new Target.Latest();
  private static final String SUICIDE =
      "DO $$ BEGIN PERFORM nextval('counted.n'); PERFORM pg_terminate_backend(pg_backend_pid());"
          + " PERFORM pg_sleep(30); END $$;";

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder);
    migrator = newMigrator();
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA counted; CREATE SEQUENCE counted.n");
    files.with("00001_good.sql", "CREATE TABLE good (id int);");
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private Migrator newMigrator() {
    return Migrator.open(
        database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  private int tries() {
    return Integer.parseInt("" + database.value("SELECT last_value FROM counted.n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-- tenantgate: no-transaction\nCREATE TABLE first (id int);\n"})
  void aMigrationThatEndsItsBackendIsTriedAFewTimesAndThenRecordedAsFailed(String before) {
    Changelog changelog = files.with("00002_bad.sql", before + SUICIDE).changelog();

    SchemaOutcome outcome = migrator.runs().migrate(changelog, ACME, LATEST);

    assertThat(outcome)
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> {
              assertThat(failed.applied()).hasSize(1);
              assertThat(failed.sqlState()).isEqualTo("57P01");
              assertThat(failed.error())
                  .contains("in each of 3 tries")
                  .contains("terminating connection");
            });
    assertThat(
            database.value(
                "SELECT status || error_message FROM tenant_acme.schema_migrations"
                    + " WHERE version = 2"))
        .startsWith("failed")
        .contains("in each of 3 tries");
    assertThat(tries()).isBetween(3, 4);
    assertThat(database.column("SELECT holder FROM tenantgate.lease")).containsOnlyNulls();
  }

  @Test
  void whoeverAsksGetsNoMoreTriesOutOfIt() throws Exception {
    Changelog changelog = files.with("00002_bad.sql", SUICIDE).changelog();
    try (Migrator other = newMigrator()) {
      List<CompletableFuture<SchemaOutcome>> runs =
          Stream.of(migrator, other, migrator, other)
              .map(
                  one ->
                      CompletableFuture.supplyAsync(
                          () -> one.runs().migrate(changelog, ACME, LATEST)))
              .toList();
      for (CompletableFuture<SchemaOutcome> run : runs) {
        run.get();
      }
      assertThat(runs)
          .extracting(CompletableFuture::join)
          .hasAtLeastOneElementOfType(SchemaOutcome.Failed.class);
    }
    // A migrator that is asked again behind a recorded failure tries again, as of any other.
    assertThat(tries()).isLessThanOrEqualTo(4 * LostMigrations.MAX_TRIES);
  }

  @Test
  void theOtherTenantsGoOn() throws SQLException {
    IntStream.range(0, 40).forEach(i -> database.execute("CREATE SCHEMA tenant_x" + i));
    files.with(
        "00002_bad.sql",
        "DO $$ BEGIN IF current_schema() IN ('tenant_x7', 'tenant_x31') THEN"
            + " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(30);"
            + " END IF; END $$;");

    FleetOutcome outcome =
        migrator
            .runs()
            .migrateAll(files.changelog(), new FleetScope.All(), LATEST, FleetListener.NONE);

    assertThat(outcome.failures())
        .hasSize(2)
        .allMatch(failure -> failure instanceof SchemaOutcome.Failed);
    assertThat(database.value("SELECT count(*) FROM tenantgate.schema_state WHERE applied = 2"))
        .isEqualTo("39");
  }

  @Test
  void referencesSeedDataAndNewTenantsFailWithTheReason() throws SQLException {
    assertThat(migrator.runs().migrate(files.changelog(), ACME, LATEST))
        .isInstanceOf(SchemaOutcome.Migrated.class);
    Changelog changelog = files.with("00002_bad.sql", SUICIDE).changelog();

    assertThat(migrator.tenants().create(changelog, "new"))
        .isInstanceOfSatisfying(
            TenantCreation.Failed.class,
            failed -> assertThat(failed.error()).contains("terminating connection"));
    assertThat(database.column("SELECT 1 FROM pg_namespace WHERE nspname = 'tenant_new'"))
        .isEmpty();
    assertThat(migrator.checks().rehearse(changelog, ACME, new Goal.Up(LATEST)))
        .extracting(Rehearsal::toString)
        .asString()
        .contains("terminating connection");
    database.execute(
        "INSERT INTO tenant_acme.schema_migrations (version, name, checksum)"
            + " SELECT 2, 'bad', '%s'".formatted(changelog.migrations().get(1).checksum()));
    assertThat(migrator.checks().verify(changelog, List.of(ACME)).toString())
        .contains("terminating connection");
  }
}
