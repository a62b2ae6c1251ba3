package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import dev.tenantgate.migrator.rehearsal.Rehearsal;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Migrations that can't share a transaction: new tenants, dry runs, references. */
@Timeout(60)
class UnsharedTransactionIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final Goal UP = new Goal.Up(new Target.Latest());

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  enum Chain {
    ENUM(
        "CREATE TYPE kind AS ENUM ('a'); CREATE TABLE t (k kind);",
        "ALTER TYPE kind ADD VALUE 'b';",
        "INSERT INTO t VALUES ('b'); ALTER TABLE t ALTER k SET DEFAULT 'b';"),
    ENUM_IN_ONE_FILE(
        "CREATE TYPE kind AS ENUM ('a'); CREATE TABLE t (k kind);",
        "-- tenantgate: no-transaction\n"
            + "ALTER TYPE kind ADD VALUE 'b'; INSERT INTO t VALUES ('b');",
        "CREATE INDEX CONCURRENTLY i ON t (k);"),
    DEFERRED(
        "CREATE TABLE p (id int PRIMARY KEY);"
            + " CREATE TABLE t (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);",
        "INSERT INTO t VALUES (1); INSERT INTO p VALUES (1);",
        "ALTER TABLE t ADD x int; ALTER TABLE p ADD y int;"),
    TEMPORARY(
        "CREATE TABLE t (n int); CREATE TEMP TABLE scratch ON COMMIT DROP AS SELECT 1 AS n;"
            + " INSERT INTO t SELECT n FROM scratch;",
        "CREATE TEMP TABLE scratch ON COMMIT DROP AS SELECT 2 AS n;"
            + " INSERT INTO t SELECT n FROM scratch;",
        "ALTER TABLE t ADD x int;"),
    CURSOR(
        "CREATE TABLE t (n int); DECLARE c CURSOR FOR SELECT 1;",
        "DECLARE c CURSOR FOR SELECT 1;",
        "ALTER TABLE t ADD x int;"),
    TIME(
        "CREATE TABLE t (at timestamptz UNIQUE DEFAULT now());",
        "INSERT INTO t DEFAULT VALUES;",
        "INSERT INTO t DEFAULT VALUES;");

    private final String first;
    private final String second;
    private final String third;

    Chain(String first, String second, String third) {
      this.first = first;
      this.second = second;
      this.third = third;
    }

    List<String> scripts() {
      return List.of(first, second, third);
    }
  }

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder);
    migrator =
        Migrator.open(
            database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  @AfterEach
  void close() {
    migrator.close();
    assertThat(database.column("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%scratch%'"))
        .isEmpty();
    database.close();
  }

  private Changelog changelog(Chain chain) {
    for (int i = 0; i < chain.scripts().size(); i++) {
      files.with("0000%d_m.sql".formatted(i + 1), chain.scripts().get(i));
    }
    return files.changelog();
  }

  @ParameterizedTest
  @EnumSource(Chain.class)
  void tenantsAreMadeOfThem(Chain chain) throws SQLException {
    Changelog changelog = changelog(chain);

    TenantCreation rehearsed = migrator.tenants().rehearseCreation(changelog, "new");
    assertThat(rehearsed).isInstanceOf(TenantCreation.Created.class);
    assertThat(migrator.tenants().all()).isEmpty();
    TenantCreation creation = migrator.tenants().create(changelog, "new");

    assertThat(creation)
        .isInstanceOfSatisfying(
            TenantCreation.Created.class, created -> assertThat(created.applied()).hasSize(3));
    assertThat(migrator.histories().of(migrator.tenants().schemaOf("new")).entries())
        .hasSize(3)
        .allMatch(entry -> entry.succeeded());
    assertThat(migrator.histories().registry()).hasSize(1);
    assertThat(migrator.runs().leases()).isEmpty();
    assertThat(migrator.tenants().create(changelog, "new"))
        .isInstanceOf(TenantCreation.AlreadyExists.class);
    assertThat(migrator.checks().verify(changelog, List.of(migrator.tenants().schemaOf("new"))))
        .singleElement()
        .satisfies(
            drift -> {
              assertThat(drift.error()).isNull();
              assertThat(drift.missing()).isEmpty();
              assertThat(drift.extra()).isEmpty();
            });
  }

  @ParameterizedTest
  @EnumSource(
      value = Chain.class,
      names = {"TIME", "TEMPORARY", "CURSOR"},
      mode = EnumSource.Mode.EXCLUDE)
  void aDryRunOfThemSaysThatTheyWillDo(Chain chain) throws SQLException {
    database.execute("CREATE SCHEMA tenant_acme");
    applyFirst(chain);

    Rehearsal rehearsal = migrator.checks().rehearse(changelog(chain), ACME, UP);

    assertThat(rehearsal.error()).isNull();
    assertThat(rehearsal.notTried()).anyMatch(said -> said.contains("can't share a transaction"));
    assertThat(database.column("SELECT version FROM tenant_acme.schema_migrations"))
        .containsExactly("1");
  }

  /** Applies the first migration alone: in an empty schema a new enum may be used at once. */
  private void applyFirst(Chain chain) {
    files.with("00001_m.sql", chain.first);
    assertThat(migrator.runs().migrate(files.changelog(), ACME, new Target.Latest()))
        .isInstanceOf(SchemaOutcome.Migrated.class);
  }

  @Test
  void aDryRunSaysWhatIsStillWrongWithThem() throws SQLException {
    database.execute("CREATE SCHEMA tenant_acme");
    applyFirst(Chain.ENUM);
    changelog(Chain.ENUM);
    files.with("00004_bad.sql", "SELECT 1;\nSELECT * FROM missing;");

    Rehearsal rehearsal = migrator.checks().rehearse(files.changelog(), ACME, UP);

    assertThat(rehearsal.error()).contains("00004_bad.sql:2").contains("missing");
  }

  @Test
  void aTableThatIsThereByHandIsNoMatterOfSharing() throws SQLException {
    database.execute("CREATE SCHEMA tenant_acme");
    files.with("00001_a.sql", "CREATE TABLE a (id int);").with("00002_b.sql", "SELECT 1;");
    migrator.runs().migrate(files.changelog(), ACME, new Target.Latest());
    database.execute("CREATE TABLE tenant_acme.t (n int)");
    files.with("00003_c.sql", "SELECT 1;").with("00004_d.sql", "CREATE TABLE t (n int);");

    assertThat(migrator.checks().rehearse(files.changelog(), ACME, UP).error())
        .contains("00004_d.sql")
        .contains("already exists");
  }

  @Test
  void aTenantThatCannotBeMadeOfThemLeavesNothing() throws SQLException {
    changelog(Chain.ENUM);
    // Fails for a reason that may be the sharing, but isn't.
    files.with("00004_bad.sql", "SELECT 1;\nINSERT INTO t VALUES ('b'); ALTER TABLE t ADD k int;");
    files.with("00005_worse.sql", "DO $$ BEGIN RAISE 'never' USING ERRCODE = '55006'; END $$;");

    assertThat(migrator.tenants().create(files.changelog(), "new"))
        .isInstanceOfSatisfying(
            TenantCreation.Failed.class,
            failed -> {
              assertThat(failed.error()).contains("migration 4 (bad)").contains("00004_bad.sql");
              assertThat(failed.migration()).isNotNull();
            });

    assertNothingIsLeft();
  }

  @Test
  void aTenantWhoseMigrationEndsItsConnectionLeavesNothing() {
    changelog(Chain.ENUM);
    files.with(
        "00004_bad.sql",
        "DO $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(30); END"
            + " $$;");

    assertThat(migrator.tenants().create(files.changelog(), "new"))
        .isInstanceOfSatisfying(
            TenantCreation.Failed.class,
            failed -> assertThat(failed.error()).contains("terminating connection"));

    assertNothingIsLeft();
  }

  private void assertNothingIsLeft() {
    assertThat(database.column("SELECT 1 FROM pg_namespace WHERE nspname = 'tenant_new'"))
        .isEmpty();
    for (String table : List.of("schema_state", "lease", "journal", "seed_data", "drain")) {
      assertThat(
              database.column(
                  "SELECT schema_name FROM tenantgate.%s WHERE schema_name = 'tenant_new'"
                      .formatted(table)))
          .as(table)
          .isEmpty();
    }
  }

  @Test
  void aSchemaThatWasThereBeforeIsLeftAlone() {
    database.execute("CREATE SCHEMA tenant_new; CREATE TABLE tenant_new.precious (n int)");
    changelog(Chain.ENUM);
    files.with("00004_bad.sql", "DO $$ BEGIN RAISE 'x' USING ERRCODE = '55006'; END $$;");

    assertThat(migrator.tenants().create(files.changelog(), "new"))
        .isInstanceOf(TenantCreation.AlreadyExists.class);
    assertThat(migrator.tenants().rehearseCreation(files.changelog(), "new"))
        .isInstanceOf(TenantCreation.AlreadyExists.class);

    assertThat(database.column("SELECT n FROM tenant_new.precious")).isEmpty();
  }

  @Test
  void whatChangesSomethingElseIsNotCommittedToTryIt() throws SQLException {
    database.execute("CREATE SCHEMA tenant_acme; CREATE TABLE public.shared (n int PRIMARY KEY)");
    List<String> outside =
        List.of(
            "INSERT INTO public.shared VALUES (1);",
            "TRUNCATE public.shared;",
            "ALTER TABLE public.shared ADD x int;",
            "DROP TABLE public.shared;",
            "CREATE TABLE public.other (n int);",
            "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
            "CREATE TYPE public.e AS ENUM ('a');",
            "CREATE SCHEMA other;",
            "CREATE ROLE scratch_role_x;",
            "CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA public;");
    applyFirst(Chain.ENUM);
    changelog(Chain.ENUM);
    for (String sql : outside) {
      files.with("00004_out.sql", sql);

      Rehearsal rehearsal = migrator.checks().rehearse(files.changelog(), ACME, UP);

      assertThat(rehearsal.error()).as(sql).isNull();
      assertThat(rehearsal.notTried()).as(sql).anyMatch(said -> said.contains("outside"));
    }
    assertThat(database.column("SELECT n FROM public.shared")).isEmpty();
    files.with("00004_out.sql", "CREATE TABLE r (n int REFERENCES public.shared);");
    assertThat(migrator.checks().rehearse(files.changelog(), ACME, UP).notTried())
        .noneMatch(said -> said.contains("outside"));
  }
}
