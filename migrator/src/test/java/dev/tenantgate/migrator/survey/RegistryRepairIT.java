package dev.tenantgate.migrator.survey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.history.HistoryDigest;
import dev.tenantgate.migrator.history.HistoryMarks;
import dev.tenantgate.migrator.history.RegistryRepair;
import dev.tenantgate.migrator.history.RegistryRepair.Repaired;
import dev.tenantgate.migrator.history.RegistryRow;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry that isn't what the histories say. */
class RegistryRepairIT {

  private static final Target LATEST = new Target.Latest();

  @TempDir Path folder;
  TestDatabase database;
  Migrator migrator;
  Changelog changelog;

  @BeforeEach
  void open() throws SQLException {
    database = TestPostgres.latest().newDatabase();
    TestChangelog files =
        new TestChangelog(folder)
            .with("00001_a.sql", "CREATE TABLE a ();")
            .with("00002_b.sql", "CREATE TABLE b ();\n-- DOWN MIGRATION\nDROP TABLE b;");
    changelog = files.changelog();
    migrator =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
    migrateAll();
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private void migrateAll() throws SQLException {
    FleetOutcome outcome =
        migrator.runs().migrateAll(changelog, new FleetScope.All(), LATEST, FleetListener.NONE);
    assertThat(outcome.succeeded()).isTrue();
  }

  private void assertRight() throws SQLException {
    Map<String, String> digests = new HashMap<>();
    for (SchemaHistory history : migrator.histories().of(migrator.tenants().all())) {
      digests.put(history.schema().schema(), HistoryDigest.of(history));
    }
    Map<String, String> registered = new HashMap<>();
    for (RegistryRow row : migrator.histories().registry()) {
      registered.put(row.schema().schema(), String.valueOf(row.digest()));
    }
    assertThat(registered).isEqualTo(digests);
    assertThat(migrator.histories().repairRegistry()).isEmpty();
  }

  private Map<String, SchemaState> statesByRegistry() throws SQLException {
    Map<String, SchemaState> states = new HashMap<>();
    migrator
        .histories()
        .surveyRegistry(
            migrator.tenants().all(),
            history ->
                states.put(
                    history.schema().schema(),
                    SchemaStatus.of(history, changelog, LATEST).state()));
    return states;
  }

  @Test
  void whatRunsWroteIsRight() throws SQLException {
    assertRight();
    assertThat(statesByRegistry()).hasSize(2).containsValue(SchemaState.CURRENT);
  }

  @Test
  void aRegistryThatWasDroppedIsMadeAgain() throws SQLException {
    database.execute("DROP SCHEMA tenantgate CASCADE");
    assertThat(statesByRegistry()).containsEntry("tenant_acme", SchemaState.CURRENT);

    List<Repaired> repaired = migrator.histories().repairRegistry();

    assertThat(repaired)
        .containsExactlyInAnyOrder(
            new Repaired("tenant_acme", "wasn't in the registry"),
            new Repaired("tenant_globex", "wasn't in the registry"));
    assertRight();
  }

  @Test
  void aRunOverAllTenantsMakesItAgainAsWell() throws SQLException {
    database.execute("DROP SCHEMA tenantgate CASCADE");

    migrateAll();

    assertThat(migrator.histories().registry()).hasSize(2);
    assertRight();
  }

  @Test
  void rowsThatWereDeletedAreWrittenAgain() throws SQLException {
    database.execute("DELETE FROM tenantgate.schema_state WHERE tenant = 'acme'");

    assertThat(migrator.histories().repairRegistry())
        .extracting(Repaired::schema)
        .containsExactly("tenant_acme");
    assertRight();
  }

  @Test
  void aWrongVersionIsPutRight() throws SQLException {
    database.execute(
        "UPDATE tenantgate.schema_state SET version = 1, applied = 1 WHERE tenant = 'acme'");

    assertThat(migrator.histories().repairRegistry())
        .containsExactly(
            new Repaired(
                "tenant_acme",
                "the registry said version 1 with 1 applied,"
                    + " its history says version 2 with 2 applied"));
    assertRight();
  }

  @Test
  void theRowOfASchemaThatIsGoneIsTakenOut() throws SQLException {
    database.execute("DROP SCHEMA tenant_acme CASCADE");

    assertThat(migrator.histories().repairRegistry())
        .containsExactly(
            new Repaired("tenant_acme", "was in the registry, but there is no such schema"));
    assertRight();
  }

  @Test
  void aHistoryThatWasChangedByHandIsFoundOut() throws SQLException {
    database.execute("DELETE FROM tenant_acme.schema_migrations WHERE version = 2");

    List<Repaired> repaired = migrator.histories().repairRegistry();

    assertThat(repaired).extracting(Repaired::schema).containsExactly("tenant_acme");
    assertRight();
    assertThat(statesByRegistry())
        .containsEntry("tenant_acme", SchemaState.BEHIND)
        .containsEntry("tenant_globex", SchemaState.CURRENT);
  }

  @Test
  void aRunIsNotMisledByARegistryThatLies() throws SQLException {
    database.execute(
        "DELETE FROM tenant_acme.schema_migrations WHERE version = 2; DROP TABLE tenant_acme.b");

    migrateAll();

    assertThat(database.column("SELECT version FROM tenant_acme.schema_migrations")).hasSize(2);
    assertThat(database.column("SELECT 1 FROM pg_tables WHERE tablename = 'b'")).hasSize(2);
    assertRight();
  }

  @Test
  void theWayBackKeepsItRight() throws SQLException {
    migrator
        .runs()
        .run(
            changelog,
            migrator.tenants().schemaOf("acme"),
            new Goal.Down(Version.parse("1")),
            FleetListener.NONE);

    assertRight();
  }

  @Test
  void whatIsMigratedMeanwhileIsNotUndone() throws SQLException {
    SchemaRef acme = migrator.tenants().schemaOf("acme");
    database.execute("UPDATE tenantgate.schema_state SET applied = 1 WHERE tenant = 'acme'");
    RegistryRepair repair = new RegistryRepair(migrator.histories().registry(), HistoryMarks.NONE);
    repair.take(migrator.histories().of(acme));
    database.execute(
        "UPDATE tenantgate.schema_state SET applied = 7, changed_at = clock_timestamp()"
            + " WHERE tenant = 'acme'");

    try (Connection connection = database.connect()) {
      repair.write(connection);
    }

    assertThat(database.value("SELECT applied FROM tenantgate.schema_state WHERE tenant = 'acme'"))
        .isEqualTo("7");
  }

  @Test
  void aRegistryOfAnEarlierVersionIsBroughtUpToDate() throws SQLException {
    database.execute(
        "ALTER TABLE tenantgate.schema_state DROP COLUMN history_digest;"
            + " DROP TABLE tenantgate.run, tenantgate.run_schema");
    assertThat(migrator.histories().registry()).hasSize(2).allMatch(row -> row.digest() == null);
    assertThat(statesByRegistry()).hasSize(2).containsValue(SchemaState.CURRENT);
    assertThat(migrator.runs().recorded()).isEmpty();

    assertThat(migrator.histories().repairRegistry()).isEmpty();

    assertRight();
  }
}
