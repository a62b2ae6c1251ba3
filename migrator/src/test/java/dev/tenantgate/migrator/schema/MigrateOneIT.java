package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.history.RegistryRow;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One schema, one run, on the newest server; {@link MigrateOneOnOldestIT} on the oldest. */
class MigrateOneIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final Target LATEST = new Target.Latest();

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = server().newDatabase();
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

  TestPostgres server() {
    return TestPostgres.latest();
  }

  private SchemaStatus status(Changelog changelog) throws SQLException {
    return SchemaStatus.of(migrator.histories().of(ACME), changelog, LATEST);
  }

  private Changelog users() {
    return files
        .with("00001_add_users.sql", "CREATE TABLE users (id int PRIMARY KEY);\n")
        .with(
            "00002_add_email.sql",
            """
            -- UP MIGRATION
            ALTER TABLE users ADD email text;
            -- DOWN MIGRATION
            ALTER TABLE users DROP email;
            """)
        .changelog();
  }

  @Test
  void appliesEverythingThatIsPendingAndRecordsIt() throws SQLException {
    Changelog changelog = users();

    SchemaOutcome outcome = migrator.runs().migrate(changelog, ACME, LATEST);

    assertThat(outcome).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(((SchemaOutcome.Migrated) outcome).applied()).hasSize(2);
    assertThat(database.column("SELECT email FROM tenant_acme.users")).isEmpty();
    assertThat(
            database.column(
                "SELECT version || ' ' || name || ' ' || status || ' ' || length(checksum) || ' '"
                    + " || (execution_time_ms >= 0) || coalesce(error_message, '')"
                    + " FROM tenant_acme.schema_migrations ORDER BY version"))
        .containsExactly("1 add_users success 64 true", "2 add_email success 64 true");
    assertThat(status(changelog).state()).isEqualTo(SchemaState.CURRENT);
    assertThat(migrator.histories().registry())
        .extracting(RegistryRow::applied, row -> String.valueOf(row.version()))
        .containsExactly(org.assertj.core.groups.Tuple.tuple(2, "2"));
    assertThat(migrator.runs().leases()).isEmpty();
  }

  @Test
  void hasTheColumnsThatAreDocumented() {
    migrator.runs().migrate(users(), ACME, LATEST);

    assertThat(
            database.column(
                """
                SELECT column_name || ' ' || data_type || ' '
                  || coalesce(character_maximum_length::text, '') || ' ' || is_nullable || ' '
                  || coalesce(column_default, '')
                FROM information_schema.columns
                WHERE table_schema = 'tenant_acme' AND table_name = 'schema_migrations'
                ORDER BY ordinal_position
                """))
        .containsExactly(
            "version bigint  NO ",
            "name character varying 255 NO ",
            "applied_at timestamp without time zone  NO CURRENT_TIMESTAMP",
            "checksum character varying 64 NO ",
            "execution_time_ms integer  YES ",
            "status character varying 20 YES 'success'::character varying",
            "error_message text  YES ");
  }

  @Test
  void hasNothingToDoTheSecondTime() {
    Changelog changelog = users();
    migrator.runs().migrate(changelog, ACME, LATEST);

    assertThat(migrator.runs().migrate(changelog, ACME, LATEST))
        .isEqualTo(new SchemaOutcome.UpToDate(ACME));
  }

  @Test
  void sendsAllOfASchemaAsOneMessage() {
    Changelog changelog =
        files
            .with("00001_a.sql", "CREATE TABLE sent AS SELECT current_query() AS message")
            .with("00002_b.sql", "CREATE TABLE other (id int) -- no semicolon")
            .changelog();

    migrator.runs().migrate(changelog, ACME, LATEST);

    assertThat(database.value("SELECT message FROM tenant_acme.sent"))
        .startsWith("BEGIN")
        .contains("CREATE TABLE sent", "CREATE TABLE other", "schema_migrations", "lease")
        .endsWith("COMMIT;\n");
  }

  @Test
  void keepsTheGoodOnesBeforeAFailureAndRecordsIt() throws SQLException {
    Changelog changelog =
        files
            .with("00001_good.sql", "CREATE TABLE good (id int);")
            .with(
                "00002_bad.sql",
                "-- ümlaut 😀\nCREATE TABLE half (id int);\nSELECT 1/0 FROM nowhere;\n")
            .with("00003_never.sql", "CREATE TABLE never (id int);")
            .changelog();

    SchemaOutcome outcome = migrator.runs().migrate(changelog, ACME, LATEST);

    assertThat(outcome)
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> {
              assertThat(failed.applied()).hasSize(1);
              assertThat(failed.sqlState()).isEqualTo("42P01");
              assertThat(failed.error())
                  .startsWith("migration 2 (bad) failed: 00002_bad.sql:3: relation \"nowhere\"");
            });
    assertThat(
            database.column(
                "SELECT relname FROM pg_class WHERE relnamespace = 'tenant_acme'::regnamespace"
                    + " AND relkind = 'r' ORDER BY 1"))
        .containsExactly("good", "schema_migrations");
    SchemaStatus status = status(changelog);
    assertThat(status.state()).isEqualTo(SchemaState.FAILED);
    assertThat(status.error()).contains("00002_bad.sql:3").contains("nowhere");
    assertThat(status.applied()).isEqualTo(1);
    assertThat(migrator.histories().registry().get(0).error()).contains("nowhere");
    assertThat(migrator.runs().leases()).isEmpty();
  }

  @Test
  void replacesAFailureWhenTheFileIsRepaired() throws SQLException {
    Changelog broken = files.with("00001_it.sql", "SELECT 1/0;").changelog();
    migrator.runs().migrate(broken, ACME, LATEST);

    Changelog repaired = files.with("00001_it.sql", "SELECT 1;").changelog();
    SchemaStatus before = status(repaired);
    SchemaOutcome outcome = migrator.runs().migrate(repaired, ACME, LATEST);

    assertThat(before.state()).isEqualTo(SchemaState.BEHIND);
    assertThat(outcome).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(status(repaired).state()).isEqualTo(SchemaState.CURRENT);
    assertThat(migrator.histories().registry().get(0).error()).isNull();
  }

  @Test
  void appliesOneByOneWhatDoesNotGoTogether() {
    Changelog changelog =
        files
            .with("00001_type.sql", "CREATE TYPE mood AS ENUM ('sad')")
            .with("00002_table.sql", "CREATE TABLE p (m mood)")
            .changelog();
    migrator.runs().migrate(changelog, ACME, LATEST);
    Changelog more =
        files
            .with("00003_value.sql", "ALTER TYPE mood ADD VALUE 'happy'")
            .with("00004_use.sql", "INSERT INTO p VALUES ('happy')")
            .changelog();

    assertThat(migrator.runs().migrate(more, ACME, LATEST))
        .isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(database.column("SELECT m::text FROM tenant_acme.p")).containsExactly("happy");
  }

  @Test
  void leavesAnotherToolsTableAlone() throws SQLException {
    database.execute("CREATE TABLE tenant_acme.schema_migrations (version varchar PRIMARY KEY)");
    Changelog changelog = users();

    SchemaOutcome outcome = migrator.runs().migrate(changelog, ACME, LATEST);

    assertThat(outcome)
        .isInstanceOfSatisfying(
            SchemaOutcome.Unmanaged.class,
            unmanaged -> assertThat(unmanaged.found().what()).contains("tenant_acme", "Rails"));
    assertThat(status(changelog).state()).isEqualTo(SchemaState.UNMANAGED);
    assertThat(database.value("SELECT count(*) FROM tenant_acme.schema_migrations")).isEqualTo("0");
  }

  @Test
  void refusesToBuildOnAMigrationThatWasChanged() throws SQLException {
    migrator.runs().migrate(users(), ACME, LATEST);
    files.with("00001_add_users.sql", "CREATE TABLE users (id bigint PRIMARY KEY);\n");
    Changelog changed = files.with("00003_more.sql", "CREATE TABLE more ();").changelog();

    SchemaOutcome outcome = migrator.runs().migrate(changed, ACME, LATEST);

    assertThat(outcome)
        .isInstanceOfSatisfying(
            SchemaOutcome.Failed.class,
            failed -> {
              assertThat(failed.migration()).isNull();
              assertThat(failed.error()).contains("migration 1 (add_users) was changed");
            });
    assertThat(status(changed).state()).isEqualTo(SchemaState.FAILED);
  }

  @Test
  void tellsASchemaThatIsNotThere() {
    SchemaRef nobody = new SchemaRef("tenant_nobody", "nobody");

    assertThat(migrator.runs().migrate(users(), nobody, LATEST))
        .isEqualTo(new SchemaOutcome.NoSuchSchema(nobody));
  }

  @Test
  void neverLetsAMigrationReachPublicOrTheNextOne() {
    database.execute("CREATE TABLE public.users (id int)");
    database.execute("CREATE SCHEMA tenant_other");
    Changelog changelog =
        files
            .with("00001_leak.sql", "SET search_path = public; SET ROLE pg_monitor;")
            .with("00002_users.sql", "CREATE TABLE users (id int, name text);")
            .changelog();

    assertThat(migrator.runs().migrate(changelog, ACME, LATEST)).matches(SchemaOutcome::succeeded);
    assertThat(migrator.runs().migrate(changelog, new SchemaRef("tenant_other", "other"), LATEST))
        .matches(SchemaOutcome::succeeded);

    assertThat(
            database.column(
                "SELECT table_schema FROM information_schema.columns"
                    + " WHERE table_name = 'users' AND column_name = 'name' ORDER BY 1"))
        .containsExactly("tenant_acme", "tenant_other");
  }

  @Test
  void takesAnEnclosingTransactionOut() throws SQLException {
    Changelog changelog =
        files
            .with("00001_wrapped.sql", "BEGIN;\nCREATE TABLE wrapped (id int);\nCOMMIT;\n")
            .with("00002_bad.sql", "SELECT 1/0;")
            .changelog();

    migrator.runs().migrate(changelog, ACME, LATEST);

    SchemaHistory history = migrator.histories().of(ACME);
    assertThat(history.entries()).hasSize(2);
    assertThat(history.entries().get(0).succeeded()).isTrue();
    assertThat(database.column("SELECT id FROM tenant_acme.wrapped")).isEmpty();
  }

  @Test
  void worksWithHostileNames() throws SQLException {
    String name = "tenant_o'Hara \"x\" \\ ünï; DROP $$ 😀";
    database.execute("CREATE SCHEMA \"" + name.replace("\"", "\"\"") + "\"");
    SchemaRef hostile =
        migrator.tenants().all().stream()
            .filter(ref -> ref.schema().equals(name))
            .findFirst()
            .get();

    SchemaOutcome outcome = migrator.runs().migrate(users(), hostile, LATEST);

    assertThat(outcome).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(migrator.histories().of(hostile).entries()).hasSize(2);
    assertThat(migrator.histories().registry())
        .extracting(RegistryRow::schema)
        .containsExactly(hostile);
  }

  @Test
  void findsTheTenantsAndNothingElse() throws SQLException {
    database.execute("CREATE SCHEMA tenant_; CREATE SCHEMA other; CREATE SCHEMA tenant_b");

    assertThat(migrator.tenants().all()).isEqualTo(List.of(ACME, new SchemaRef("tenant_b", "b")));
  }
}
