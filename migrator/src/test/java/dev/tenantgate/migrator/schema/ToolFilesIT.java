package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.SqlSettings;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.verify.Drift;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Other tools' files take a schema up, back, and are verified, as our own do. */
class ToolFilesIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final Target LATEST = new Target.Latest();

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder);
    migrator =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
    database.execute("CREATE SCHEMA tenant_acme");
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private SchemaOutcome run(Changelog changelog, Goal goal) {
    return migrator.runs().run(changelog, ACME, goal, FleetListener.NONE);
  }

  private void migrated(Changelog changelog, Goal goal) {
    SchemaOutcome outcome = run(changelog, goal);
    assertThat(outcome)
        .isInstanceOfAny(SchemaOutcome.Migrated.class, SchemaOutcome.RolledBack.class);
  }

  private void verified(Changelog changelog) throws SQLException {
    List<Drift> drifts = migrator.checks().verify(changelog, List.of(ACME));
    assertThat(drifts)
        .allSatisfy(
            drift -> {
              assertThat(drift.missing()).isEmpty();
              assertThat(drift.extra()).isEmpty();
              assertThat(drift.error()).isNull();
            });
  }

  private List<String> tables() {
    return database
        .column(
            "SELECT relname FROM pg_class WHERE relnamespace = 'tenant_acme'::regnamespace"
                + " AND relkind IN ('r', 'v') AND relname <> 'schema_migrations' ORDER BY 1")
        .stream()
        .map(String::valueOf)
        .toList();
  }

  private List<String> versions() throws SQLException {
    return migrator.histories().of(ACME).entries().stream()
        .map(e -> e.version().toString())
        .toList();
  }

  /** Up, verify, all the way down, and up again. */
  private void roundTrip(String... expectedTables) throws SQLException {
    Changelog changelog = files.changelog();
    migrated(changelog, new Goal.Up(LATEST));
    assertThat(tables()).containsExactly(expectedTables);
    assertThat(SchemaStatus.of(migrator.histories().of(ACME), changelog, LATEST).state())
        .isEqualTo(SchemaState.CURRENT);
    verified(changelog);
    migrated(changelog, new Goal.Down(null));
    assertThat(tables()).isEmpty();
    migrated(changelog, new Goal.Up(LATEST));
    assertThat(tables()).containsExactly(expectedTables);
  }

  @Test
  void flywaysFilesGoUpInTheOrderOfTheirVersionsAndDownByTheirUndos() throws SQLException {
    files
        .with("V1__a.sql", "CREATE TABLE a (id int);")
        .with("U1__a.sql", "DROP TABLE a CASCADE;")
        .with("V1_10__c.sql", "ALTER TABLE b ADD c int;")
        .with("U1_10__c.sql", "ALTER TABLE b DROP c;")
        .with("V1_9__b.sql", "CREATE TABLE ${flyway:defaultSchema}.b (id int DEFAULT 1);")
        .with("U1_9__b.sql", "DROP TABLE b CASCADE;")
        .with("V20__i.sql", "CREATE INDEX CONCURRENTLY a_id ON a (id);")
        .with("U20__i.sql", "DROP INDEX a_id;")
        .with("R__b_view.sql", "CREATE OR REPLACE VIEW z AS SELECT * FROM y;")
        .with("R__a_view.sql", "CREATE OR REPLACE VIEW y AS SELECT a.id FROM a;");

    roundTrip("a", "b", "y", "z");
    assertThat(versions()).containsExactly("1", "1.9", "1.10", "20", "R__a_view", "R__b_view");
    assertThat(database.value("SELECT version FROM tenant_acme.schema_migrations WHERE name = 'b'"))
        .isEqualTo("5000001000900000000");

    migrated(files.changelog(), new Goal.Down(Version.parse("1.9")));
    assertThat(versions()).containsExactly("1", "1.9");
  }

  @Test
  void repeatableMigrationsAreAppliedAgainWhenTheyChange() throws SQLException {
    files
        .with("1_a.sql", "CREATE TABLE a (id int);\n-- DOWN MIGRATION\nDROP TABLE a;")
        .with("R__v.sql", "CREATE OR REPLACE VIEW v AS SELECT id FROM a;");
    migrated(files.changelog(), new Goal.Up(LATEST));
    assertThat(run(files.changelog(), new Goal.Up(LATEST)))
        .isInstanceOf(SchemaOutcome.UpToDate.class);

    files.with("R__v.sql", "CREATE OR REPLACE VIEW v AS SELECT id, 2 AS two FROM a;");
    Changelog changed = files.changelog();
    assertThat(SchemaStatus.of(migrator.histories().of(ACME), changed, LATEST).pending())
        .hasSize(1);
    assertThat(SchemaStatus.of(migrator.histories().of(ACME), changed, LATEST).version())
        .isEqualTo(new Version(1));
    migrated(changed, new Goal.Up(LATEST));
    assertThat(versions()).containsExactly("1", "R__v");
    verified(changed);

    files.with("R__v.sql", "CREATE OR REPLACE VIEW v AS SELECT nope FROM a;");
    assertThat(run(files.changelog(), new Goal.Up(LATEST)))
        .isInstanceOf(SchemaOutcome.Failed.class);
    assertThat(SchemaStatus.of(migrator.histories().of(ACME), files.changelog(), LATEST))
        .satisfies(status -> assertThat(status.state()).isEqualTo(SchemaState.FAILED));

    files.with("R__v.sql", "CREATE OR REPLACE VIEW v AS SELECT id, 2 AS two, 3 AS three FROM a;");
    migrated(files.changelog(), new Goal.Up(LATEST));
    assertThat(versions()).containsExactly("1", "R__v");
  }

  @Test
  void manySchemasShareMessagesWherePlaceholdersDiffer() throws Exception {
    List<String> names = IntStream.range(0, 30).mapToObj(i -> "t" + i).toList();
    names.forEach(name -> database.execute("CREATE SCHEMA tenant_" + name));
    files
        .with(
            "1_a.sql", "CREATE TABLE ${schema}.a (t text DEFAULT '${tenant}', r text DEFAULT 'x');")
        .with("R__v.sql", "CREATE OR REPLACE VIEW v AS SELECT '${tenant}'::text AS t;");
    Changelog changelog = ChangelogReader.read(files.settings().withSql(replacing())).changelog();

    FleetOutcome outcome =
        migrator
            .runs()
            .migrateAll(changelog, new FleetScope.AllTenants(), LATEST, FleetListener.NONE);
    assertThat(outcome.failures()).isEmpty();
    for (String name : names) {
      database.execute("INSERT INTO tenant_%s.a DEFAULT VALUES".formatted(name));
      assertThat(database.value("SELECT t FROM tenant_%s.a".formatted(name))).isEqualTo(name);
    }

    files.with("R__v.sql", "CREATE OR REPLACE VIEW v AS SELECT '${tenant}'::text AS t, 1 AS one;");
    Changelog changed = ChangelogReader.read(files.settings().withSql(replacing())).changelog();
    assertThat(
            migrator
                .runs()
                .migrateAll(changed, new FleetScope.AllTenants(), LATEST, FleetListener.NONE)
                .failures())
        .isEmpty();
    assertThat(database.value("SELECT t || one FROM tenant_t7.v")).isEqualTo("t71");
    List<SchemaRef> some =
        List.of(ACME, migrator.tenants().schemaOf("t7"), migrator.tenants().schemaOf("t8"));
    assertThat(migrator.checks().verify(changed, some))
        .allSatisfy(
            drift -> {
              assertThat(drift.error()).isNull();
              assertThat(drift.missing()).isEmpty();
            });
  }

  private static SqlSettings replacing() {
    return new SqlSettings(SqlSettings.Replace.ALL, Map.of(), null, List.of("tenant"));
  }

  @Test
  void golangMigratesFilesGoUpAndDown() throws SQLException {
    files
        .with("000001_a.up.sql", "BEGIN; CREATE TABLE a (id int); COMMIT;")
        .with("000001_a.down.sql", "DROP TABLE a;")
        .with("000002_b.up.sql", "CREATE TABLE b (id int);")
        .with("000002_b.down.sql", "DROP TABLE b;");
    roundTrip("a", "b");
  }

  @Test
  void dbmatesFilesGoUpAndDown() throws SQLException {
    files
        .with(
            "20240101000000_a.sql",
            "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;")
        .with(
            "20240102000000_i.sql",
            "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON a (id);\n"
                + "-- migrate:down transaction:false\nDROP INDEX CONCURRENTLY i;");
    roundTrip("a");
  }

  @Test
  void goosesFilesGoUpAndDown() throws SQLException {
    files.with(
        "00001_a.sql",
        """
        -- +goose Up
        CREATE TABLE a (id int);
        -- +goose StatementBegin
        CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM 1;
          RETURN 2;
        END $$;
        -- +goose StatementEnd
        -- +goose Down
        DROP FUNCTION f;
        DROP TABLE a;
        """);
    roundTrip("a");
  }

  @Test
  void ternsFilesGoUpAndDown() throws SQLException {
    files
        .with(
            "001_a.sql",
            "CREATE TABLE a (id int);\n---- create above / drop below ----\nDROP TABLE a;")
        .with(
            "002_b.sql", "CREATE TABLE b ();\n---- create above / drop below ----\nDROP TABLE b;");
    roundTrip("a", "b");
  }

  @Test
  void nodePgMigratesFilesGoUpAndDown() throws SQLException {
    files.with(
        "1704110400000_a.sql",
        "-- Up Migration\nCREATE TABLE a ();\n-- Down Migration\nDROP TABLE a;");
    roundTrip("a");
  }
}
