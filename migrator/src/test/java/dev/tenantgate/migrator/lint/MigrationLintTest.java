package dev.tenantgate.migrator.lint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.LintRule;
import dev.tenantgate.migrator.testing.SeedExamples;
import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MigrationLintTest {

  private static final SchemaPattern PATTERN = SchemaPattern.parse("tenant_{tenant}");

  @TempDir Path folder;

  private List<ChangelogProblem> lint(TestChangelog files) {
    return MigrationLint.check(files.changelog().migrations(), PATTERN);
  }

  private List<String> rulesOf(String sql) {
    return lint(new TestChangelog(folder).with("00001_a.sql", sql)).stream()
        .map(found -> Objects.requireNonNull(found.rule()).id())
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE INDEX i ON users (a) | index-not-concurrent",
        "CREATE UNIQUE INDEX IF NOT EXISTS i ON ONLY_x USING btree (a) | index-not-concurrent",
        "ALTER TABLE users ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b | constraint-not-valid",
        "ALTER TABLE users ADD CHECK (a > 0) | constraint-not-valid",
        "ALTER TABLE ONLY users ADD CONSTRAINT u UNIQUE (a) | unique-constraint",
        "ALTER TABLE users ADD PRIMARY KEY (a) | unique-constraint",
        "ALTER TABLE users ALTER COLUMN a SET NOT NULL | set-not-null",
        "ALTER TABLE users ADD COLUMN a int NOT NULL | required-column",
        "ALTER TABLE users ADD IF NOT EXISTS a int NOT NULL | required-column",
        "ALTER TABLE users ADD COLUMN a uuid DEFAULT gen_random_uuid() | volatile-default",
        "ALTER TABLE users ADD COLUMN a float DEFAULT (1 + random()) NOT NULL | volatile-default",
        "ALTER TABLE users ADD COLUMN a bigserial | volatile-default",
        "ALTER TABLE users ALTER a TYPE bigint USING a::bigint | column-type",
        "ALTER TABLE users ALTER COLUMN a SET DATA TYPE text | column-type",
        "ALTER TABLE users RENAME TO people | rename",
        "ALTER TABLE users RENAME COLUMN a TO b | rename",
        "ALTER TABLE users RENAME a TO b | rename",
        "ALTER TABLE users DROP COLUMN IF EXISTS a | drop-column",
        "ALTER TABLE users ADD b int, DROP a | drop-column",
        "DROP TABLE IF EXISTS users CASCADE | drop-table",
        "SET search_path TO public | search-path",
        "SELECT pg_catalog.set_config('search_path', 'x', false) | search-path",
        "CREATE TABLE tenant_acme.t (a int) | schema-name",
        "INSERT INTO public.settings VALUES (1) | schema-name",
        "UPDATE \"tenant_acme\".users SET a = 1 | schema-name",
        "DELETE FROM users USING tenant_acme.other o WHERE o.id = users.id | schema-name",
        "CREATE INDEX CONCURRENTLY_i ON users (a); CREATE SCHEMA x | schema-name",
      })
  void findsWhatIsUnwise(String sql, String rule) {
    assertThat(rulesOf(sql + ";")).contains(rule);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE t (a int); CREATE INDEX i ON t (a); ALTER TABLE t ADD UNIQUE (a), DROP a",
        "CREATE TABLE t (a int); ALTER TABLE t ALTER a SET NOT NULL; DROP TABLE t",
        "CREATE INDEX i ON ONLY parted (a)",
        "ALTER TABLE users ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b NOT VALID",
        "ALTER TABLE users VALIDATE CONSTRAINT c",
        "ALTER TABLE users ADD CONSTRAINT u UNIQUE USING INDEX i",
        "ALTER TABLE users ADD COLUMN a int REFERENCES b (id)",
        "ALTER TABLE users ADD COLUMN a int NOT NULL DEFAULT 0",
        "ALTER TABLE users ADD COLUMN a timestamptz NOT NULL DEFAULT now()",
        "ALTER TABLE users ADD COLUMN a text DEFAULT 'random()' CHECK (a <> '')",
        "ALTER TABLE users ALTER a DROP NOT NULL, ALTER b SET DEFAULT gen_random_uuid()",
        "ALTER TABLE users RENAME CONSTRAINT a TO b",
        "ALTER INDEX i RENAME TO j",
        "ALTER TABLE users DROP CONSTRAINT a",
        "DROP INDEX i",
        "SELECT tenant_usage.id FROM tenant_usage WHERE tenant_usage.a IS DISTINCT FROM tenant_usage.b",
        "UPDATE tenant_usage SET y = EXTRACT(year FROM tenant_usage.at)",
        "ALTER TABLE users ADD COLUMN plan int REFERENCES public.plans (id)",
        "INSERT INTO users SELECT id FROM public.defaults",
        "DO $$ BEGIN ALTER TABLE tenant_a.users DROP a; END $$",
        "INSERT INTO t VALUES ('DROP TABLE users; SET search_path TO x')",
      })
  void leavesAloneWhatIsFine(String sql) {
    assertThat(rulesOf(sql + ";")).isEmpty();
  }

  @Test
  void aTenantsTableNamedAsIfItWerePublicsIsFound() {
    TestChangelog files =
        new TestChangelog(folder)
            .with("tenant/1_a.sql", "CREATE TABLE users (id int);")
            .with("tenant/2_b.sql", "CREATE VIEW v AS\nSELECT *\nFROM public.users;");

    assertThat(lint(files))
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.rule()).isEqualTo(LintRule.SCHEMA_NAME);
              assertThat(found.line()).isEqualTo(3);
              assertThat(found.toString()).contains("2_b.sql:3: ").endsWith("[schema-name]");
            });
  }

  @Test
  void aBlockOutsideOfATransactionMayRunTwice() {
    String block = "DO $$ BEGIN NULL; END $$;\n";
    TestChangelog files =
        new TestChangelog(folder)
            .with("tenant/1_a.sql", block)
            .with("tenant/2_b.sql", "-- tenantgate: no-transaction\n" + block + "CALL p();");

    assertThat(lint(files))
        .extracting(found -> found.rule() + " " + found.line())
        .containsExactly("AT_LEAST_ONCE 2", "AT_LEAST_ONCE 3");
  }

  @Test
  void aMigrationOfPublicMayNameSchemas() {
    assertThat(
            lint(
                new TestChangelog(folder)
                    .with("public/1_a.sql", "CREATE SCHEMA x; CREATE TABLE x.t (a int);")))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-- tenantgate: ignore=rename,drop-column online",
        "-- tenantgate: online ignore rename, drop-column",
        "-- tenantgate: ignore rename\n-- tenantgate: ignore=drop-column",
      })
  void aFileSwitchesRulesOff(String head) {
    assertThat(rulesOf(head + "\nALTER TABLE a RENAME TO b;\nALTER TABLE b DROP c;")).isEmpty();
  }

  @Test
  void aRuleThatIsNoneIsAnError() {
    TestChangelog files =
        new TestChangelog(folder).with("1_a.sql", "-- tenantgate: ignore=nonsense\nSELECT 1;");

    assertThat(files.reading().errors())
        .singleElement()
        .satisfies(error -> assertThat(error.toString()).contains("1_a.sql:1: \"nonsense\" is no"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"001", "003", "004"})
  void theExamplesAreFoundUnwiseOnlyWhereTheyAre(String document) {
    SeedExamples.copy(document, folder);

    assertThat(lint(new TestChangelog(folder)))
        .extracting(found -> Objects.requireNonNull(found.rule()))
        .allMatch(rule -> rule == LintRule.INDEX_NOT_CONCURRENT);
  }
}
