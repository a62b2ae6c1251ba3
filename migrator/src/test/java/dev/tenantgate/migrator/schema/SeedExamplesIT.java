package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.UnmanagedPolicy;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.SeedExamples;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The documents' own examples, run as they stand. */
class SeedExamplesIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final Target LATEST = new Target.Latest();

  @TempDir Path folder;
  TestDatabase database;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    migrator =
        Migrator.open(
            database.settings(), settings("tenant", null), SchemaPattern.parse("tenant_{tenant}"));
    database.execute("CREATE SCHEMA tenant_acme");
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private MigrationSettings settings(String scope, @Nullable String environment) {
    MigrationSettings plain = new TestChangelog(folder).settings();
    return new MigrationSettings(
        plain.locations(),
        scope.equals("public") ? MigrationSettings.Scope.PUBLIC : MigrationSettings.Scope.TENANT,
        plain.trigger(),
        plain.workers(),
        plain.lockTimeout(),
        plain.statementTimeout(),
        plain.leaseTimeout(),
        environment);
  }

  private Changelog read(String document, String scope, @Nullable String environment)
      throws InvalidChangelogException {
    SeedExamples.copy(document, folder);
    return ChangelogReader.read(settings(scope, environment)).changelog();
  }

  private void up(Changelog changelog) throws SQLException {
    FleetOutcome outcome =
        migrator.runs().migrateAll(changelog, new FleetScope.All(), LATEST, FleetListener.NONE);
    assertThat(outcome.failures()).isEmpty();
    assertThat(
            migrator.histories().of(List.of(SchemaRef.PUBLIC, ACME)).stream()
                .map(history -> SchemaStatus.of(history, changelog, LATEST).state()))
        .containsOnly(SchemaState.CURRENT);
    assertThat(migrator.checks().verify(changelog, List.of(SchemaRef.PUBLIC, ACME)))
        .allSatisfy(drift -> assertThat(drift.isNone()).as("%s", drift).isTrue());
  }

  private void downToNothing(Changelog changelog) throws SQLException {
    FleetOutcome outcome =
        migrator
            .runs()
            .runAll(changelog, new FleetScope.All(), new Goal.Down(null), FleetListener.NONE);
    assertThat(outcome.failures()).isEmpty();
    assertThat(outcome.skipped()).isEmpty();
    assertThat(
            migrator.histories().of(List.of(SchemaRef.PUBLIC, ACME)).stream()
                .flatMap(history -> history.entries().stream()))
        .isEmpty();
  }

  private List<String> tables(String schema) {
    return database
        .column(
            "SELECT tablename FROM pg_tables WHERE schemaname = '%s' ORDER BY 1".formatted(schema))
        .stream()
        .map(String::valueOf)
        .toList();
  }

  @Test
  void tablesThatWereThereGetTheirTenant() throws Exception {
    Changelog changelog = read("000", "tenant", null).withUnmanaged(UnmanagedPolicy.MIGRATE);
    database.execute(
        """
        SET search_path = tenant_acme;
        CREATE TABLE users (id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
            email VARCHAR(255) NOT NULL);
        CREATE TABLE posts (id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
            user_id UUID NOT NULL REFERENCES users(id), title VARCHAR(255) NOT NULL);
        INSERT INTO users (email) VALUES ('a@example.com');
        INSERT INTO posts (user_id, title) SELECT id, 'first' FROM users;
        RESET search_path\
        """);
    up(changelog);

    String first = "'00000000-0000-0000-0000-000000000001'";
    assertThat(database.column("SELECT name FROM tenant_acme.customers WHERE id = " + first))
        .containsExactly("Default; customer");
    assertThat(database.column("SELECT name FROM tenant_acme.sites WHERE id = " + first))
        .hasSize(1);
    assertThat(database.column("SELECT 1 FROM tenant_acme.users WHERE customer_id IS NOT NULL"))
        .hasSize(1);
    assertThat(database.column("SELECT 1 FROM tenant_acme.posts WHERE site_id IS NOT NULL"))
        .hasSize(1);

    downToNothing(changelog);
    assertThat(tables("tenant_acme")).containsExactly("posts", "schema_migrations", "users");
    assertThat(database.column("SELECT title FROM tenant_acme.posts")).containsExactly("first");
    assertThat(
            database.column(
                "SELECT proname FROM pg_proc WHERE pronamespace = 'tenant_acme'::regnamespace"))
        .isEmpty();
  }

  @Test
  void markersButForWhatOnlyCockroachUnderstands() throws Exception {
    // current_timestamp() is CockroachDB's; PostgreSQL's has no parentheses.
    Changelog changelog = read("001", "tenant", null);

    SchemaOutcome outcome = migrator.runs().migrate(changelog, ACME, LATEST);

    assertThat(outcome)
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed ->
                assertThat(failed.error())
                    .contains("00001_add_multitenancy.sql:11: syntax error at or near \")\""));
    new TestChangelog(folder)
        .with(
            "00001_add_multitenancy.sql",
            "-- UP MIGRATION\n"
                + "CREATE TABLE customers (id UUID PRIMARY KEY DEFAULT gen_random_uuid(),"
                + " created_at TIMESTAMP NOT NULL DEFAULT current_timestamp);\n"
                + "-- DOWN MIGRATION\n"
                + "DROP TABLE IF EXISTS customers;\n");
    up(new TestChangelog(folder).changelog());
    downToNothing(new TestChangelog(folder).changelog());
    assertThat(tables("tenant_acme")).containsExactly("schema_migrations");
  }

  @Test
  void rollbacksBesideAndDependencies() throws Exception {
    Changelog changelog = read("002", "public", null);
    up(changelog);

    assertThat(tables("platform"))
        .containsExactly("organizations", "project_limits", "projects", "users");
    database.execute("ALTER TABLE platform.projects ADD COLUMN extra int");
    assertThat(migrator.checks().verify(changelog, List.of(SchemaRef.PUBLIC)).get(0).extra())
        .singleElement()
        .asString()
        .startsWith("in schema platform: column projects.extra");
    assertThat(
            migrator
                .runs()
                .run(changelog, SchemaRef.PUBLIC, new Goal.Down(null), FleetListener.NONE))
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> assertThat(failed.error()).startsWith("there is no way down for 3 (user_"));
    migrator
        .runs()
        .run(changelog, SchemaRef.PUBLIC, new Goal.Down(new Version(3)), FleetListener.NONE);
    assertThat(tables("platform")).doesNotContain("project_limits");
    assertThat(database.column("SELECT 1 FROM platform.organizations")).isEmpty();

    database.execute("ALTER TABLE platform.projects DROP COLUMN extra");
    up(ChangelogReader.read(settings("public", "production")).changelog());
    assertThat(database.column("SELECT slug FROM platform.organizations"))
        .containsExactly("lancio");
  }

  @Test
  void rollbacksBelow() throws Exception {
    Changelog changelog = read("003", "tenant", null);
    up(changelog);

    assertThat(tables("tenant_acme"))
        .containsExactly("new_table", "schema_migrations", "tenants", "users");
    migrator.runs().run(changelog, ACME, new Goal.Down(new Version(1)), FleetListener.NONE);
    assertThat(tables("tenant_acme")).containsExactly("schema_migrations", "tenants", "users");
  }

  @Test
  void pythonFiles() throws Exception {
    Changelog changelog = read("004", "tenant", null);
    up(changelog);

    assertThat(tables("public")).containsExactly("audit_logs", "schema_migrations", "tenants");
    assertThat(tables("tenant_acme")).containsExactly("audit_logs", "schema_migrations", "users");
    assertThat(database.column("SELECT avatar_url FROM tenant_acme.users")).isEmpty();
    downToNothing(changelog);
    assertThat(tables("public")).containsExactly("schema_migrations");
    assertThat(tables("tenant_acme")).containsExactly("schema_migrations");
  }

  @Test
  void allFormatsSideBySide() throws Exception {
    Changelog changelog =
        new TestChangelog(folder)
            .with(
                "001_a.sql",
                "-- UP MIGRATION\nCREATE TABLE a ();\n-- DOWN MIGRATION\nDROP TABLE a;")
            .with("002_b.sql", "BEGIN;\nCREATE TABLE b ();\nCOMMIT;")
            .with("rollback-002.sql", "BEGIN;\nDROP TABLE b;\nCOMMIT;")
            .with("003_c.sql", "CREATE TABLE c ();")
            .with("rollbacks/003_c.sql", "DROP TABLE c;")
            .with("004_d.py", "# MIGRATION_SCOPE: tenant\nUPGRADE_SQL = 'CREATE TABLE d ()'")
            .changelog();

    up(changelog);

    assertThat(tables("tenant_acme")).containsExactly("a", "b", "c", "d", "schema_migrations");
  }

  @Test
  void aTenantWaitsForWhatItDependsOnInPublic() throws Exception {
    Changelog changelog =
        new TestChangelog(folder)
            .with("public/001_plans.sql", "CREATE TABLE plans ();")
            .with("tenant/002_sites.sql", "-- Dependencies: 001_plans\nCREATE TABLE sites ();")
            .changelog();

    SchemaOutcome alone = migrator.runs().migrate(changelog, ACME, LATEST);

    assertThat(alone)
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed ->
                assertThat(failed.error())
                    .isEqualTo(
                        "migration 2 (sites) depends on 1 (plans), which isn't applied to public;"
                            + " migrate that first"));
    up(changelog);
  }

  @Test
  void anErrorInPythonLeadsToItsLine() throws Exception {
    Changelog changelog =
        new TestChangelog(folder)
            .with(
                "001_a.py",
                "# MIGRATION_SCOPE: tenant\n\nUPGRADE_SQL = (\n  'SELECT 1;\\n'\n  'SELEC 2'\n)\n")
            .changelog();

    SchemaOutcome outcome = migrator.runs().migrate(changelog, ACME, LATEST);

    assertThat(outcome)
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> assertThat(failed.error()).contains("001_a.py:5: syntax error"));
  }

  @Test
  void aMigrationsOwnTimeoutsHoldForItAlone() throws Exception {
    Changelog changelog =
        new TestChangelog(folder)
            .with(
                "001_a.sql",
                "-- tenantgate: lock-timeout=7s statement-timeout=1m\n"
                    + "CREATE TABLE a AS SELECT current_setting('lock_timeout') l,"
                    + " current_setting('statement_timeout') s;")
            .with(
                "002_b.sql",
                "CREATE TABLE b AS SELECT current_setting('lock_timeout') l,"
                    + " current_setting('statement_timeout') s;")
            .changelog();

    up(changelog);

    assertThat(database.value("SELECT l || ' ' || s FROM tenant_acme.a")).isEqualTo("7s 1min");
    assertThat(database.value("SELECT l || ' ' || s FROM tenant_acme.b")).isEqualTo("500ms 0");
  }
}
