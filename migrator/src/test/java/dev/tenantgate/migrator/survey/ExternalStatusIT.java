package dev.tenantgate.migrator.survey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Changelogs;
import dev.tenantgate.migrator.plan.ExternalStanding;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Other tools' histories, held against their files, versions, names and tags. */
class ExternalStatusIT {

  static TestDatabase database;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    database = TestPostgres.latest().newDatabase();
  }

  @AfterAll
  static void close() {
    database.close();
  }

  @BeforeEach
  void schema() {
    database.execute("CREATE SCHEMA tenant_acme");
  }

  @AfterEach
  void drop() {
    database.execute(
        "DROP SCHEMA tenant_acme CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  }

  private Settings settings(String... settings) throws Exception {
    Map<String, String> all =
        new HashMap<>(
            Map.of(
                "migrations.tool", "external",
                "database.url",
                    "postgresql://postgres@%s:%d/%s?sslmode=disable"
                        .formatted(
                            database.server().host(), database.server().port(), database.name()),
                "migrations.locations", folder.toString()));
    for (int i = 0; i < settings.length; i += 2) {
      all.put(settings[i], settings[i + 1]);
    }
    return SettingsReader.read(new SettingsSources(null, Map.of(), all)).settings();
  }

  private SchemaStatus status(String... settings) throws Exception {
    Settings read = settings(settings);
    Changelog changelog = Changelogs.read(read).changelog();
    try (Migrator migrator = Migrator.open(read)) {
      return SchemaStatus.of(
          migrator.histories().of(migrator.tenants().schemaOf("acme")),
          changelog,
          new Target.Latest());
    }
  }

  private static List<String> pending(SchemaStatus status) {
    return status.pending().stream().map(migration -> migration.version().toString()).toList();
  }

  private static ExternalStanding standing(SchemaStatus status) {
    return Objects.requireNonNull(status.external(), "standing");
  }

  private void file(String name, String text) throws Exception {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "FLYWAY          | V1__create_users.sql | V2.0__add_email.sql | V2_1__more.sql | x | 2.1 |"
            + " is at version 2 of Flyway | version 2.1",
        "DJANGO          | shop/migrations/0001_create_users.py | shop/migrations/0002_add_email.py"
            + " | shop/migrations/0003_more.py | class Migration(migrations.Migration): |"
            + " shop.0003_more | has 2 of 3 migrations of Django | shop.0003_more",
        "PRISMA          | 1_create_users/migration.sql | 2_add_email/migration.sql |"
            + " 3_more/migration.sql | x | 3_more | has 2 of 3 migrations of Prisma | 3_more",
        "ATLAS           | 1_create_users.sql | 2_add_email.sql | 3_more.sql | x | 3 | is at"
            + " version 2 of Atlas | version 3",
        "GOOSE           | 001_create_users.sql | 002_add_email.sql | 003_more.sql | -- +goose Up |"
            + " 3 | is at version 2 of goose | version 3",
        "NODE_PG_MIGRATE | 1_create_users.js | 2_add_email.js | 3_more.js | pgm | 3_more | has 2 of"
            + " 3 migrations of node-pg-migrate | 3_more",
        "KNEX            | 1_create_users.js | 2_add_email.js | 3_more.js | knex | 3_more.js | has"
            + " 2 of 3 migrations of knex | 3_more.js",
        "GOLANG_MIGRATE  | 1_create_users.up.sql | 2_add_email.up.sql | 3_more.up.sql | x | 3 | is"
            + " at version 2 of golang-migrate | version 3",
        "ECTO            | 1_create_users.exs | 2_add_email.exs | 3_more.exs | x | 3 | is at"
            + " version 2 of Ecto | version 3",
        "RAILS           | 1_create_users.rb | 2_add_email.rb | 3_more.rb | x | 3 | is at version 2"
            + " of Rails | version 3",
        "DBMATE          | 1_create_users.sql | 2_add_email.sql | 3_more.sql | -- migrate:up | 3 |"
            + " is at version 2 of dbmate | version 3",
        "TERN            | 001_create_users.sql | 002_add_email.sql | 003_more.sql | ---- create"
            + " above / drop below ---- | 3 | is at version 2 of tern | version 3",
        "NAMES           | 001_create_users.sql | 002_add_email.sql | 003_more.sql | x | 003_more |"
            + " has 2 of 3 migrations of hand-written migrations (names) | 003_more",
        "VERSIONS        | 001_create_users.py | 002_add_email.py | 003_more.py | x | 003_more |"
            + " has 2 of 3 migrations of hand-written migrations (versions) | 003_more",
      })
  void aFolderIsRequiredWhole(
      ToolHistories tool,
      String first,
      String second,
      String third,
      String text,
      String missing,
      String found,
      String required)
      throws Exception {
    database.execute(tool.in("tenant_acme"));
    if (tool == ToolHistories.ATLAS) {
      file("atlas.sum", "");
    }
    file(first, text);
    file(second, text);
    assertThat(status().state()).isEqualTo(SchemaState.CURRENT);

    file(third, text);
    SchemaStatus behind = status();

    assertThat(behind.state()).isEqualTo(SchemaState.BEHIND);
    assertThat(pending(behind)).containsExactly(missing);
    assertThat(standing(behind).found()).isEqualTo(found);
    assertThat(standing(behind).required()).isEqualTo(required);
    database.execute("DROP TABLE tenant_acme." + tool.table());
    SchemaStatus without = status();
    assertThat(without.state()).isEqualTo(SchemaState.BEHIND);
    assertThat(without.pending()).hasSize(3);
    assertThat(standing(without).found()).startsWith("has no history of ");
  }

  @Test
  void aGapIsMissing() throws Exception {
    database.execute(
        ToolHistories.RAILS.in("tenant_acme")
            + "; DELETE FROM tenant_acme.schema_migrations WHERE version = '1'");
    file("1_a.rb", "");
    file("2_b.rb", "");

    assertThat(pending(status())).containsExactly("1");
    assertThat(status("gate.required", "2").state()).isEqualTo(SchemaState.CURRENT);
  }

  @Test
  void moreThanTheFilesIsAhead() throws Exception {
    database.execute(ToolHistories.FLYWAY.in("tenant_acme"));
    file("V1__create_users.sql", "");

    assertThat(status().state()).isEqualTo(SchemaState.AHEAD);
  }

  @Test
  void aBaselineCountsForAllBelow() throws Exception {
    database.execute(
        ToolHistories.FLYWAY.in("tenant_acme")
            + "; UPDATE tenant_acme.flyway_schema_history SET type = 'BASELINE', version = '5'"
            + " WHERE version = '1'; UPDATE tenant_acme.flyway_schema_history SET version = '6'"
            + " WHERE version = '2'");
    for (int i = 1; i <= 6; i++) {
      file("V" + i + "__x.sql", "");
    }
    assertThat(status().state()).isEqualTo(SchemaState.CURRENT);
  }

  @Test
  void djangosOtherAppsAndSquashesAreNothingMissing() throws Exception {
    database.execute(
        ToolHistories.DJANGO.in("tenant_acme")
            + "; INSERT INTO tenant_acme.django_migrations (app, name, applied)"
            + " VALUES ('auth', '0001_initial', now())");
    file(
        "shop/migrations/0001_squashed.py",
        """
        class Migration(migrations.Migration):
            replaces = [('shop', '0001_create_users'), ('shop', '0002_add_email')]
        """);
    assertThat(status().state()).isEqualTo(SchemaState.CURRENT);
  }

  @ParameterizedTest
  @CsvSource({
    "FLYWAY, 1.9, CURRENT",
    "FLYWAY, 2.0, CURRENT",
    "FLYWAY, 2.0.1, BEHIND",
    "NAMES, 2, CURRENT",
    "NAMES, 003, BEHIND",
    "KNEX, 2, CURRENT",
    "TYPEORM, 3, BEHIND",
    "DJANGO, 2, UNKNOWN",
    "LIQUIBASE, 2, UNKNOWN"
  })
  void aVersionIsComparedAsTheToolDoes(ToolHistories tool, String version, SchemaState state)
      throws Exception {
    database.execute(tool.in("tenant_acme"));
    assertThat(status("gate.required", version).state()).isEqualTo(state);
  }

  @ParameterizedTest
  @CsvSource({
    "FLYWAY, 2",
    "FLYWAY, add email",
    "FLYWAY, 2_add_email",
    "LIQUIBASE, 2-add_email",
    "LIQUIBASE, ann:2-add_email",
    "LIQUIBASE, db/changelog.xml::2-add_email::ann",
    "DJANGO, shop.0002_add_email",
    "DJANGO, shop:0002_add_email",
    "DJANGO, shop/0002_add_email",
    "PRISMA, 2_add_email",
    "NODE_PG_MIGRATE, 2_add_email",
    "KNEX, 2_add_email.js",
    "KNEX, 2_add_email",
    "GOLANG_MIGRATE, 1",
    "ECTO, 2",
    "RAILS, 2",
    "NAMES, 002_add_email",
    "NAMES, 002_add_email.sql",
    "VERSIONS, 002_add_email",
    "SEQUELIZE, 2-add_email",
    "TYPEORM, AddEmail2"
  })
  void namesAreThoseOfTheTool(ToolHistories tool, String name) throws Exception {
    database.execute(tool.in("tenant_acme"));
    assertThat(status("gate.required-names", name).state()).isEqualTo(SchemaState.CURRENT);
    SchemaStatus behind = status("gate.required-names", name + ", 7_none");
    assertThat(behind.state()).isEqualTo(SchemaState.BEHIND);
    assertThat(pending(behind)).containsExactly("7_none");
  }

  @Test
  void aTagIsLiquibases() throws Exception {
    database.execute(ToolHistories.LIQUIBASE.in("tenant_acme"));
    assertThat(status("gate.required-tag", "v2").state()).isEqualTo(SchemaState.CURRENT);
    assertThat(status("gate.required-tag", "v3").state()).isEqualTo(SchemaState.BEHIND);
    assertThat(standing(status("gate.required-tag", "v3")).required()).isEqualTo("tag v3");
  }

  @Test
  void twoHistoriesAreForAPersonToChooseFromUnlessFilesOrATableSay() throws Exception {
    database.execute(
        ToolHistories.FLYWAY.in("tenant_acme") + ";" + ToolHistories.DJANGO.in("tenant_acme"));

    assertThat(status("gate.required", "2").state()).isEqualTo(SchemaState.UNKNOWN);
    assertThat(status("gate.required", "2").error()).contains("migrations.history-table");
    assertThat(
            status("gate.required", "2", "migrations.history-table", "flyway_schema_history")
                .state())
        .isEqualTo(SchemaState.CURRENT);
    assertThat(status("gate.required", "2", "migrations.file-format", "flyway").state())
        .isEqualTo(SchemaState.CURRENT);
    file("V2__x.sql", "");
    assertThat(status().state()).isEqualTo(SchemaState.CURRENT);
  }

  @Test
  void theHistoryOfPublicDoesNotCountForTenants() throws Exception {
    database.execute(ToolHistories.FLYWAY.in("public"));

    SchemaStatus status = status("gate.required", "2");

    assertThat(status.state()).isEqualTo(SchemaState.BEHIND);
    assertThat(status.error()).contains("migrations.history-table: public.flyway_schema_history");
  }

  @Test
  void ourOwnColumnsInAnothersHandsAreAHistoryToo() throws Exception {
    database.execute(
        """
        CREATE TABLE tenant_acme.schema_migrations (version BIGINT PRIMARY KEY,
          name VARCHAR(255) NOT NULL, applied_at TIMESTAMP NOT NULL, checksum VARCHAR(64) NOT NULL,
          execution_time_ms INTEGER, status VARCHAR(20), error_message TEXT);
        INSERT INTO tenant_acme.schema_migrations VALUES (2, 'x', now(), 'c', 1, 'success', NULL)\
        """);
    assertThat(status("gate.required", "2").state()).isEqualTo(SchemaState.CURRENT);
    assertThat(status("gate.required", "3").state()).isEqualTo(SchemaState.BEHIND);
  }

  @Test
  void failureOfACommandEndsWithThatCommand() throws Exception {
    database.execute(
        "CREATE TABLE tenant_acme.schema_migrations (version bigint PRIMARY KEY, dirty boolean"
            + " NOT NULL); INSERT INTO tenant_acme.schema_migrations VALUES (1, false)");
    file("1_create_users.up.sql", "SELECT 1;");
    file("2_add_email.up.sql", "SELECT 1;");
    Settings failing = settings("migrations.command", "[sh, -c, 'echo no; exit 3']");
    try (Migrator migrator = Migrator.open(failing)) {
      assertThat(
              migrator
                  .runs()
                  .migrate(
                      Changelogs.read(failing).changelog(),
                      migrator.tenants().schemaOf("acme"),
                      new Target.Latest()))
          .isInstanceOf(SchemaOutcome.Failed.class);
    }

    assertThat(status("migrations.command", "[sh, -c, 'echo no; exit 3']").state())
        .isEqualTo(SchemaState.FAILED);
    SchemaStatus mended = status("migrations.command", "[sh, -c, 'exit 0']");
    assertThat(mended.state()).isEqualTo(SchemaState.BEHIND);
    assertThat(mended.error()).isNull();
  }
}
