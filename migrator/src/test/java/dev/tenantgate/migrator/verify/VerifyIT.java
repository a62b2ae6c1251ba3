package dev.tenantgate.migrator.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ordinary migrations verify without false alarm, and what was done by hand is found. */
class VerifyIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");

  @TempDir Path folder;
  private TestDatabase database;
  private TestChangelog files;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder);
    database.execute("CREATE SCHEMA tenant_acme");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Migrator migrator() {
    return Migrator.open(
        database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  private Drift verify(Migrator migrator, SchemaRef schema) throws Exception {
    return migrator.checks().verify(files.changelog(), List.of(schema)).get(0);
  }

  private void baseline(Migrator migrator, String version) {
    assertThat(
            migrator
                .runs()
                .run(
                    files.changelog(),
                    ACME,
                    new Goal.Baseline(Version.parse(version)),
                    FleetListener.NONE))
        .matches(SchemaOutcome::succeeded);
  }

  @Test
  void tablesOlderThanTheHistoryAreNoDrift() throws Exception {
    files.with("001_a.sql", "CREATE TABLE users (id int);").with("002_b.sql", "CREATE TABLE b ();");
    database.execute(
        """
        SET search_path = tenant_acme;
        CREATE TYPE old_mood AS ENUM ('a'); CREATE FUNCTION old_f() RETURNS int LANGUAGE sql
        AS 'SELECT 1'; CREATE TABLE accounts (id serial PRIMARY KEY, m old_mood, n int CHECK (n > 0));
        CREATE INDEX accounts_n ON accounts (n); CREATE VIEW old_v AS SELECT id FROM accounts;
        COMMENT ON TABLE accounts IS 'old'; CREATE TABLE users (id int)\
        """);
    try (Migrator migrator = migrator()) {
      baseline(migrator, "1");
      migrator.runs().migrate(files.changelog(), ACME, new Target.Latest());

      Drift drift = verify(migrator, ACME);
      assertThat(drift.extra()).isEmpty();
      assertThat(drift.missing()).isEmpty();
      assertThat(drift.error()).isNull();
      assertThat(drift.older())
          .containsExactly(
              "function old_f",
              "sequence accounts_id_seq",
              "table accounts",
              "type old_mood",
              "view old_v");

      database.execute(
          "CREATE TABLE tenant_acme.by_hand (id int); ALTER TABLE tenant_acme.users ADD mine int");
      assertThat(verify(migrator, ACME).extra())
          .containsExactly(
              "column by_hand.id integer", "column users.mine integer", "table by_hand");
    }
  }

  @Test
  void madeByMigrationsAloneNothingIsOlder() throws Exception {
    files.with("001_a.sql", "CREATE TABLE users (id int);");
    try (Migrator migrator = migrator()) {
      migrator.runs().migrate(files.changelog(), ACME, new Target.Latest());
      database.execute(
          """
          CREATE TABLE tenant_acme.by_hand (id int);
          ALTER TABLE tenant_acme.schema_migrations RENAME TO x;
          CREATE TABLE tenant_acme.schema_migrations (LIKE tenant_acme.x INCLUDING ALL);
          INSERT INTO tenant_acme.schema_migrations SELECT * FROM tenant_acme.x;

          DROP TABLE tenant_acme.x; CREATE INDEX of_the_history ON tenant_acme.schema_migrations (name)\
          """);

      assertThat(verify(migrator, ACME))
          .extracting(Drift::extra, Drift::older)
          .containsExactly(List.of("column by_hand.id integer", "table by_hand"), List.of());
    }
  }

  @Test
  void migrationsThatBuildOnOlderTablesCanNotBeVerified() throws Exception {
    files
        .with("001_a.sql", "ALTER TABLE accounts ADD a int;")
        .with("002_b.sql", "ALTER TABLE accounts ADD b int;");
    database.execute("CREATE TABLE tenant_acme.accounts (id int, a int)");
    try (Migrator migrator = migrator()) {
      baseline(migrator, "1");
      migrator.runs().migrate(files.changelog(), ACME, new Target.Latest());

      Drift drift = verify(migrator, ACME);
      assertThat(drift.isKnown()).isFalse();
      assertThat(drift.error()).contains("001_a.sql:1", "accounts is older than the migrations");
    }
  }

  @Test
  void ifNotExistsHidesNothing() throws Exception {
    files
        .with("001_a.sql", "CREATE TABLE users (id int);")
        .with(
            "002_b.sql",
            """
            ALTER TABLE users ADD COLUMN IF NOT EXISTS email text NOT NULL DEFAULT '';
            CREATE TABLE IF NOT EXISTS plans (id int PRIMARY KEY, price numeric(10,2));
            CREATE INDEX IF NOT EXISTS users_email ON users (lower(email));
            """);
    try (Migrator migrator = migrator()) {
      migrator.runs().migrate(files.changelog(), ACME, new Target.UpTo(Version.parse("1")));
      database.execute(
          """
          SET search_path = tenant_acme; ALTER TABLE users ADD email varchar(50);
          CREATE TABLE plans (id int, price float8); CREATE INDEX users_email ON users (email)\
          """);
      migrator.runs().migrate(files.changelog(), ACME, new Target.Latest());

      Drift drift = verify(migrator, ACME);
      assertThat(drift.missing())
          .contains("column users.email text not null default ''::text")
          .anyMatch(line -> line.contains("lower(email)"))
          .anyMatch(line -> line.contains("plans.price numeric(10,2)"))
          .anyMatch(line -> line.contains("plans_pkey"));
      assertThat(drift.extra())
          .contains("column users.email character varying(50)")
          .anyMatch(line -> line.contains("plans.price double precision"));
      assertThat(drift.error()).isNull();
    }
  }

  @Test
  void extensionsAndSchemasOfPublicAreVerified() throws Exception {
    files
        .with(
            "public/001_a.sql",
            """
            CREATE EXTENSION IF NOT EXISTS citext;
            CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
            CREATE SCHEMA platform;
            CREATE TABLE platform.orgs (id uuid PRIMARY KEY DEFAULT uuid_generate_v4());
            CREATE TABLE people (id uuid DEFAULT uuid_generate_v4() PRIMARY KEY, name citext,
              org uuid REFERENCES platform.orgs);
            CREATE INDEX people_name ON people (name);
            """)
        .with(
            "tenant/002_b.sql",
            "CREATE TABLE t (id uuid DEFAULT public.uuid_generate_v4(), n public.citext,"
                + " o uuid REFERENCES platform.orgs);");
    try (Migrator migrator = migrator()) {
      assertThat(
              migrator
                  .runs()
                  .migrateAll(
                      files.changelog(),
                      new FleetScope.All(),
                      new Target.Latest(),
                      FleetListener.NONE)
                  .failures())
          .isEmpty();
      List<SchemaRef> both = List.of(SchemaRef.PUBLIC, ACME);
      assertThat(migrator.checks().verify(files.changelog(), both)).allMatch(Drift::isNone);

      database.execute(
          "ALTER TABLE platform.orgs ADD by_hand int; ALTER TABLE people ADD mine int");
      assertThat(verify(migrator, SchemaRef.PUBLIC).extra())
          .containsExactly(
              "column people.mine integer", "in schema platform: column orgs.by_hand integer");
    }
  }
}
