package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.fleet.SteppedFleet;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.TestPostgres.Login;
import dev.tenantgate.migrator.verify.Drift;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The strategy for CockroachDB, on a PostgreSQL that lacks what that lacks: its account may use no
 * advisory lock, no NOTIFY and no PL/pgSQL block. Faults strike between a statement and its record.
 */
@Timeout(120)
class StatementByStatementIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final Target LATEST = new Target.Latest();

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;
  String account;

  @BeforeEach
  void open() {
    database = server().newDatabase();
    account = "stepper_" + database.name();
    server().createUser(account, "secret", Login.SCRAM);
    database.execute(
        """
        GRANT CREATE ON DATABASE %1$s TO %2$s;
        CREATE SCHEMA tenant_acme AUTHORIZATION %2$s;
        REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
        REVOKE EXECUTE ON FUNCTION pg_notify, pg_blocking_pids, make_interval FROM PUBLIC;
        DO $$
        DECLARE f regprocedure;
        BEGIN
          FOR f IN SELECT oid FROM pg_proc WHERE proname ~ 'advisory' LOOP
            EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || f || ' FROM PUBLIC';
          END LOOP;
        END $$
        """
            .formatted(database.name(), account));
    files =
        new TestChangelog(folder)
            .with(
                "001_a.sql",
                """
                -- UP MIGRATION
                CREATE TABLE a (n int);
                INSERT INTO a VALUES (1);
                CREATE INDEX a_n ON a (n);
                ALTER TABLE a ADD m int;
                INSERT INTO a VALUES (2);
                -- DOWN MIGRATION
                DROP INDEX a_n;
                DROP TABLE a;
                """)
            .with("002_b.sql", "CREATE TABLE b (n int);\n-- DOWN MIGRATION\nDROP TABLE b;");
    migrator =
        Migrator.open(
            database.settings(server().port(), account, "secret"),
            files.steppedSettings(),
            SchemaPattern.parse("tenant_{tenant}"));
  }

  TestPostgres server() {
    return TestPostgres.latest();
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
    server().execute("DROP ROLE " + account);
  }

  private SchemaOutcome run(Goal goal) {
    return migrator.runs().run(files.changelog(), ACME, goal, FleetListener.NONE);
  }

  private SchemaOutcome up() {
    return run(new Goal.Up(LATEST));
  }

  private List<String> texts(String sql) {
    return database.column(sql).stream().map(String::valueOf).toList();
  }

  private List<String> history() {
    return texts(
        "SELECT version || ' ' || status FROM tenant_acme.schema_migrations ORDER BY version");
  }

  /** Ends, once for each of these, the connection of whoever writes such a record. */
  private void strikeOnceWhenRecording(List<String> records) {
    StringBuilder strikes = new StringBuilder();
    for (int i = 0; i < records.size(); i++) {
      database.execute("CREATE SEQUENCE public.strike_" + i);
      strikes.append(
          "IF %s AND nextval('public.strike_%d') = 1 THEN\n".formatted(records.get(i), i)
              + "PERFORM pg_terminate_backend(pg_backend_pid()); END IF;\n");
    }
    database.execute(
        """
        CREATE OR REPLACE FUNCTION public.strike() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          %s
          RETURN COALESCE(NEW, OLD);
        END $$;
        ALTER FUNCTION public.strike() SECURITY DEFINER;
        CREATE TRIGGER strike BEFORE INSERT OR UPDATE OR DELETE ON tenant_acme.schema_migrations
          FOR EACH ROW EXECUTE FUNCTION public.strike()
        """
            .formatted(strikes));
  }

  @Test
  void takesEachStatementByItselfUpAndDown() throws SQLException {
    SchemaOutcome outcome = up();

    assertThat(outcome)
        .isInstanceOfSatisfying(
            SchemaOutcome.Migrated.class,
            migrated ->
                assertThat(migrated.applied()).containsExactly(new Version(1), new Version(2)));
    assertThat(history()).containsExactly("1 success", "2 success");
    assertThat(texts("SELECT n FROM tenant_acme.a ORDER BY n")).containsExactly("1", "2");
    assertThat(texts("SELECT count(DISTINCT xmin::text) FROM pg_class WHERE relname ~ '^a(_n)?$'"))
        .containsExactly("2");
    assertThat(up()).isEqualTo(new SchemaOutcome.UpToDate(ACME));

    assertThat(run(new Goal.Down(null))).isInstanceOf(SchemaOutcome.RolledBack.class);
    assertThat(history()).isEmpty();
    assertThat(texts("SELECT relname FROM pg_class WHERE relname IN ('a', 'b')")).isEmpty();
    assertThat(migrator.runs().leases()).isEmpty();
    assertThat(migrator.histories().journal(ACME))
        .extracting(entry -> entry.action() + " " + entry.version())
        .containsExactly("up 1", "up 2", "down 2", "down 1");
  }

  @Test
  void aFleetLives() throws SQLException {
    database.execute("DROP SCHEMA tenant_acme; GRANT CREATE, USAGE ON SCHEMA public TO " + account);
    try (Connection connection = database.connect()) {
      new SteppedFleet(migrator, connection, folder.resolve("fleet")).live();
    }
  }

  @Test
  void goesOverSeveralSchemas() throws SQLException {
    database.execute("CREATE SCHEMA tenant_globex AUTHORIZATION " + account);

    FleetOutcome outcome =
        migrator
            .runs()
            .migrateAll(
                files.changelog(),
                new FleetScope.AllTenants(),
                new Target.Latest(),
                FleetListener.NONE);

    assertThat(outcome.succeeded()).isTrue();
    assertThat(outcome.outcomes()).hasSize(2);
    assertThat(migrator.runs().recorded()).hasSize(1);
    assertThat(migrator.histories().repairRegistry()).isEmpty();
  }

  @Test
  void goesOnExactlyWhereItWasStruckHoweverOften() throws SQLException {
    // Makes the history's table, which the trigger needs.
    run(new Goal.Baseline(new Version(1)));
    database.execute("DELETE FROM tenant_acme.schema_migrations");
    List<String> records = new ArrayList<>();
    for (int done = 0; done <= 4; done++) {
      records.add("NEW.error_message LIKE '[" + done + " of 5 %'");
    }
    records.add("NEW.version = 1 AND NEW.status = 'success'");
    records.add("TG_OP = 'DELETE' AND OLD.version = 1");
    strikeOnceWhenRecording(records);

    assertThat(up()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(texts("SELECT n FROM tenant_acme.a ORDER BY n")).containsExactly("1", "2");
    assertThat(history()).containsExactly("1 success", "2 success");
    assertThat(run(new Goal.Down(null))).isInstanceOf(SchemaOutcome.RolledBack.class);
    assertThat(history()).isEmpty();
    for (int i = 0; i < records.size(); i++) {
      assertThat(texts("SELECT is_called FROM public.strike_" + i)).containsExactly("t");
    }
  }

  /** A function that counts its calls, whatever becomes of their transactions, and fails. */
  private Changelog failing(String condition, String sqlState) {
    database.execute(
        """
        CREATE SEQUENCE public.calls;
        CREATE FUNCTION public.fail() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
        DECLARE n bigint := nextval('public.calls');
        BEGIN
          IF %s THEN
            RAISE EXCEPTION 'as the server says' USING ERRCODE = '%s';
          END IF;
        END $$
        """
            .formatted(condition, sqlState));
    return files.with("003_c.sql", "CREATE TABLE c ();\nSELECT public.fail();").changelog();
  }

  private String calls() {
    return String.valueOf(database.value("SELECT last_value FROM public.calls"));
  }

  @Test
  void aConflictIsTriedAgainFromItsStatementOn() {
    failing("n < 3", "40001");

    assertThat(up()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(calls()).isEqualTo("3");
    assertThat(history()).containsExactly("1 success", "2 success", "3 success");
  }

  @Test
  void aSchemaChangeThatWasHalfCommittedIsRecordedAndNeverTriedAgainByItself() {
    failing("n < 2", "XXA00");

    assertThat(((SchemaOutcome.Failed) up()).sqlState()).isEqualTo("XXA00");
    assertThat(history()).containsExactly("1 success", "2 success", "3 failed");
    assertThat(((SchemaOutcome.Failed) up()).error())
        .contains("was half applied by the server", "migrate repair");
    assertThat(calls()).isEqualTo("1");

    assertThat(run(new Goal.Repair(false))).isInstanceOf(SchemaOutcome.Recorded.class);
    assertThat(up()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(calls()).isEqualTo("2");
  }

  @Test
  void aStaleHolderCommitsNothing() {
    database.execute(
        """
        SET check_function_bodies = off;
        CREATE SEQUENCE public.calls;
        CREATE FUNCTION public.steal() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
          UPDATE tenantgate.lease SET holder = 'thief', token = token + 1
            WHERE schema_name = 'tenant_acme' AND nextval('public.calls') = 1
        $$
        """);
    files.with("003_c.sql", "CREATE TABLE c (n int);\nINSERT INTO c SELECT 1 FROM public.steal();");

    assertThat(up()).isInstanceOf(SchemaOutcome.Migrated.class);

    // The stale holder's statement was undone; the next holder ran it once.
    assertThat(texts("SELECT n FROM tenant_acme.c")).containsExactly("1");
    assertThat(calls()).isEqualTo("2");
  }

  @Test
  void createsTenantsAndSaysWhatItCanNotTry() throws SQLException {
    assertThat(migrator.tenants().create(files.changelog(), "newcorp"))
        .isInstanceOf(TenantCreation.Created.class);
    assertThat(texts("SELECT version FROM tenant_newcorp.schema_migrations ORDER BY 1"))
        .containsExactly("1", "2");
    assertThat(migrator.tenants().create(files.changelog(), "newcorp"))
        .isInstanceOf(TenantCreation.AlreadyExists.class);
    assertThat(migrator.tenants().rehearseCreation(files.changelog(), "other"))
        .isInstanceOfSatisfying(
            TenantCreation.Failed.class,
            failed -> assertThat(failed.error()).contains("can't undo schema changes"));
    assertThat(migrator.checks().rehearse(files.changelog(), ACME, new Goal.Up(LATEST)).checked())
        .isFalse();
    assertThat(migrator.checks().verify(files.changelog(), List.of(ACME)))
        .singleElement()
        .extracting(Drift::error)
        .asString()
        .contains("can't undo schema changes");
  }
}
