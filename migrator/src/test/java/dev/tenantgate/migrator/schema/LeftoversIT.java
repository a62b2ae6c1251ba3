package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each migration begins in the state of a fresh connection, whatever ran before it there. */
@Timeout(120)
class LeftoversIT {

  /** Each leaves something behind; the last few so that the text doesn't say it. */
  private static final List<String> LEAVING =
      List.of(
          "CREATE TEMP TABLE target (id int, why text)",
          "CREATE TABLE pg_temp.target (id int)",
          "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
          "CREATE TYPE pg_temp.y AS ENUM ('a')",
          "SELECT 1 AS id INTO TEMP target",
          "SET session_replication_role = replica",
          "SET TimeZone = 'Asia/Tokyo'",
          "SET LOCAL IntervalStyle = 'iso_8601'",
          "SET search_path = ''",
          "SET lock_timeout = '77s'; SET statement_timeout = '78s'",
          "SET row_security = off; SET check_function_bodies = off",
          "SET default_transaction_read_only = on",
          "SET idle_in_transaction_session_timeout = '1h'",
          "SELECT set_config('app.tenant', 'x', false)",
          "SET app.tenant = 'y'",
          "DO $$ BEGIN SET app.tenant = 'z'; END $$",
          "SET ROLE nobody_else",
          "SET SESSION AUTHORIZATION nobody_else",
          "DO $$ BEGIN SET ROLE nobody_else; END $$",
          "LISTEN news",
          "SELECT pg_advisory_lock(7)",
          "PREPARE p AS SELECT 1",
          "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
          "CREATE SEQUENCE IF NOT EXISTS s; SELECT nextval('s')",
          "INSERT INTO counted (why) VALUES ('a row of a sequence')",
          "INSERT INTO watched VALUES (1)",
          "SELECT public.unsettles()",
          "CALL public.unsettle()",
          "WITH w AS (SELECT public.unsettles() AS u) INSERT INTO watched SELECT 2 FROM w");

  private static final String FINGERPRINT =
      """
      INSERT INTO print SELECT %d, concat_ws(', ',
        (SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
          WHERE source IN ('session', 'client') AND name <> 'lock_timeout'),
        current_user, session_user, coalesce(current_setting('app.tenant', true), 'null'),
        (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors),
        (SELECT count(*) FROM pg_listening_channels()),
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
        to_regclass('pg_temp.target'), to_regprocedure('pg_temp.f()'), to_regtype('pg_temp.y'));
      DO $$ BEGIN
        UPDATE print SET state = state || ', last ' || lastval() WHERE id = %d;
      EXCEPTION WHEN object_not_in_prerequisite_state THEN NULL;
      END $$;
      """;

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
    database.execute(
        """
        CREATE SCHEMA tenant_a; CREATE SCHEMA tenant_b;
        DO $$ BEGIN CREATE ROLE nobody_else; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        CREATE FUNCTION public.unsettles() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
          SET TimeZone = 'Asia/Tokyo'; CREATE TEMP TABLE target (id int);
          PERFORM pg_advisory_lock(8); RETURN 1; END $$;
        CREATE PROCEDURE public.unsettle() LANGUAGE plpgsql AS $$ BEGIN
          SET IntervalStyle = 'iso_8601'; SET ROLE nobody_else; END $$;
        CREATE FUNCTION public.watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          SET bytea_output = 'escape'; RETURN NEW; END $$;
        """);
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private void leaveAll() {
    files.with(
        "tenant/00001_tables.sql",
        """
        CREATE TABLE print (id int, state text);
        CREATE TABLE counted (id serial, why text);
        CREATE TABLE watched (id int);
        CREATE TRIGGER w BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION public.watch();
        """);
    fingerprint(2, 0);
    for (int i = 0; i < LEAVING.size(); i++) {
      files.with("tenant/%05d_leaves.sql".formatted(2 * i + 3), LEAVING.get(i) + ";\n");
      fingerprint(2 * i + 4, i + 1);
    }
  }

  private void fingerprint(int version, int id) {
    files.with("tenant/%05d_print.sql".formatted(version), FINGERPRINT.formatted(id, id));
  }

  private void assertAllBeganAlike(String schema) {
    List<String> prints =
        database.column("SELECT state FROM %s.print ORDER BY id".formatted(schema)).stream()
            .map(String::valueOf)
            .toList();
    assertThat(prints).hasSize(LEAVING.size() + 1);
    for (int i = 0; i < LEAVING.size(); i++) {
      assertThat(prints.get(i + 1)).as(LEAVING.get(i)).isEqualTo(prints.get(0));
    }
  }

  @Test
  void migrationsPendingTogetherLeaveOneAnotherNothing() {
    leaveAll();

    SchemaOutcome outcome =
        migrator
            .runs()
            .migrate(files.changelog(), new SchemaRef("tenant_a", "a"), new Target.Latest());

    assertThat(outcome).isInstanceOf(SchemaOutcome.Migrated.class);
    assertAllBeganAlike("tenant_a");
  }

  @Test
  void tenantsOfAFleetLeaveOneAnotherNothing() throws SQLException {
    leaveAll();

    FleetOutcome outcome =
        migrator
            .runs()
            .migrateAll(
                files.changelog(),
                new FleetScope.Only(Stream.of("a", "b").map(migrator.tenants()::schemaOf).toList()),
                new Target.Latest(),
                FleetListener.NONE);

    assertThat(outcome.failures()).isEmpty();
    assertAllBeganAlike("tenant_a");
    assertAllBeganAlike("tenant_b");
  }

  @Test
  void aTemporaryTableDoesNotSwallowALaterMigrationsRows() {
    files
        .with("tenant/00001_t.sql", "CREATE TABLE users (name text);")
        .with("tenant/00002_t.sql", "CREATE TEMP TABLE users (name text);")
        .with("tenant/00003_t.sql", "INSERT INTO users VALUES ('Ada');");

    migrator.runs().migrate(files.changelog(), new SchemaRef("tenant_a", "a"), new Target.Latest());

    assertThat(database.column("SELECT name FROM tenant_a.users")).containsExactly("Ada");
  }

  @Test
  void constraintsAreCheckedWhenTheySayEvenIfAnEarlierMigrationSetThemOtherwise() {
    files
        .with(
            "tenant/00001_t.sql",
            "CREATE TABLE t (id int UNIQUE DEFERRABLE INITIALLY IMMEDIATE);"
                + " INSERT INTO t VALUES (1), (2);")
        .with("tenant/00002_t.sql", "DO $$ BEGIN SET CONSTRAINTS ALL DEFERRED; END $$;")
        .with(
            "tenant/00003_t.sql",
            """
            CREATE TABLE seen AS SELECT 'not refused' AS s;
            DO $$ BEGIN
              INSERT INTO t VALUES (1); DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t);
            EXCEPTION WHEN unique_violation THEN UPDATE seen SET s = 'refused';
            END $$;
            """);

    migrator.runs().migrate(files.changelog(), new SchemaRef("tenant_a", "a"), new Target.Latest());

    assertThat(database.value("SELECT s FROM tenant_a.seen")).isEqualTo("refused");
  }

  @Test
  void aFailureLeavesTheNextTenantNothing() throws SQLException {
    files.with(
        "tenant/00001_t.sql",
        """
        CREATE TABLE print (id int, state text);
        SELECT pg_advisory_lock(7);
        PREPARE p AS SELECT 1;
        DO $$ BEGIN IF current_schema() = 'tenant_a' THEN RAISE 'not here'; END IF; END $$;
        """);
    fingerprint(2, 0);
    SchemaRef b = new SchemaRef("tenant_b", "b");

    migrator.runs().migrate(files.changelog(), new SchemaRef("tenant_a", "a"), new Target.Latest());
    SchemaOutcome outcome = migrator.runs().migrate(files.changelog(), b, new Target.Latest());

    assertThat(outcome).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(database.value("SELECT state FROM tenant_b.print")).contains(", null, 0, 0, 0, 0");
  }

  @Test
  void theWayBackAndANewTenantBeginAfreshToo() throws SQLException {
    leaveAll();

    TenantCreation created = migrator.tenants().create(files.changelog(), "c");

    assertThat(created).isInstanceOf(TenantCreation.Created.class);
  }
}
