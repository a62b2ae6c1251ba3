package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.Canary;
import dev.tenantgate.config.RolloutSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.fleet.FleetRequest;
import dev.tenantgate.migrator.fleet.FleetStop;
import dev.tenantgate.migrator.history.RegistryRow;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.survey.FleetScope;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Schemas with relations and without a history that is understood are left alone. */
class UnmanagedIT extends UnmanagedFixture {

  @Test
  void oneByOneNothingIsRun() throws SQLException {
    database.execute(BALANCES);

    SchemaOutcome up = migrator.runs().migrate(changelog, ACME, LATEST);
    SchemaOutcome only =
        migrator.runs().run(changelog, ACME, new Goal.Only(new Version(2)), FleetListener.NONE);

    assertThat(List.of(up, only)).hasOnlyElementsOfType(SchemaOutcome.Unmanaged.class);
    assertThat(up.succeeded()).isFalse();
    assertThat(balance()).isEqualTo("500");
    assertThat(histories()).isEqualTo("0");
    assertThat(migrator.runs().leases()).isEmpty();
    assertThat(status(ACME).state()).isEqualTo(SchemaState.UNMANAGED);
    assertThat(status(ACME).error())
        .isEqualTo(
            "schema tenant_acme has no migration history that is understood, but 1 table"
                + " (accounts)");
    assertThat(found().wayOn()).contains("tenantgate migrate baseline --tenant acme --version V");
  }

  @Test
  void amongOthersItIsLeftAloneAndTheOthersAreMigrated() throws SQLException {
    database.execute(BALANCES);
    createTenants(40);

    FleetOutcome outcome =
        migrator.runs().migrateAll(changelog, new FleetScope.All(), LATEST, FleetListener.NONE);

    assertThat(outcome.failures())
        .singleElement()
        .isInstanceOf(SchemaOutcome.Unmanaged.class)
        .extracting(failure -> failure.schema())
        .isEqualTo(ACME);
    assertThat(outcome.outcomes()).filteredOn(SchemaOutcome.Migrated.class::isInstance).hasSize(40);
    assertThat(outcome.stop()).isNull();
    assertThat(balance()).isEqualTo("500");
    assertThat(migrator.histories().registry())
        .extracting(RegistryRow::schema)
        .doesNotContain(ACME);
    assertThat(migrator.runs().recorded().get(0).state().label()).isEqualTo("succeeded");
  }

  @Test
  void itIsNoCanaryUnlessItWasChosen() throws SQLException {
    database.execute(BALANCES);
    createTenants(3);
    FleetRequest request = new FleetRequest(changelog, new FleetScope.All(), new Goal.Up(LATEST));

    FleetOutcome chosen =
        migrator
            .runs()
            .runAll(
                request.withRollout(
                    RolloutSettings.STANDARD.canary(new Canary(List.of("acme"), 0))),
                FleetListener.NONE);
    FleetOutcome byNumber =
        migrator
            .runs()
            .runAll(
                request.withRollout(RolloutSettings.STANDARD.canary(new Canary(List.of(), 1))),
                FleetListener.NONE);

    assertThat(chosen.stop()).isEqualTo(FleetStop.CANARY_FAILED);
    assertThat(chosen.skipped()).hasSize(3);
    assertThat(byNumber.stop()).isNull();
    assertThat(byNumber.outcomes()).filteredOn(SchemaOutcome.Migrated.class::isInstance).hasSize(3);
    assertThat(balance()).isEqualTo("500");
  }

  @Test
  void whatIsInPublicKeepsTenantsFromBeingMigrated() throws SQLException {
    Changelog both =
        files
            .with("003_flags.sql", "-- MIGRATION_SCOPE: public\nCREATE TABLE flags (id int);")
            .changelog();
    database.execute("CREATE TABLE public.users (id int)");

    FleetOutcome outcome =
        migrator.runs().migrateAll(both, new FleetScope.All(), LATEST, FleetListener.NONE);

    assertThat(outcome.stop()).isEqualTo(FleetStop.PUBLIC_FAILED);
    assertThat(outcome.skipped()).containsExactly(ACME);
    assertThat(database.value("SELECT to_regclass('public.flags')::text")).isNull();
    assertThat(histories()).isEqualTo("0");
  }

  @Test
  void whatBelongsToAnExtensionIsNothingInPublic() throws SQLException {
    database.execute("CREATE EXTENSION pg_stat_statements");
    Changelog both =
        files
            .with("003_flags.sql", "-- MIGRATION_SCOPE: public\nCREATE TABLE flags (id int);")
            .changelog();

    assertThat(migrator.runs().migrate(both, SchemaRef.PUBLIC, LATEST))
        .isInstanceOf(SchemaOutcome.Migrated.class);
  }

  @Test
  void publicIsAskedNothingWhereNoMigrationIsForIt() throws SQLException {
    database.execute("CREATE TABLE public.users (id int)");

    FleetOutcome outcome =
        migrator.runs().migrateAll(changelog, new FleetScope.All(), LATEST, FleetListener.NONE);

    assertThat(outcome.succeeded()).isTrue();
    assertThat(status(SchemaRef.PUBLIC).state()).isEqualTo(SchemaState.CURRENT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE TABLE tenant_acme.a (id serial)                     | 1 table (a)",
        "CREATE TABLE tenant_acme.a (k int) PARTITION BY LIST (k)   | 1 table (a)",
        "CREATE VIEW tenant_acme.a AS SELECT 1 AS x                 | 1 view (a)",
        "CREATE MATERIALIZED VIEW tenant_acme.a AS SELECT 1 AS x    | 1 materialized view (a)",
        "CREATE SEQUENCE tenant_acme.a                              | 1 sequence (a)",
        "CREATE TYPE tenant_acme.a AS ENUM ('x')                    | 1 type (a)",
        "CREATE TYPE tenant_acme.a AS (x int)                       | 1 type (a)",
        "CREATE DOMAIN tenant_acme.a AS int                         | 1 type (a)",
        "CREATE FUNCTION tenant_acme.a() RETURNS int LANGUAGE sql AS 'SELECT 1' | 1 function (a)",
        "CREATE TABLE tenant_acme.a(); CREATE TABLE tenant_acme.b(); CREATE TABLE tenant_acme.c();"
            + " CREATE TABLE tenant_acme.d(); CREATE VIEW tenant_acme.v AS SELECT 1 AS x"
            + "| 4 tables (a, b, c …), 1 view (v)",
        "CREATE TABLE public.p (k int) PARTITION BY LIST (k);"
            + " CREATE TABLE tenant_acme.a PARTITION OF public.p DEFAULT | 1 table (a)",
      })
  void whatIsFoundIsNamed(String made, String found) throws SQLException {
    database.execute(made);

    assertThat(found().found()).isEqualTo(found);
    assertThat(migrator.runs().migrate(changelog, ACME, LATEST))
        .isInstanceOf(SchemaOutcome.Unmanaged.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "version varchar PRIMARY KEY                      | Rails or dbmate",
        "version bigint PRIMARY KEY, dirty boolean        | golang-migrate",
        "version bigint PRIMARY KEY, inserted_at timestamp| Ecto",
        "version varchar(255) PRIMARY KEY, applied_at timestamp"
            + " | hand-written migrations (versions)",
        "id serial, migration_name text UNIQUE, applied_at timestamp"
            + " | hand-written migrations (names)",
        "version varchar, note text                       | another tool",
      })
  void aHistoryOfAnotherToolIsntTakenForOurs(String columns, String tool) throws SQLException {
    database.execute(BALANCES + "; CREATE TABLE tenant_acme.schema_migrations (" + columns + ")");

    SchemaOutcome outcome = migrator.runs().migrate(changelog, ACME, LATEST);
    SchemaOutcome baseline =
        migrator.runs().run(changelog, ACME, new Goal.Baseline(new Version(2)), FleetListener.NONE);

    assertThat(outcome).isInstanceOf(SchemaOutcome.Unmanaged.class);
    assertThat(status(ACME).error()).contains("schema_migrations of " + tool, "(accounts)");
    assertThat(found().wayOn())
        .contains("ALTER TABLE \"tenant_acme\".schema_migrations RENAME TO", "baseline");
    assertThat(baseline)
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class, failed -> assertThat(failed.error()).contains("RENAME TO"));
    assertThat(balance()).isEqualTo("500");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "CREATE EXTENSION citext SCHEMA tenant_acme",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA tenant_acme GRANT SELECT ON TABLES TO PUBLIC",
        // An empty history of ours.
        """
        CREATE TABLE tenant_acme.schema_migrations (version bigint PRIMARY KEY,
          name varchar(255) NOT NULL, applied_at timestamp NOT NULL DEFAULT current_timestamp,
          checksum varchar(64) NOT NULL, execution_time_ms integer,
          status varchar(20) DEFAULT 'success', error_message text)
        """,
      })
  void whatCountsAsEmptyIsMigrated(String made) throws SQLException {
    database.execute(made);

    assertThat(status(ACME).state()).isEqualTo(SchemaState.BEHIND);
    assertThat(migrator.runs().migrate(changelog, ACME, LATEST))
        .isInstanceOf(SchemaOutcome.Migrated.class);
  }

  @Test
  void anEmptiedHistoryDoesntMakeTheSchemaEmpty() throws SQLException {
    migrator.runs().migrate(changelog, ACME, LATEST);
    database.execute("INSERT INTO tenant_acme.accounts VALUES (1, 500)");
    database.execute("TRUNCATE tenant_acme.schema_migrations");

    migrator.histories().repairRegistry();
    FleetOutcome outcome =
        migrator.runs().migrateAll(changelog, new FleetScope.All(), LATEST, FleetListener.NONE);
    migrator.histories().repairRegistry();

    assertThat(outcome.failures()).singleElement().isInstanceOf(SchemaOutcome.Unmanaged.class);
    assertThat(status(ACME).state()).isEqualTo(SchemaState.UNMANAGED);
    assertThat(balance()).isEqualTo("500");
  }

  @Test
  void whatWasTakenBackByUsIsOurs() throws SQLException {
    migrator.runs().migrate(changelog, ACME, LATEST);

    SchemaOutcome down =
        migrator.runs().run(changelog, ACME, new Goal.Down(null), FleetListener.NONE);

    assertThat(down).isInstanceOf(SchemaOutcome.RolledBack.class);
    assertThat(database.value("SELECT to_regclass('tenant_acme.accounts')::text")).isNotNull();
    assertThat(status(ACME).state()).isEqualTo(SchemaState.BEHIND);
    FleetOutcome again =
        migrator.runs().migrateAll(changelog, new FleetScope.All(), LATEST, FleetListener.NONE);
    assertThat(again.succeeded()).isTrue();
    assertThat(status(ACME).state()).isEqualTo(SchemaState.CURRENT);
  }

  @Test
  void aFailureThatWasRolledBackTellsNothingOfWhatIsThere() throws SQLException {
    Changelog failing = files.with("001_accounts.sql", "CREATE TABLE x (id nonsense);").changelog();
    assertThat(migrator.runs().migrate(failing, ACME, LATEST))
        .isInstanceOf(SchemaOutcome.Failed.class);
    assertThat(SchemaStatus.of(migrator.histories().of(ACME), failing, LATEST).state())
        .isEqualTo(SchemaState.FAILED);
    // A dump is restored into the schema, and the file corrected.
    database.execute(BALANCES);

    SchemaOutcome outcome = migrator.runs().migrate(changelog, ACME, LATEST);
    migrator.runs().run(changelog, ACME, new Goal.Repair(false), FleetListener.NONE);
    SchemaOutcome repaired = migrator.runs().migrate(changelog, ACME, LATEST);

    assertThat(List.of(outcome, repaired)).hasOnlyElementsOfType(SchemaOutcome.Unmanaged.class);
    assertThat(balance()).isEqualTo("500");
  }
}
