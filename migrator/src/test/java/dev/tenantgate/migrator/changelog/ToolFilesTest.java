package dev.tenantgate.migrator.changelog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.MigrationTool;
import dev.tenantgate.config.MigrationTool.FileFormat;
import dev.tenantgate.config.SqlSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToolFilesTest {

  TestChangelog files = new TestChangelog(Path.of(""));

  @BeforeEach
  void setUp(@TempDir Path folder) {
    files = new TestChangelog(folder);
  }

  private List<String> errors() {
    return errors(files.reading());
  }

  private static List<String> errors(ChangelogReading reading) {
    return reading.problems().stream()
        .filter(problem -> problem.severity() == Severity.ERROR)
        .map(ChangelogProblem::toString)
        .toList();
  }

  private ChangelogReading readAs(FileFormat format) {
    MigrationTool tool =
        new MigrationTool(
            MigrationTool.Kind.TENANTGATE, List.of(), Duration.ofMinutes(1), null, format);
    return ChangelogReader.read(files.settings().withTool(tool));
  }

  private static String up(Migration migration) {
    return ((SqlPart) migration.up()).forSchema(new SchemaRef("tenant_a", "a")).sql().strip();
  }

  private static String down(Migration migration) {
    return migration.down() instanceof SqlPart part ? part.sql().strip() : "none";
  }

  @Test
  void flywaysVersionsUndosAndRepeatablesAreRead() {
    files
        .with("V1__init.sql", "CREATE TABLE a (id int);")
        .with("V1_1__more.sql", "CREATE TABLE b (id int);")
        .with("U1.1__more.sql", "DROP TABLE b;")
        .with("V1.10__ten.sql", "SELECT 10;")
        .with("release/V1.9__nine.sql", "SELECT 9;")
        .with("V20240101120000__stamp.sql", "SELECT 4;")
        .with("R__z_views.sql", "CREATE OR REPLACE VIEW z AS SELECT 1;")
        .with("R__Functions.sql", "CREATE OR REPLACE VIEW f AS SELECT 1;")
        .with("V2__alone.sql", "CREATE TABLE c (id int); VACUUM c;")
        .with("V2__alone.sql.conf", "# why\nexecuteInTransaction=false\n");

    Changelog changelog = files.changelog();

    assertThat(changelog.migrations())
        .extracting(Migration::toString)
        .containsExactly(
            "1 (init)",
            "1.1 (more)",
            "1.9 (nine)",
            "1.10 (ten)",
            "2 (alone)",
            "20240101120000 (stamp)",
            "R__Functions",
            "R__z_views");
    assertThat(down(changelog.migrations().get(1))).isEqualTo("DROP TABLE b;");
    assertThat(changelog.migrations().get(4).up().transactional()).isFalse();
    assertThat(changelog.latest().orElseThrow()).hasToString("20240101120000");
  }

  @Test
  void flywaysTrapsAreNamed() {
    files
        .with("V1__init.sql", "SELECT 1;")
        .with("U3__gone.sql", "SELECT 1;")
        .with("V2__Code.java", "class V2__Code {}")
        .with("V3_forgotten.sql", "SELECT 1;")
        .with("afterMigrate.sql", "SELECT 1;")
        .with("B5__base.sql", "SELECT 1;")
        .with("V4__conf.sql", "SELECT 1;")
        .with("V4__conf.sql.conf", "shouldExecute=${x}")
        .with("V1.0__again.sql", "SELECT 1;")
        .with("7_ours.sql", "SELECT 1;");

    assertThat(errors())
        .anyMatch(
            error -> error.contains("U3__gone.sql") && error.contains("no migration for this"))
        .anyMatch(error -> error.contains("V2__Code.java") && error.contains("is code"))
        .anyMatch(error -> error.contains("V3_forgotten.sql") && error.contains("none of its"))
        .anyMatch(error -> error.contains("afterMigrate.sql") && error.contains("callbacks"))
        .anyMatch(error -> error.contains("V4__conf.sql.conf:1") && error.contains("shouldExecute"))
        .anyMatch(error -> error.contains("version 1 is taken by"))
        .anyMatch(error -> error.contains("7_ours.sql") && error.contains("file-format"))
        .hasSize(7);
    assertThat(files.reading().problems()).anyMatch(p -> p.toString().contains("B5__base.sql"));
  }

  @Test
  void placeholdersOfFlywayAreReplacedAndUnknownOnesNamed() {
    files.with(
        "V1__init.sql",
        """
        -- ${unknown} in a comment
        CREATE TABLE ${flyway:defaultSchema}.a (t text DEFAULT '${schema}', u text DEFAULT
          ${tenant:literal});
        CREATE TABLE "${schema}".log_${tenant} (r text DEFAULT ${Region:literal});
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 FROM ${schema}.a $$;
        GRANT SELECT ON a TO ${role};
        """);
    SqlSettings sql =
        new SqlSettings(
            SqlSettings.Replace.FLYWAY,
            Map.of("region", "e'u", "role", "app"),
            null,
            List.of("tenant"));
    ChangelogReading reading = ChangelogReader.read(files.settings().withSql(sql));
    SqlPart part = (SqlPart) reading.migrations().get(0).up();

    assertThat(errors(reading)).isEmpty();
    assertThat(part.forSchema(new SchemaRef("tenant_a", "a")).sql())
        .contains("${unknown} in a comment")
        .contains("TABLE \"tenant_a\".a (t text DEFAULT 'tenant_a', u text DEFAULT\n  'a');")
        .contains("\"tenant_a\".log_a (r text DEFAULT 'e''u')")
        .contains("FROM \"tenant_a\".a $$")
        .contains("TO app;");
    assertThat(part.forSchema(new SchemaRef("t\"o'h", "o'h")).sql())
        .contains("TABLE \"t\"\"o'h\".a (t text DEFAULT 't\"o''h', u text DEFAULT\n  'o''h');")
        .contains("\"t\"\"o'h\".log_\"o'h\" (");

    files.with("V2__x.sql", "SELECT 1;\nSELECT '${nope}', ${flyway:user};");
    assertThat(errors())
        .anyMatch(error -> error.contains("V2__x.sql:2") && error.contains("${nope}"))
        .anyMatch(error -> error.contains("V2__x.sql:2") && error.contains("current_user"));
  }

  @Test
  void placeholdersInOurFilesAreReplacedOnlyWhereThatIsAsked() {
    files.with("1_a.sql", "SELECT '${nope}', $${x}$$;");
    assertThat(errors()).isEmpty();
    assertThat(up(files.changelog().migrations().get(0))).contains("'${nope}', $${x}$$");

    files.with("2_b.sql", "SELECT '${tenant}';");
    SqlSettings all =
        new SqlSettings(SqlSettings.Replace.ALL, Map.of("x", "y"), null, List.of("tenant"));
    ChangelogReading reading = ChangelogReader.read(files.settings().withSql(all));
    assertThat(errors(reading)).hasSize(1).first().asString().contains("1_a.sql:1", "${nope}");
    assertThat(up(reading.migrations().get(1))).isEqualTo("SELECT 'a';");
    assertThat(reading.migrations().get(1).checksum())
        .isEqualTo(Checksum.of("SELECT '${tenant}';"));
  }

  @Test
  void golangMigratesFilesAreRead() {
    files
        .with("000001_init.up.sql", "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;")
        .with("000001_init.down.sql", "DROP TABLE a;")
        .with("2_more.up.sql", "SELECT 1;")
        .with("3_lost.down.sql", "SELECT 1;");

    assertThat(errors()).hasSize(1).first().asString().contains("3_lost.down.sql", ".up.sql");
    List<Migration> read = files.reading().migrations();
    assertThat(read).extracting(Migration::toString).containsExactly("1 (init)", "2 (more)");
    assertThat(up(read.get(0))).contains("CREATE TABLE a (id int);").doesNotContain("BEGIN");
    assertThat(down(read.get(0))).isEqualTo("DROP TABLE a;");
  }

  @Test
  void dbmatesFilesAreRead() {
    files
        .with(
            "20240101120000_init.sql",
            "-- migrate:up transaction:false\nCREATE TABLE a ();\n\n-- migrate:down\nDROP TABLE a;")
        .with("20240102120000.sql", "-- migrate:up\nSELECT 1;")
        .with("20240103120000_bad.sql", "SELECT 2;\n-- migrate:up\nSELECT 1;\n-- migrate:up")
        .with("20240104120000_none.sql", "SELECT 2;");

    assertThat(errors())
        .anyMatch(e -> e.contains("20240103120000_bad.sql:1") && e.contains("would never run"))
        .anyMatch(e -> e.contains("20240103120000_bad.sql:4") && e.contains("line 2"))
        .anyMatch(e -> e.contains("20240104120000_none.sql") && e.contains("migrate:up"))
        .hasSize(3);
    Migration first = files.reading().migrations().get(0);
    assertThat(up(first)).isEqualTo("CREATE TABLE a ();");
    assertThat(down(first)).isEqualTo("DROP TABLE a;");
    assertThat(first.up().transactional()).isFalse();
    assertThat(first.down()).extracting(MigrationPart::transactional).isEqualTo(true);
  }

  @Test
  void goosesFilesAreRead() {
    files
        .with(
            "00001_init.sql",
            """
            -- +goose NO TRANSACTION
            -- +goose Up
            -- +goose StatementBegin
            CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END $$ LANGUAGE plpgsql;
            -- +goose StatementEnd
            -- +goose ENVSUB ON
            SELECT '${NOT_SET_ANYWHERE:-fallback}', $body$ x $body$;
            -- +goose ENVSUB OFF
            SELECT '${NOT_SET_ANYWHERE}';
            -- +goose Down
            DROP FUNCTION f;
            """)
        .with("00002_code.go", "package migrations")
        .with("00003_plain.sql", "SELECT 1;")
        .with("00004_env.sql", "-- +goose ENVSUB ON\n-- +goose Up\nSELECT '$NOT_SET_ANYWHERE';")
        .with("00005_open.sql", "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n-- +goose Off");

    assertThat(errors())
        .anyMatch(e -> e.contains("00002_code.go") && e.contains("is code"))
        .anyMatch(e -> e.contains("00003_plain.sql") && e.contains("+goose Up"))
        .anyMatch(e -> e.contains("00004_env.sql:3") && e.contains("no NOT_SET_ANYWHERE"))
        .anyMatch(e -> e.contains("00005_open.sql:2") && e.contains("StatementEnd"))
        .anyMatch(e -> e.contains("00005_open.sql:4") && e.contains("\"Off\""))
        .hasSize(5);
    Migration first = files.reading().migrations().get(0);
    assertThat(up(first)).contains("'fallback', $body$ x $body$", "'${NOT_SET_ANYWHERE}';");
    assertThat(first.up().transactional()).isFalse();
    assertThat(down(first)).isEqualTo("DROP FUNCTION f;");
  }

  @Test
  void ternsFilesAreRead() {
    files
        .with(
            "001_init.sql",
            "CREATE TABLE a ();\n---- create above / drop below ----\nDROP TABLE a;")
        .with("002_no_down.sql", "---- tern: disable-tx ----\nSELECT 1;")
        .with("003_template.sql", "{{ template \"x.sql\" . }}\nSELECT 1;");

    assertThat(errors()).hasSize(1).first().asString().contains("003_template.sql:1", "templates");
    List<Migration> read = files.reading().migrations();
    assertThat(up(read.get(0))).isEqualTo("CREATE TABLE a ();");
    assertThat(down(read.get(0))).isEqualTo("DROP TABLE a;");
    assertThat(read.get(1).up().transactional()).isFalse();
  }

  @Test
  void nodePgMigratesFilesAreRead() {
    files
        .with(
            "1704110400000_init.sql", "-- Up Migration\nSELECT 1;\n\n-- Down Migration\nSELECT 2;")
        .with("20240102120000123_plain.sql", "SELECT 3;");

    assertThat(errors()).isEmpty();
    List<Migration> read = files.reading().migrations();
    assertThat(up(read.get(0))).isEqualTo("SELECT 1;");
    assertThat(down(read.get(0))).isEqualTo("SELECT 2;");
    assertThat(up(read.get(1))).isEqualTo("SELECT 3;");

    files.with("1704210400000_late.sql", "SELECT 4;").with("1704310400000_x.js", "exports.up =");
    assertThat(errors())
        .anyMatch(e -> e.contains("1704210400000_late.sql") && e.contains("rename one"))
        .anyMatch(e -> e.contains("1704310400000_x.js") && e.contains("is code"));
  }

  @Test
  void kindsThatAreMixedAreNamed() {
    files.with("V1__a.sql", "SELECT 1;").with("2_b.up.sql", "SELECT 1;");
    assertThat(errors())
        .hasSize(1)
        .first()
        .asString()
        .contains("Flyway (V1__a.sql)", "golang-migrate (2_b.up.sql)", "file-format");
  }

  @ParameterizedTest
  @CsvSource({"RAILS", "LIQUIBASE", "KNEX"})
  void toolsWhoseMigrationsCannotBeReadAreRefused(FileFormat format) {
    files.with("1_a.sql", "SELECT 1;");
    assertThat(errors(readAs(format))).hasSize(1).first().asString().contains("tool: external");
  }

  @Test
  void formatIsSaidPlainly() {
    files.with("1_a.sql", "SELECT 1;\n-- migrate:up\nSELECT 2;");
    assertThat(errors(readAs(FileFormat.TENANTGATE)))
        .hasSize(1)
        .first()
        .asString()
        .contains("1_a.sql:2");
    assertThat(readAs(FileFormat.DBMATE).migrations()).hasSize(1);
    assertThat(readAs(FileFormat.TERN).migrations()).hasSize(1);
  }

  @Test
  void repeatableMigrationsAreOursAsWell() {
    files.with("1_a.sql", "SELECT 1;").with("R__views.sql", "-- MIGRATION_SCOPE: both\nSELECT 2;");
    assertThat(errors()).isEmpty();
    assertThat(files.changelog().migrations())
        .extracting(Migration::toString)
        .containsExactly("1 (a)", "R__views");

    files.with("R__bad.sql", "-- UP MIGRATION\nSELECT 2;\n-- DOWN MIGRATION\nSELECT 1;");
    assertThat(errors()).hasSize(1).first().asString().contains("R__bad.sql", "no way down");
  }

  @Test
  void scopesAreOthersFilesAsWell() {
    files
        .with("public/V1__a.sql", "SELECT 1;")
        .with("tenant/V2__b.sql", "SELECT 1;")
        .with("V3__c.sql", "-- MIGRATION_SCOPE: both\nSELECT 1;");
    assertThat(errors()).isEmpty();
    assertThat(files.changelog().migrations())
        .extracting(Migration::scope)
        .containsExactly(MigrationScope.PUBLIC, MigrationScope.TENANT, MigrationScope.BOTH);
  }

  @Test
  void prismasFoldersAreRead() {
    files
        .with("20240101000000_create_users/migration.sql", "CREATE TABLE users (id int);")
        .with("20240102000000_add_email/migration.sql", "ALTER TABLE users ADD email text;")
        .with("migration_lock.toml", "provider = \"postgresql\"");

    Changelog changelog = files.changelog();

    assertThat(changelog.migrations())
        .extracting(Migration::toString)
        .containsExactly("20240101000000 (create_users)", "20240102000000 (add_email)");
    assertThat(up(changelog.migrations().get(1))).isEqualTo("ALTER TABLE users ADD email text;");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Rails     | 20240101000000_create_users.rb     | class X",
        "knex      | 20240101000000_create_users.js     | exports.up = (knex) => {}",
        "Sequelize | 20240101000000-create-users.js     | up: (queryInterface) => {}",
        "Django    | shop/migrations/0001_initial.py    | class Migration(migrations.Migration):",
        "Alembic   | versions/aaa111_x.py               | revision = 'a'!down_revision = None",
        "Liquibase | changelog.xml                      | <databaseChangeLog/>",
        "node-pg-migrate | 1700000000000_x.js           | exports.up = (pgm) => {}",
        "Ecto      | 20240101000000_create_users.exs    | defmodule X",
      })
  void aFolderThatAnotherToolAloneCanRunIsToldOnceWithBothWaysOn(
      String tool, String file, String text) {
    files
        .with(file, text.replace('!', '\n'))
        .with(file.replace("1", "2").replace("changelog", "other"), text.replace('!', '\n'));

    assertThat(errors())
        .singleElement()
        .asString()
        .contains("these are migrations of " + tool, "migrations.tool: external", "adopt --as");
  }
}
