package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line where another tool migrates. */
class ExternalCliIT {

  @TempDir Path folder;
  TestDatabase database;
  Path migrations;

  @BeforeEach
  void open() throws Exception {
    database = TestPostgres.latest().newDatabase();
    database.execute(
        "CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex; CREATE SCHEMA tenant_initech; "
            + ToolHistories.FLYWAY.in("tenant_acme")
            + "; "
            + ToolHistories.FLYWAY.in("tenant_globex")
            + "; DELETE FROM tenant_globex.flyway_schema_history WHERE version = '2'");
    migrations = Files.createDirectories(folder.resolve("migrations"));
    Files.writeString(migrations.resolve("V1__create_users.sql"), "CREATE TABLE users (id int);");
    Files.writeString(migrations.resolve("V2__add_email.sql"), "ALTER TABLE users ADD email text;");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Ran run(String... arguments) {
    List<String> all = new ArrayList<>(Arrays.asList(arguments));
    all.addAll(List.of("--set", "migrations.tool=external"));
    return Ran.on(database, migrations, all.toArray(new String[0]));
  }

  @Test
  void statusTellsToolFoundAndRequired() throws Exception {
    Ran status = run("migrate", "status");
    Ran json = run("migrate", "status", "--output", "json");

    assertThat(status.exit()).describedAs(status.err()).isEqualTo(ExitCode.PENDING);
    assertThat(status.out())
        .contains(
            "MIGRATION STATUS (required: 2)",
            "Tenants: 1 current, 2 behind",
            "Found: is at version 1 of Flyway",
            "Found: has no history of Flyway",
            "Needs: version 2",
            "Way on: run Flyway for schema tenant_globex up to version 2")
        .doesNotContain("acme (tenant_acme)");
    assertThat(json.exit()).isEqualTo(ExitCode.PENDING);
    assertThat(json.json().get("required").asText()).isEqualTo("2");
    assertThat(json.json().get("totals").toString()).isEqualTo("{\"current\":1,\"behind\":2}");
    assertThat(json.json().at("/tenants/0/state").asText()).isEqualTo("current");
    assertThat(json.json().at("/tenants/1").toString())
        .contains(
            "\"version\":\"1\"",
            "\"applied\":1",
            "\"pending\":[\"2\"]",
            "\"tool\":\"Flyway\"",
            "\"found\":\"is at version 1 of Flyway\"");
    assertThat(json.json().at("/tenants/2/pending").toString()).isEqualTo("[\"1\",\"2\"]");
    assertThat(run("migrate", "status", "--tenant", "acme").exit()).isEqualTo(ExitCode.DONE);
    assertThat(run("migrate", "status", "--from-registry").exit()).isEqualTo(ExitCode.PENDING);
    assertThat(database.column("SELECT 1 FROM pg_namespace WHERE nspname = 'tenantgate'"))
        .isEmpty();
  }

  @Test
  void aFailedMigrationIsExitCodeFour() {
    database.execute("UPDATE tenant_globex.flyway_schema_history SET success = false");

    Ran status = run("migrate", "status");

    assertThat(status.exit()).isEqualTo(ExitCode.TENANT_FAILED);
    assertThat(status.out())
        .contains(
            "Error: the history of Flyway (tenant_globex.flyway_schema_history):"
                + " 1 create users isn't applied in full: it failed; flyway repair");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "migrate all",
        "migrate up",
        "migrate tenant globex",
        "migrate tenants",
        "tenant create new"
      })
  void withoutACommandNothingIsRunAndTheToolIsNamed(String command) {
    Ran ran = run(command.split(" "));

    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err())
        .contains("Flyway migrates (migrations.tool: external)", "migrations.command");
    assertThat(ran.err().lines().count()).isLessThan(4);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "migrate down --to 1",
        "migrate rollback",
        "migrate repair",
        "migrate verify",
        "migrate baseline --version 1 --tenant globex",
        "migrate up --to 1 --set migrations.command=true",
        "migrate all --dry-run --set migrations.command=true",
      })
  void whatChangesTheToolsHistoryIsRefused(String command) {
    Ran ran = run(command.split(" "));

    assertThat(ran.exit()).describedAs(ran.out() + ran.err()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("external");
    assertThat(database.column("SELECT version FROM tenant_globex.flyway_schema_history"))
        .containsExactly("1");
  }

  @Test
  void flywayIsRunByTheCommandForEachTenantThatLacksSomething() throws Exception {
    database.execute(
        "DROP SCHEMA tenant_acme CASCADE; DROP TABLE tenant_globex.flyway_schema_history");
    String command =
        "exec '%s' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -cp '%s' %s"
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty("java.class.path"),
                FlywayMigrate.class.getName());
    Path file = folder.resolve("tenantgate.yaml");
    Files.writeString(
        file,
        """
        migrations:
          command: ["/bin/sh", "-c", "%s '%s'"]
        """
            .formatted(command, migrations));

    Ran all = run("migrate", "all", "--config", file.toString(), "--output", "json");

    assertThat(all.exit()).describedAs(all.out() + all.err()).isEqualTo(ExitCode.DONE);
    assertThat(run("migrate", "status").exit()).isEqualTo(ExitCode.DONE);
    for (String schema : List.of("tenant_globex", "tenant_initech")) {
      assertThat(
              database.column(
                  "SELECT version FROM %s.flyway_schema_history WHERE version IS NOT NULL"
                          .formatted(schema)
                      + " ORDER BY installed_rank"))
          .containsExactly("1", "2");
      assertThat(database.column("SELECT email FROM " + schema + ".users")).isEmpty();
      assertThat(database.column("SELECT to_regclass('%s.schema_migrations')".formatted(schema)))
          .containsOnlyNulls();
    }
    assertThat(all.json().at("/schemas/2/applied").toString()).isEqualTo("[\"1\",\"2\"]");
  }

  @Test
  void aCommandThatFailsForOneTenantLeavesTheOthersDone() throws Exception {
    String command = "migrations.command=echo oops $TENANTGATE_TENANT; exit 7";
    Ran all = run("migrate", "tenants", "--output", "json", "--set", command);

    assertThat(all.exit()).describedAs(all.out() + all.err()).isEqualTo(ExitCode.TENANT_FAILED);
    assertThat(all.out()).contains("the command ended with 7: oops globex", "oops initech");
    Ran status = run("migrate", "status", "--set", command);
    assertThat(status.exit()).isEqualTo(ExitCode.TENANT_FAILED);
    assertThat(status.out())
        .contains("Tenants: 1 current, 2 failed", "Error: the command ended with 7: oops globex");
  }

  @Test
  void configCheckFindsAFolderThatCannotBeUsed() throws Exception {
    Files.writeString(migrations.resolve("V3_typo.sql"), "");

    Ran check =
        run(
            "config",
            "check",
            "--set",
            "listen.address=127.0.0.1:0",
            "--set",
            "admin.address=127.0.0.1:0");

    assertThat(check.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(check.out() + check.err()).contains("V3_typo.sql", "two underscores");
  }
}
