package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Doing nothing is never silent, nor is it a success where a script would go on. */
class OverlookedIT {

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files =
        new TestChangelog(folder.resolve("migrations"))
            .with("001_sites.sql", "CREATE TABLE sites (id int);\n-- DOWN MIGRATION\nSELECT 1;")
            .with("002_name.sql", "ALTER TABLE sites ADD name text;");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Ran run(String... arguments) {
    return Ran.on(database, folder.resolve("migrations"), arguments);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "migrate status",
        "migrate up",
        "migrate up --dry-run",
        "migrate all",
        "migrate tenants",
        "migrate public",
        "migrate baseline --version 1",
        "migrate rollback",
        "migrate down --to 1",
        "migrate verify"
      })
  void migrationsWithoutAScopeRunNowhereWithoutATenant(String command) {
    database.execute("CREATE SCHEMA app_1; CREATE SCHEMA app_2; CREATE SCHEMA audit");

    Ran ran = run(command.split(" "));

    assertThat(ran.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err())
        .contains("no schema matches tenant_{tenant} (tenants.schema)", "2 migrations")
        .contains("there are app_… (2), audit", "-- MIGRATION_SCOPE: public", "tenant create");
  }

  @Test
  void withTheirPatternTheyRun() {
    database.execute("CREATE SCHEMA app_1");

    assertThat(run("migrate", "all", "--set", "tenants.schema=app_{tenant}").exit())
        .isEqualTo(ExitCode.DONE);
    assertThat(run("migrate", "up").err()).contains("there is app_1");
  }

  @Test
  void whatIsForTenantsByItsOwnWordWaitsForTheFirstOne() {
    files.with("001_sites.sql", "-- MIGRATION_SCOPE: tenant\nCREATE TABLE sites (id int);");
    files.with("002_name.sql", "-- MIGRATION_SCOPE: public\nCREATE TABLE plans ();");

    assertThat(run("migrate", "all").exit()).isEqualTo(ExitCode.DONE);
    assertThat(run("migrate", "all").exit()).isEqualTo(ExitCode.DONE);
    assertThat(run("migrate", "status").exit()).isEqualTo(ExitCode.DONE);
    assertThat(run("tenant", "list").err()).contains("no schema matches tenant_{tenant}");

    database.execute("CREATE SCHEMA customer_1");
    Ran all = run("migrate", "all");
    assertThat(all.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(all.err()).contains("no schema matches tenant_{tenant}", "customer_1");
    assertThat(run("migrate", "public").exit()).isEqualTo(ExitCode.DONE);
    assertThat(run("tenant", "list"))
        .satisfies(
            list -> {
              assertThat(list.exit()).isEqualTo(ExitCode.FAILED);
              assertThat(list.err()).contains("customer_1");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "up", "all", "up --dry-run", "public", "verify", "repair"})
  void anEmptyFolderIsSaid(String command) throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));

    Ran ran = Ran.on(database, empty, ("migrate " + command).split(" "));

    assertThat(ran.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err()).contains("no migration was found in " + empty);
  }

  @Test
  void validateSaysThatAFolderIsEmptyOrMissing() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Path missing = folder.resolve("missing");

    Ran nothing = Ran.command("migrate", "validate", "--migrations", empty.toString());
    Ran nowhere = Ran.command("migrate", "validate", "--migrations", missing.toString());

    assertThat(nothing.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(nothing.out()).contains(empty + ": no migration was found here", "1 error");
    assertThat(nowhere.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(nowhere.err()).contains("migrations.locations", "missing");
    assertThat(Ran.on(database, missing, "migrate", "status").exit()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void whatIsForOtherEnvironmentsIsNotLeftOutInSilence() {
    database.execute("CREATE SCHEMA tenant_acme");
    files.with("003_staff.sql", "-- Environment: production\nCREATE TABLE staff ();");

    Ran first = run("migrate", "up");
    Ran second = run("migrate", "up");
    Ran status = run("migrate", "status");
    Ran rehearsed = run("migrate", "up", "--dry-run");

    for (Ran ran : List.of(first, second, status, rehearsed)) {
      assertThat(ran.exit()).isEqualTo(ExitCode.FAILED);
      assertThat(ran.err())
          .contains("1 migration is left out", "(production)", "migrations.environment is not set");
    }
    assertThat(database.column("SELECT name FROM tenant_acme.sites")).isEmpty();
    assertThat(run("migrate", "up", "--set", "migrations.environment=staging").exit())
        .isEqualTo(ExitCode.DONE);
    assertThat(run("migrate", "up", "--set", "migrations.environment=production").out())
        .contains("tenant_acme: applied 3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"migrate up", "migrate all --dry-run", "tenant create globex", "migrate verify"})
  void whereMigrationsMayBeMissingFromTheClassPathNothingIsDone(String command) {
    database.execute("CREATE SCHEMA tenant_acme");

    Ran ran = on(folder.resolve("gone.jar"), command);

    assertThat(ran.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err()).contains("TENANTGATE_CLASSPATH: there is no", "gone.jar");
    assertThat(database.column("SELECT tablename FROM pg_tables WHERE tablename = 'sites'"))
        .isEmpty();
  }

  @Test
  void statusAndValidateSayWhatIsMissingFromTheClassPath() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.jar"), "no jar");
    database.execute("CREATE SCHEMA tenant_acme");

    assertThat(on(broken, "migrate status").exit()).isEqualTo(ExitCode.PENDING);
    run("migrate", "up");
    Ran status = on(broken, "migrate status");
    Ran validate = on(broken, "migrate validate");

    assertThat(status.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(status.err()).contains("broken.jar can't be read");
    assertThat(validate.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(validate.out()).contains("broken.jar can't be read");
  }

  private Ran on(Path classPath, String command) {
    String line =
        "%s --database-url %s --migrations %s"
            .formatted(command, Ran.url(database), folder.resolve("migrations"));
    return Ran.in(Map.of("TENANTGATE_CLASSPATH", classPath.toString()), line.split(" "));
  }
}
