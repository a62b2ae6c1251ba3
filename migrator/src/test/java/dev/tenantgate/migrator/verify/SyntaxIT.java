package dev.tenantgate.migrator.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.SqlSettings;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.lint.TokenSyntax;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Syntax is checked without running anything; what is in public is found where that is asked. */
class SyntaxIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder);
    database.execute("CREATE SCHEMA tenant_acme; CREATE EXTENSION citext");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Migrator migrator(SqlSettings sql) {
    return Migrator.open(
        database.settings(), files.settings().withSql(sql), SchemaPattern.parse("tenant_{tenant}"));
  }

  private List<String> bySyntax() throws Exception {
    try (Migrator migrator = migrator(SqlSettings.STANDARD)) {
      return migrator.checks().checkSyntax(files.changelog().migrations()).stream()
          .map(ChangelogProblem::toString)
          .toList();
    }
  }

  private List<String> byTokens() {
    return TokenSyntax.check(files.changelog().migrations()).stream()
        .map(ChangelogProblem::toString)
        .toList();
  }

  @Test
  void syntaxErrorsAreFoundByTheServersParserAndNothingRuns() throws Exception {
    files
        .with("1_good.sql", "CREATE TABLE public.ran (id int);\nSELECT 'é𝄞', $$x$$; -- end")
        .with("2_bad.sql", "SELECT 'é𝄞';\nCREATE TABLE public.ran (id int);\nCREAT TABLE b ();")
        .with("3_open.sql", "CREATE TABLE public.ran (id int,\nname text;\n")
        .with("4_cut.sql", "SELECT 1 AS\n;")
        .with("5_down.sql", "SELECT 1;\n-- DOWN MIGRATION\nDROP TABEL x;")
        .with("6_atomic.sql", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END;")
        .with("7_alone.sql", "CREATE INDEX CONCURRENTLY i ON nowhere (id);");

    assertThat(bySyntax())
        .anyMatch(e -> e.contains("2_bad.sql:3") && e.contains("\"CREAT\""))
        .anyMatch(e -> e.contains("3_open.sql:2"))
        .anyMatch(e -> e.contains("4_cut.sql:2"))
        .anyMatch(e -> e.contains("5_down.sql:3") && e.contains("\"TABEL\""))
        .hasSize(4);
    assertThat(database.value("SELECT to_regclass('public.ran')")).isNull();
    assertThat(byTokens())
        .anyMatch(e -> e.contains("2_bad.sql:3") && e.contains("\"CREAT\""))
        .anyMatch(e -> e.contains("3_open.sql:1") && e.contains("never closed"))
        .hasSize(2);
  }

  @Test
  void extensionsInPublicAreFoundBySearchPathAndNamedWithoutIt() throws Exception {
    files.with(
        "1_a.sql", "CREATE TABLE users (name citext);\n-- DOWN MIGRATION\nDROP TABLE users;");
    try (Migrator strict = migrator(SqlSettings.STANDARD)) {
      SchemaOutcome outcome = strict.runs().migrate(files.changelog(), ACME, new Target.Latest());
      assertThat(outcome.toString())
          .contains(
              "there is one in the schema public", "migrations.search-path: [tenant, public]");
    }
    SqlSettings wider =
        new SqlSettings(SqlSettings.Replace.FLYWAY, Map.of(), null, List.of("tenant", "public"));
    try (Migrator migrator = migrator(wider)) {
      assertThat(migrator.runs().migrate(files.changelog(), ACME, new Target.Latest()))
          .isInstanceOf(SchemaOutcome.Migrated.class);
      assertThat(database.value("SELECT to_regclass('public.users')")).isNull();
      assertThat(migrator.checks().verify(files.changelog(), List.of(ACME)))
          .allMatch(Drift::isNone);
    }
  }

  @Test
  void schemasThatAreMadeIfTheyDoNotExistAreVerified() throws Exception {
    files.with(
        "1_a.sql",
        """
        CREATE SCHEMA IF NOT EXISTS platform;
        CREATE TABLE IF NOT EXISTS platform.orgs (id uuid DEFAULT gen_random_uuid() PRIMARY KEY);
        CREATE TABLE IF NOT EXISTS users (name public.citext, org uuid REFERENCES platform.orgs);
        CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA platform;
        """);
    try (Migrator migrator = migrator(SqlSettings.STANDARD)) {
      assertThat(migrator.runs().migrate(files.changelog(), ACME, new Target.Latest()))
          .isInstanceOf(SchemaOutcome.Migrated.class);
      assertThat(migrator.checks().verify(files.changelog(), List.of(ACME)))
          .allMatch(Drift::isNone);

      database.execute("ALTER TABLE platform.orgs ADD by_hand int");
      database.execute("ALTER TABLE tenant_acme.users ADD mine int");
      Drift drift = migrator.checks().verify(files.changelog(), List.of(ACME)).get(0);
      assertThat(drift.error()).isNull();
      assertThat(drift.extra())
          .anyMatch(line -> line.contains("by_hand") && line.contains("platform"))
          .anyMatch(line -> line.contains("users.mine"))
          .hasSize(2);
    }
  }
}
