package dev.tenantgate.gateway.cli.migrate;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Histories that other tools left become ours, and theirs again. */
@Timeout(120)
class AdoptCommandIT {

  /** All rows of all tables but ours in the registry, and how the tables are made. */
  private static final String EVERYTHING =
      """
      SELECT md5(string_agg(concat(c.oid::regclass, c.relkind, c.relowner, c.relacl,
        (SELECT string_agg(concat(attname, atttypid, atttypmod, attnotnull), ',' ORDER BY attnum)
          FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0),
        (SELECT string_agg(pg_get_indexdef(indexrelid), ',' ORDER BY indexrelid)
          FROM pg_index WHERE indrelid = c.oid),
        query_to_xml('SELECT * FROM ONLY ' || c.oid::regclass || ' AS t ORDER BY t::text', true,
          false, '')), ';' ORDER BY c.oid))
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'v') AND (n.nspname = 'public' OR n.nspname LIKE 'tenant\\_%'
        OR n.nspname = 'platform')
      """;

  private static final String DATA = EVERYTHING + " AND c.relname IN ('users', 'orders', 'plans')";

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files =
        new TestChangelog(folder.resolve("migrations"))
            .with("001_create_users.sql", "CREATE TABLE users (id int, name text);")
            .with("002_add_email.sql", "ALTER TABLE users ADD email text;")
            .with("003_add_age.sql", "ALTER TABLE users ADD age int;");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Ran run(String... arguments) {
    return Ran.on(database, folder.resolve("migrations"), arguments);
  }

  /** A tenant as two migrations of some tool have left it. */
  private void tenant(String name, String history) {
    database.execute(
        """
        CREATE SCHEMA tenant_%1$s;
        CREATE TABLE tenant_%1$s.users (id int, name text, email text);
        INSERT INTO tenant_%1$s.users VALUES (1, 'Ann of %1$s', 'a@%1$s');
        """
                .formatted(name)
            + history.replace("$S", "tenant_" + name));
  }

  private List<String> history(String tenant) {
    return database.column(
        "SELECT concat(version, ' ', name, ' ', applied_at, ' ', status) FROM tenant_"
            + tenant
            + ".schema_migrations ORDER BY version");
  }

  private String digest(String of) {
    return String.valueOf(database.value(of));
  }

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

  private static String nameOf(ToolHistories tool) {
    return tool.name().toLowerCase(Locale.ROOT);
  }

  private void isOurs(ToolHistories tool) {
    String kept = tool.table().replace("\"", "") + "_before_tenantgate";
    assertThat(database.column("SELECT 1 FROM tenant_" + nameOf(tool) + ".\"" + kept + "\""))
        .isNotEmpty();
    assertThat(history(nameOf(tool))).as(nameOf(tool)).hasSize(2);
    if (tool.in("$S").contains("2024-01-01 10:00")) {
      assertThat(history(nameOf(tool)))
          .as(nameOf(tool))
          .containsExactly(
              "1 create_users 2024-01-01 10:00:00 success",
              "2 add_email 2024-01-02 10:00:00 success");
    }
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

  @Test
  void whatAHistoryInAnotherSchemaTellsOfIsNotAppliedToPublicOnceMore() throws IOException {
    files.with("public/010_platform.sql", "CREATE TABLE IF NOT EXISTS platform.plans (id int);");
    database.execute(
        ToolHistories.NAMES
            .in("platform")
            .replaceFirst("^", "CREATE SCHEMA platform; CREATE TABLE platform.plans (id int);"));
    Ran unrelated = run("migrate", "status", "--output", "json");
    database.execute(
        "INSERT INTO platform.schema_migrations (migration_name) VALUES ('010_platform.sql')");
    tenant("acme", "");

    Ran up = run("migrate", "all");
    Ran status = run("migrate", "status", "--output", "json");
    Ran adopt = run("migrate", "adopt");

    assertThat(unrelated.json().at("/public/state").asText()).isEqualTo("behind");
    assertThat(up.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(status.json().at("/public/state").asText()).isEqualTo("unmanaged");
    assertThat(status.json().at("/public/histories/0/table").asText())
        .isEqualTo("platform.schema_migrations");
    assertThat(adopt.exit()).as(adopt.out() + adopt.err()).isZero();
    assertThat(adopt.out()).contains("public: taken over 10", "tenant_acme: taken over 1, 2");
    assertThat(history("acme")).hasSize(2);
    assertThat(database.column("SELECT version FROM public.schema_migrations"))
        .containsExactly("10");
  }

  @Test
  void anApplicationThatReadsTheOldTableFindsAViewOfItsShape() throws SQLException {
    database.execute(
        """
        DO $$ BEGIN IF to_regrole('adopt_app') IS NULL THEN CREATE ROLE adopt_app LOGIN; END IF;
        END $$\
        """);
    tenant(
        "acme",
        ToolHistories.VERSIONS.in("$S")
            + "; GRANT USAGE ON SCHEMA $S TO adopt_app;"
            + " GRANT SELECT, INSERT ON $S.schema_migrations TO adopt_app");
    tenant("globex", ToolHistories.NODE_PG_MIGRATE.in("$S"));
    tenant("rails", ToolHistories.RAILS.in("$S"));
    tenant("golang", ToolHistories.GOLANG_MIGRATE.in("$S"));
    tenant("names", ToolHistories.NAMES.in("$S"));
    String[] named = {"--set", "migrations.history-table=tenantgate_migrations"};

    Ran clash = run("migrate", "adopt", "--keep-view", "--tenant", "acme");
    Ran adopt = run("migrate", "adopt", "--keep-view", named[0], named[1]);
    Ran up = run("migrate", "all", named[0], named[1]);

    assertThat(clash.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(clash.out()).contains("migrations.history-table: tenantgate_migrations");
    assertThat(adopt.exit()).as(adopt.out() + adopt.err()).isZero();
    assertThat(up.exit()).as(up.out() + up.err()).isZero();
    assertThat(up.out()).contains("tenant_acme: applied 3");
    Ran verify = run("migrate", "verify", named[0], named[1]);
    assertThat(verify.exit()).as(verify.out()).isZero();
    assertThat(database.column("SELECT version FROM tenant_acme.schema_migrations ORDER BY 1"))
        .containsExactly("001_create_users", "002_add_email", "003_add_age");
    assertThat(database.column("SELECT name FROM tenant_globex.pgmigrations ORDER BY 1"))
        .containsExactly("1_create_users", "2_add_email", "3_add_age");
    assertThat(database.column("SELECT version FROM tenant_rails.schema_migrations ORDER BY 1"))
        .containsExactly("1", "2", "3");
    assertThat(database.column("SELECT version FROM tenant_golang.schema_migrations"))
        .containsExactly("3");
    assertThat(
            database.column(
                "SELECT migration_name FROM tenant_names.schema_migrations ORDER BY id"))
        .containsExactly("001_create_users.sql", "002_add_email.sql", "003_add_age.sql");
    assertThat(
            database.column(
                "SELECT applied_at FROM tenant_acme.schema_migrations"
                    + " WHERE version = '001_create_users'"))
        .containsExactly("2024-01-01 10:00:00");
    try (Connection app = database.connect();
        Statement statement = app.createStatement()) {
      statement.execute("SET ROLE adopt_app");
      statement.execute("SELECT * FROM tenant_acme.schema_migrations");
      statement.execute("RESET ROLE");
      for (String sql :
          List.of(
              "INSERT INTO tenant_acme.schema_migrations VALUES ('004_x')",
              "DELETE FROM tenant_acme.schema_migrations",
              "UPDATE tenant_acme.schema_migrations SET version = 'x'")) {
        assertThatThrownBy(() -> statement.execute(sql))
            .hasMessageContaining("is a view of the history that Tenantgate keeps");
      }
    }
    Ran undo = run("migrate", "adopt", "--undo", "--force", named[0], named[1]);
    assertThat(undo.exit()).as(undo.out() + undo.err()).isZero();
    assertThat(database.column("SELECT relkind FROM pg_class WHERE relname = 'schema_migrations'"))
        .containsExactly("r", "r", "r", "r");
  }

  @Test
  void twoAtOnceTakeEachOverOnce() {
    for (int i = 1; i <= 40; i++) {
      tenant("t" + i, ToolHistories.VERSIONS.in("$S"));
    }
    String data = digest(DATA);

    CompletableFuture<Ran> other =
        CompletableFuture.supplyAsync(() -> run("migrate", "adopt", "--all"));
    Ran one = run("migrate", "adopt", "--all");

    assertThat(one.exit()).as(one.out() + one.err()).isZero();
    assertThat(other.join().exit()).as(other.join().out()).isZero();
    assertThat(
            database.column(
                "SELECT count(*) FROM tenantgate.journal WHERE action = 'adopt'"
                    + " GROUP BY schema_name HAVING count(*) <> 1"))
        .isEmpty();
    assertThat(database.value("SELECT count(*) FROM tenantgate.adoption")).isEqualTo("40");
    assertThat(digest(DATA)).isEqualTo(data);
  }

  @Test
  void oneThatIsKilledIsGoneOnWith() throws Exception {
    database.execute(
        """
        DO $do$ BEGIN FOR i IN 1..200 LOOP
          EXECUTE replace($q$%s$q$, '$S', 'tenant_t' || i);
        END LOOP; END $do$
        """
            .formatted(
                "CREATE SCHEMA $S; CREATE TABLE $S.users (id int);" + ToolHistories.ECTO.in("$S")));
    String before = digest(EVERYTHING);
    Process killed =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.tenantgate.gateway.cli.Tenantgate",
                "migrate",
                "adopt",
                "--all",
                "--set",
                "migrations.lease-timeout=1s",
                "--database-url",
                Ran.url(database),
                "--migrations",
                folder.resolve("migrations").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                !killed.isAlive()
                    || !database
                        .column("SELECT 1 FROM pg_class WHERE relname LIKE '%\\_before\\_%'")
                        .isEmpty());
    killed.destroyForcibly().waitFor();
    // Each is the one or the other: taken over, with a record of it, or as it was.
    assertThat(
            database.column(
                """
                SELECT n.nspname FROM pg_namespace n WHERE n.nspname LIKE 'tenant\\_t%' AND
                  (to_regclass(n.nspname || '.schema_migrations_before_tenantgate') IS NULL) <>
                  (NOT EXISTS (SELECT FROM tenantgate.adoption a WHERE a.schema_name = n.nspname))
                """))
        .isEmpty();

    Ran rest = run("migrate", "adopt", "--all");

    assertThat(rest.exit()).as(rest.out() + rest.err()).isZero();
    assertThat(database.value("SELECT count(*) FROM tenantgate.adoption")).isEqualTo("200");
    assertThat(run("migrate", "adopt", "--undo").exit()).isZero();
    assertThat(digest(EVERYTHING)).isEqualTo(before);
  }

  @Test
  void nothingIsGivenBackWhereTheOldTableIsGone() {
    tenant("acme", ToolHistories.RAILS.in("$S"));
    run("migrate", "adopt");
    database.execute("DROP TABLE tenant_acme.schema_migrations_before_tenantgate");

    Ran undo = run("migrate", "adopt", "--undo");
    assertThat(undo.exit()).isEqualTo(ExitCode.FAILED);
    // Ours has the name of the one that is gone.
    assertThat(undo.out()).contains("any more to give back");
    assertThat(history("acme")).hasSize(2);
  }

  @Test
  void aTenantThatWasMadeAnewIsTakenOverAnew() throws IOException {
    tenant("acme", ToolHistories.FLYWAY.in("$S"));
    run("migrate", "adopt");
    database.execute("DROP SCHEMA tenant_acme CASCADE");
    tenant("acme", ToolHistories.ECTO.in("$S"));

    Ran adopt = run("migrate", "adopt", "--output", "json");

    assertThat(adopt.exit()).as(adopt.out() + adopt.err()).isZero();
    assertThat(adopt.json().at("/schemas/0/outcome").asText()).isEqualTo("taken_over");
    assertThat(adopt.json().at("/schemas/0/versions")).hasSize(2);
    assertThat(database.value("SELECT tool FROM tenantgate.adoption")).isEqualTo("Ecto");
  }

  @Test
  void mistakesAreToldInALine() {
    assertThat(run("migrate", "adopt", "--all", "--tenant", "a").err())
        .contains("exclude each other", "Try '");
    assertThat(run("migrate", "adopt", "--force").err()).contains("--undo", "Try '");
    assertThat(run("migrate", "adopt", "--tenant", "nope").out()).contains("no tenant nope");
  }
}
