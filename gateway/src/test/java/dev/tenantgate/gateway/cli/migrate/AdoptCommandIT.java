package dev.tenantgate.gateway.cli.migrate;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** {@code migrate adopt}: whose histories are taken over, and what becomes of them. */
@Timeout(120)
class AdoptCommandIT extends AdoptFixture {

  @Test
  void eachToolsHistoryBecomesOursAndTheirsAgain() throws IOException {
    ToolHistories[] tools = ToolHistories.values();
    for (ToolHistories tool : tools) {
      tenant(nameOf(tool), tool.in("$S"));
    }
    String before = digest(EVERYTHING);
    String data = digest(DATA);

    Ran dry = run("migrate", "adopt", "--dry-run");
    assertThat(dry.exit()).as(dry.out() + dry.err()).isEqualTo(ExitCode.DONE);
    assertThat(dry.out().split("is 1 \\(create_users\\), applied", -1)).hasSize(tools.length + 1);
    assertThat(digest(EVERYTHING)).isEqualTo(before);

    Ran adopt = run("migrate", "adopt", "--all");
    assertThat(adopt.exit()).as(adopt.out() + adopt.err()).isEqualTo(ExitCode.DONE);
    assertThat(adopt.out()).contains(tools.length + " taken over");
    assertThat(digest(DATA)).isEqualTo(data);
    for (ToolHistories tool : tools) {
      isOurs(tool);
    }
    Ran again = run("migrate", "adopt");
    assertThat(again.exit()).isEqualTo(ExitCode.DONE);
    assertThat(again.out()).contains("0 taken over");
    Ran status = run("migrate", "status", "--output", "json");
    assertThat(status.exit()).isEqualTo(ExitCode.PENDING);
    assertThat(status.json().get("totals").toString())
        .isEqualTo("{\"behind\":" + tools.length + "}");

    Ran undo = run("migrate", "adopt", "--undo");
    assertThat(undo.exit()).as(undo.out() + undo.err()).isEqualTo(ExitCode.DONE);
    assertThat(undo.out()).contains("given back 1, 2", tools.length + " given back");
    assertThat(digest(EVERYTHING)).isEqualTo(before);
    assertThat(database.column("SELECT 1 FROM tenantgate.schema_state")).isEmpty();
    assertThat(run("migrate", "status").exit()).isEqualTo(ExitCode.FAILED);
    assertThat(run("migrate", "adopt", "--undo").out()).contains("0 given back");
  }

  @Test
  void theRestIsAppliedAfterwards() {
    tenant("acme", ToolHistories.RAILS.in("$S"));
    run("migrate", "adopt");

    Ran up = run("migrate", "all");

    assertThat(up.out()).contains("tenant_acme: applied 3");
    assertThat(database.value("SELECT name || coalesce(age, 0) FROM tenant_acme.users"))
        .isEqualTo("Ann of acme0");
    assertThat(run("migrate", "verify").exit()).as(run("migrate", "verify").out()).isZero();
    Ran undo = run("migrate", "adopt", "--undo");
    assertThat(undo.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(undo.out()).contains("3 is on record since", "--force");
    assertThat(run("migrate", "adopt", "--undo", "--force").exit()).isEqualTo(ExitCode.DONE);
    assertThat(database.column("SELECT version FROM tenant_acme.schema_migrations"))
        .containsExactly("1", "2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Ahead, unknown, dirty, failed, another name for the number, twice the same.
        "RAILS          | INSERT INTO $ VALUES ('7')           | no migration is known for: 7;",
        "GOLANG_MIGRATE | UPDATE $ SET version = 9             | version 9",
        "GOLANG_MIGRATE | UPDATE $ SET dirty = true            | version 2 is dirty",
        "FLYWAY         | UPDATE $ SET success = false WHERE version = '2' | it failed",
        "FLYWAY         | UPDATE $ SET description = 'other' WHERE version = '2'"
            + " | 2 other (2 (add_email) is another)",
        "NAMES          | INSERT INTO $ (migration_name) VALUES ('2_add_email')"
            + " | is 002_add_email.sql already",
        "NAMES          | DELETE FROM $                        | tells of no migration",
        "DJANGO         | INSERT INTO $ (app, name, applied) VALUES ('auth', '0001_initial', now())"
            + " | auth: 0001_initial",
        "PRISMA         | UPDATE $ SET finished_at = NULL WHERE id = 'c' | 2_add_email",
      })
  void whatIsNotClearIsListedAndNothingIsChanged(ToolHistories tool, String sql, String why) {
    tenant("acme", tool.in("$S") + ";" + sql.replace("$", "$S." + tool.table()));
    tenant("globex", tool.in("$S"));
    String before = digest(EVERYTHING + " AND n.nspname = 'tenant_acme'");

    Ran adopt = run("migrate", "adopt");

    assertThat(adopt.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(adopt.out()).contains("tenant_acme: ", why, "1 taken over", "1 left as they are");
    assertThat(digest(EVERYTHING + " AND n.nspname = 'tenant_acme'")).isEqualTo(before);
    assertThat(history("globex")).hasSize(2);
  }

  @Test
  void flywaysOwnHistoryIsTakenOverAndFlywayGoesOnOnceItHasItBack() throws IOException {
    Path scripts = Files.createDirectories(folder.resolve("flyway"));
    Files.writeString(scripts.resolve("V1__create_users.sql"), "CREATE TABLE users (id int);");
    Files.writeString(scripts.resolve("V2__add_email.sql"), "ALTER TABLE users ADD email text;");
    Flyway flyway =
        Flyway.configure()
            .dataSource(
                "jdbc:postgresql://127.0.0.1:%d/%s"
                    .formatted(database.server().port(), database.name()),
                "postgres",
                null)
            .schemas("tenant_acme")
            .locations("filesystem:" + scripts)
            .load();
    assertThat(flyway.migrate().migrationsExecuted).isEqualTo(2);
    String before = digest(EVERYTHING);

    Ran status = run("migrate", "status");
    Ran adopt = run("migrate", "adopt");

    assertThat(status.out()).contains("History: Flyway (tenant_acme.flyway_schema_history): 2");
    assertThat(adopt.exit()).as(adopt.out() + adopt.err()).isZero();
    assertThat(history("acme")).hasSize(2);
    assertThat(run("migrate", "adopt", "--undo").exit()).isZero();
    assertThat(digest(EVERYTHING)).isEqualTo(before);
    assertThat(flyway.migrate().migrationsExecuted).isZero();
  }

  @Test
  void aRepeatableMigrationOfFlywaysIsTakenOverUnlessItsFileHasChanged() throws IOException {
    Path scripts = Files.createDirectories(folder.resolve("flyway"));
    Files.writeString(scripts.resolve("V1__create_users.sql"), "CREATE TABLE users (id int);");
    Files.writeString(scripts.resolve("R__same.sql"), "\uFEFFCREATE VIEW same AS\r\nSELECT 1;\n");
    Path changed = scripts.resolve("R__changed.sql");
    Files.writeString(changed, "CREATE OR REPLACE VIEW changed AS SELECT 1;");
    Flyway.configure()
        .dataSource(
            "jdbc:postgresql://127.0.0.1:%d/%s"
                .formatted(database.server().port(), database.name()),
            "postgres",
            null)
        .schemas("tenant_acme")
        .locations("filesystem:" + scripts)
        .load()
        .migrate();
    Files.writeString(changed, "CREATE OR REPLACE VIEW changed AS SELECT 1 AS one;", APPEND);

    Ran adopt = Ran.on(database, scripts, "migrate", "adopt");
    Ran up = Ran.on(database, scripts, "migrate", "status");

    assertThat(adopt.exit()).as(adopt.out() + adopt.err()).isZero();
    assertThat(adopt.out()).contains("taken over 1, R__same");
    assertThat(up.out()).contains("R__changed").doesNotContain("- R__same");
  }

  @Test
  void dottedVersionsOfFlywaysFilesAreTakenOverAndGivenBack() throws IOException {
    Path scripts = Files.createDirectories(folder.resolve("scripts"));
    Files.writeString(scripts.resolve("V1_1__create_users.sql"), "CREATE TABLE users (id int);");
    Files.writeString(scripts.resolve("V1_2__add_email.sql"), "ALTER TABLE users ADD email text;");
    Files.writeString(scripts.resolve("V1_10__add_age.sql"), "ALTER TABLE users ADD age int;");
    tenant(
        "acme",
        ToolHistories.FLYWAY.in("$S")
            + "; UPDATE $S.flyway_schema_history SET version = '1.' || version");

    Ran adopt = Ran.on(database, scripts, "migrate", "adopt");
    Ran up = Ran.on(database, scripts, "migrate", "all");

    assertThat(adopt.exit()).as(adopt.out() + adopt.err()).isZero();
    assertThat(adopt.out()).contains("tenant_acme: taken over 1.1, 1.2");
    assertThat(up.out()).contains("tenant_acme: applied 1.10");
    database.execute("ALTER TABLE tenant_acme.users DROP age");
    Ran undo = Ran.on(database, scripts, "migrate", "adopt", "--undo", "--force");
    assertThat(undo.exit()).as(undo.out() + undo.err()).isZero();
    assertThat(database.column("SELECT version FROM tenant_acme.flyway_schema_history"))
        .containsExactly("1.1", "1.2");
  }

  @Test
  void entriesThatNeedNoMigrationAreLeftOutByName() {
    tenant(
        "acme",
        ToolHistories.DJANGO.in("$S")
            + "; INSERT INTO $S.django_migrations (app, name, applied) VALUES"
            + " ('auth', '0001_initial', now()), ('shop', '0099_squashed', now())");

    Ran adopt =
        run("migrate", "adopt", "--leave-out", "auth", "--leave-out", "shop: 0099_squashed");

    assertThat(adopt.exit()).as(adopt.out()).isEqualTo(ExitCode.DONE);
    assertThat(history("acme")).hasSize(2);
  }

  @Test
  void whereTheOldMigrationsAreNoFilesAVersionIsSaid() {
    tenant(
        "acme",
        ToolHistories.RAILS.in("$S")
            + "; UPDATE $S.schema_migrations SET version = '2024010112000' || version");

    Ran refused = run("migrate", "adopt");
    Ran said = run("migrate", "adopt", "--as", "2");

    assertThat(refused.out()).contains("20240101120001, 20240101120002", "--as V");
    assertThat(said.exit()).as(said.out()).isZero();
    assertThat(history("acme")).hasSize(2);
    assertThat(run("migrate", "adopt", "--as", "77").exit()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void ofTwoHistoriesOneHasToBeChosen() {
    tenant("acme", ToolHistories.FLYWAY.in("$S") + ";" + ToolHistories.RAILS.in("$S"));

    Ran unclear = run("migrate", "adopt");
    Ran chosen = run("migrate", "adopt", "--from", "flyway_schema_history");

    assertThat(unclear.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(unclear.out()).contains("more than one history", "Flyway", "Rails or dbmate");
    // The other one has our table's name: it has to be moved by hand.
    assertThat(chosen.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(chosen.out()).contains("schema_migrations");
    assertThat(run("migrate", "adopt", "--from", "schema_migrations").exit())
        .isEqualTo(ExitCode.DONE);
  }

  @ParameterizedTest
  @EnumSource(
      value = ToolHistories.class,
      names = {"FLYWAY", "NAMES", "RAILS"},
      mode = Mode.INCLUDE)
  void aTableForAllTenantsKeepsItsNameUntilTheLastIsTakenOver(ToolHistories tool) {
    database.execute(
        "CREATE SCHEMA platform;"
            + tool.as("platform.history")
            + "; ALTER TABLE platform.history ADD tenant text");
    String rows =
        tool == ToolHistories.FLYWAY
            ? "ALTER TABLE platform.history DROP CONSTRAINT flyway_schema_history_pk;"
            : tool == ToolHistories.RAILS
                ? "ALTER TABLE platform.history DROP CONSTRAINT history_pkey;"
                : "ALTER TABLE platform.history DROP CONSTRAINT history_migration_name_key,"
                    + " DROP CONSTRAINT history_pkey;";
    database.execute(
        rows
            + """
            CREATE TABLE platform.h AS SELECT * FROM platform.history; DELETE FROM platform.history;
            UPDATE platform.h SET tenant = 'acme'; INSERT INTO platform.history SELECT * FROM platform.h;
            UPDATE platform.h SET tenant = 'globex'; INSERT INTO platform.history SELECT * FROM platform.h;
            DROP TABLE platform.h
            """);
    tenant("acme", "");
    tenant("globex", "");
    String before = digest(EVERYTHING);

    Ran one = run("migrate", "adopt", "--tenant", "acme");
    assertThat(one.exit()).as(one.out() + one.err()).isEqualTo(ExitCode.DONE);
    assertThat(one.out()).contains("platform.history keeps its name", "tenant_globex");
    Ran rest = run("migrate", "adopt");
    assertThat(rest.exit()).as(rest.out() + rest.err()).isEqualTo(ExitCode.DONE);
    assertThat(rest.out()).contains("platform.history is history_before_tenantgate now");
    assertThat(history("acme")).hasSize(2);
    assertThat(history("globex")).hasSize(2);

    assertThat(run("migrate", "adopt", "--undo", "--tenant", "acme").exit()).isZero();
    assertThat(database.column("SELECT 1 FROM platform.history")).hasSize(4);
    assertThat(run("migrate", "adopt", "--undo").exit()).isZero();
    assertThat(digest(EVERYTHING)).isEqualTo(before);
  }

  @Test
  void aTableInPublicForAllSchemasIsTakenOverByEach() {
    files.with("public/004_plans.sql", "CREATE TABLE plans (id int);");
    database.execute(
        ToolHistories.FLYWAY.in("public")
            + "; INSERT INTO public.flyway_schema_history VALUES (4, '4', 'plans', 'SQL', 'x', 1,"
            + " 'a', '2024-01-04', 1, true); CREATE TABLE public.plans (id int)");
    tenant("acme", "");
    tenant("globex", "");
    String before = digest(EVERYTHING);

    Ran adopt = run("migrate", "adopt");

    assertThat(adopt.exit()).as(adopt.out() + adopt.err()).isEqualTo(ExitCode.DONE);
    assertThat(history("acme")).hasSize(2);
    assertThat(database.column("SELECT version FROM public.schema_migrations"))
        .containsExactly("4");
    assertThat(database.column("SELECT 1 FROM public.flyway_schema_history_before_tenantgate"))
        .hasSize(3);
    Ran undo = run("migrate", "adopt", "--undo");
    assertThat(undo.exit()).as(undo.out() + undo.err()).isZero();
    assertThat(digest(EVERYTHING)).isEqualTo(before);
  }

  @Test
  void numbersInATableForAllSchemasCountOnlyIfThatIsSaid() {
    database.execute(ToolHistories.GOLANG_MIGRATE.in("public"));
    tenant("acme", "");

    Ran unclear = run("migrate", "adopt");
    Ran said = run("migrate", "adopt", "--from", "public.schema_migrations");

    assertThat(unclear.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(unclear.out()).contains("--from public.schema_migrations");
    assertThat(said.exit()).as(said.out()).isEqualTo(ExitCode.DONE);
    assertThat(said.out()).contains("public.schema_migrations is schema_migrations_before");
    assertThat(history("acme")).hasSize(2);
  }
}
