package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.history.JournalEntry;
import dev.tenantgate.migrator.history.RegistryRow;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.rehearsal.Rehearsal;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.verify.Drift;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way down, single migrations, baselines, repairs, rehearsals, and what the journal says. */
class RollbackIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final SchemaRef GLOBEX = new SchemaRef("tenant_globex", "globex");
  private static final Target LATEST = new Target.Latest();

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files =
        new TestChangelog(folder)
            .with("001_a.sql", "CREATE TABLE a ();\n-- DOWN MIGRATION\nDROP TABLE a;")
            .with("002_b.sql", "CREATE TABLE b ();\n-- DOWN MIGRATION\nDROP TABLE b;")
            .with("003_c.sql", "CREATE TABLE c ();\n-- DOWN MIGRATION\nDROP TABLE c;");
    migrator =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private SchemaOutcome run(Goal goal) {
    return migrator.runs().run(files.changelog(), ACME, goal, FleetListener.NONE);
  }

  private List<String> applied(SchemaRef schema) {
    return database
        .column(
            "SELECT version FROM %s.schema_migrations WHERE status = 'success' ORDER BY 1"
                .formatted(schema))
        .stream()
        .map(String::valueOf)
        .toList();
  }

  private List<String> actions() throws SQLException {
    return migrator.histories().journal(ACME).stream()
        .map(entry -> entry.action() + " " + entry.version())
        .toList();
  }

  @Test
  void takesBackNewestFirstInOneTransaction() throws SQLException {
    run(new Goal.Up(LATEST));

    SchemaOutcome outcome = run(new Goal.Down(new Version(1)));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            SchemaOutcome.RolledBack.class,
            rolledBack ->
                assertThat(rolledBack.versions()).containsExactly(new Version(3), new Version(2)));
    assertThat(applied(ACME)).containsExactly("1");
    assertThat(database.column("SELECT 1 FROM pg_tables WHERE tablename IN ('b', 'c')")).isEmpty();
    assertThat(migrator.histories().registry()).extracting(RegistryRow::applied).containsExactly(1);
    assertThat(actions()).containsExactly("up 1", "up 2", "up 3", "down 3", "down 2");
    assertThat(migrator.runs().leases()).isEmpty();
    assertThat(run(new Goal.Down(new Version(1)))).isInstanceOf(SchemaOutcome.UpToDate.class);
  }

  @Test
  void theJournalSaysWhoAndHowLong() throws SQLException {
    run(new Goal.Up(new Target.UpTo(new Version(1))));

    JournalEntry entry = migrator.histories().journal(null).get(0);

    assertThat(entry.by())
        .startsWith(System.getProperty("user.name") + "@")
        .endsWith(" as postgres");
    assertThat(entry.millis()).isNotNegative();
    assertThat(entry.error()).isNull();
  }

  @Test
  void aRegistryOfAnEarlierVersionGetsItsJournal() throws SQLException {
    run(new Goal.Up(new Target.UpTo(new Version(1))));
    database.execute("DROP TABLE tenantgate.journal");

    assertThat(migrator.histories().registry()).hasSize(1);
    assertThat(migrator.histories().journal(ACME)).isEmpty();
    try (Migrator later =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"))) {
      assertThat(later.runs().migrate(files.changelog(), ACME, LATEST).succeeded()).isTrue();
    }
    assertThat(actions()).containsExactly("up 2", "up 3");
  }

  @Test
  void refusesWithAListWhatHasNoWayDown() throws SQLException {
    files.with("004_d.sql", "CREATE TABLE d ();").with("005_e.sql", "CREATE TABLE e ();");
    run(new Goal.Up(LATEST));

    SchemaOutcome outcome = run(new Goal.Down(new Version(2)));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed ->
                assertThat(failed.error()).isEqualTo("there is no way down for 5 (e), 4 (d)"));
    assertThat(applied(ACME)).hasSize(5);
  }

  @Test
  void aWayDownThatFailsKeepsWhatCouldBeTakenBack() throws SQLException {
    files
        .with("002_b.sql", "CREATE TABLE b ();")
        .with("rollback-002.sql", "\nDROP TABLE nonsense;");
    run(new Goal.Up(LATEST));

    SchemaOutcome outcome = run(new Goal.Down(null));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed ->
                assertThat(failed.error())
                    .startsWith("taking migration 2 (b) back failed: rollback-002.sql")
                    .contains("nonsense"));
    assertThat(applied(ACME)).containsExactly("1", "2");
    assertThat(SchemaStatus.of(migrator.histories().of(ACME), files.changelog(), LATEST).state())
        .isEqualTo(SchemaState.BEHIND);
    assertThat(migrator.histories().journal(ACME))
        .last()
        .extracting(JournalEntry::error)
        .isNotNull();
  }

  @Test
  void stepsAreCountedOverAllSchemas() throws SQLException {
    files.with("public/004_p.sql", "CREATE TABLE p ();\n-- DOWN MIGRATION\nDROP TABLE p;");
    Changelog changelog = files.changelog();
    FleetScope all = new FleetScope.All();
    migrator.runs().migrateAll(changelog, all, LATEST, FleetListener.NONE);
    migrator.runs().run(changelog, GLOBEX, new Goal.Down(new Version(2)), FleetListener.NONE);

    Goal goal = Goal.Down.by(2, migrator.histories().of(migrator.tenants().schemas(all)));
    FleetOutcome outcome = migrator.runs().runAll(changelog, all, goal, FleetListener.NONE);

    assertThat(goal).isEqualTo(new Goal.Down(new Version(2)));
    assertThat(outcome.succeeded()).isTrue();
    assertThat(outcome.outcomes())
        .last()
        .extracting(SchemaOutcome::schema)
        .isEqualTo(SchemaRef.PUBLIC);
    assertThat(applied(ACME)).containsExactly("1", "2");
    assertThat(applied(GLOBEX)).containsExactly("1", "2");
    assertThat(applied(SchemaRef.PUBLIC)).isEmpty();
  }

  @Test
  void appliesOneMigrationAlone() {
    files.with("004_d.sql", "-- Dependencies: 003_c\nCREATE TABLE d ();");

    assertThat(run(new Goal.Only(new Version(2)))).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(run(new Goal.Only(new Version(2)))).isInstanceOf(SchemaOutcome.UpToDate.class);
    assertThat(run(new Goal.Only(new Version(4))))
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed ->
                assertThat(failed.error())
                    .isEqualTo(
                        "migration 4 (d) depends on 3 (c), which isn't applied to tenant_acme"));
    assertThat(applied(ACME)).containsExactly("2");
  }

  @Test
  void aBaselineRunsNothing() throws SQLException {
    database.execute("CREATE TABLE tenant_acme.a (); CREATE TABLE tenant_acme.b ()");

    assertThat(run(new Goal.Baseline(new Version(2)))).isInstanceOf(SchemaOutcome.Recorded.class);
    assertThat(run(new Goal.Up(LATEST)))
        .isInstanceOfSatisfying(
            SchemaOutcome.Migrated.class,
            migrated -> assertThat(migrated.applied()).containsExactly(new Version(3)));
    assertThat(run(new Goal.Baseline(new Version(3)))).isInstanceOf(SchemaOutcome.UpToDate.class);
    files.with("004_d.sql", "CREATE TABLE d ();");
    assertThat(run(new Goal.Baseline(new Version(4))))
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> assertThat(failed.error()).contains("has a history already"));
    assertThat(actions()).containsExactly("baseline 1", "baseline 2", "up 3");
  }

  @Test
  void aChangedFileIsToldThoughNothingIsPending() throws SQLException {
    run(new Goal.Up(LATEST));
    files.with("001_a.sql", "CREATE TABLE a (id int);");

    assertThat(run(new Goal.Up(LATEST)))
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed ->
                assertThat(failed.error())
                    .contains(
                        "was changed after it was applied", "001_a.sql", "--adopt-checksums"));
  }

  @Test
  void aRepairClearsFailuresAndAdoptsWhatIsToldTo() throws SQLException {
    run(new Goal.Up(new Target.UpTo(new Version(1))));
    files.with("001_a.sql", "CREATE TABLE a (id int);").with("002_b.sql", "SELECT 1/0;");
    assertThat(run(new Goal.Up(LATEST)))
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> assertThat(failed.error()).contains("was changed after it was applied"));

    assertThat(run(new Goal.Repair(false))).isInstanceOf(SchemaOutcome.UpToDate.class);
    assertThat(run(new Goal.Repair(true))).isInstanceOf(SchemaOutcome.Recorded.class);
    assertThat(run(new Goal.Up(LATEST)))
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> assertThat(failed.error()).contains("division by zero"));
    assertThat(run(new Goal.Repair(false))).isInstanceOf(SchemaOutcome.Recorded.class);
    assertThat(migrator.histories().of(ACME).entries()).hasSize(1);
    assertThat(actions()).containsExactly("up 1", "adopt checksum 1", "up 2", "clear failure 2");
  }

  @Test
  void driftIsFoundOut() throws SQLException {
    files.with(
        "004_d.sql",
        """
        CREATE TABLE d (id serial PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x', at date);
        CREATE INDEX d_name ON d (name);
        CREATE VIEW v AS SELECT name FROM d;
        CREATE TYPE mood AS ENUM ('good', 'bad');
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
        """);
    Changelog changelog = files.changelog();
    run(new Goal.Up(LATEST));
    migrator.runs().migrate(changelog, GLOBEX, LATEST);
    database.execute(
        "DROP INDEX tenant_acme.d_name; ALTER TABLE tenant_acme.d ALTER at SET NOT NULL");

    List<Drift> drifts =
        migrator.checks().verify(changelog, List.of(SchemaRef.PUBLIC, ACME, GLOBEX));

    assertThat(drifts).extracting(Drift::isNone).containsExactly(true, false, true);
    assertThat(drifts.get(1).missing())
        .containsExactly("column d.at date", "index CREATE INDEX d_name ON d USING btree (name)");
    assertThat(drifts.get(1).extra()).containsExactly("column d.at date not null");
    assertThat(database.column("SELECT 1 FROM pg_namespace WHERE nspname ~ 'scratch'")).isEmpty();
  }

  @Test
  void aRehearsalLeavesNothingBehind() throws SQLException {
    Changelog changelog = files.changelog();
    Rehearsal good = migrator.checks().rehearse(changelog, ACME, new Goal.Up(LATEST));
    files.with("004_d.sql", "CREATE TABLE d ();\nCREATE TABLE a ();");
    Rehearsal bad = migrator.checks().rehearse(files.changelog(), ACME, new Goal.Up(LATEST));

    assertThat(good.error()).isNull();
    assertThat(good.checked()).isTrue();
    assertThat(good.sql())
        .contains("SET LOCAL search_path = \"tenant_acme\"", "CREATE TABLE c ();");
    assertThat(bad.error()).startsWith("004_d.sql").contains("already exists");
    assertThat(database.column("SELECT 1 FROM pg_tables WHERE schemaname = 'tenant_acme'"))
        .isEmpty();
    assertThat(database.column("SELECT 1 FROM pg_namespace WHERE nspname = 'tenantgate'"))
        .isEmpty();
    assertThat(migrator.tenants().rehearseCreation(changelog, "newcorp"))
        .isInstanceOf(TenantCreation.Created.class);
    assertThat(database.column("SELECT 1 FROM pg_namespace WHERE nspname = 'tenant_newcorp'"))
        .isEmpty();
  }
}
