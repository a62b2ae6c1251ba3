package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that go back, correct histories, or only try. */
class MigrateBackCommandIT {

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files =
        new TestChangelog(folder)
            .with(
                "public/00001_plans.sql",
                "CREATE TABLE plans ();\n-- DOWN MIGRATION\nDROP TABLE plans;")
            .with(
                "tenant/00002_sites.sql",
                "CREATE TABLE sites ();\n-- DOWN MIGRATION\nDROP TABLE sites;")
            .with(
                "tenant/00003_domains.sql",
                "CREATE TABLE domains ();\n-- DOWN MIGRATION\nDROP TABLE domains;");
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Ran run(String... arguments) {
    return Ran.on(database, folder, arguments);
  }

  @Test
  void downGoesBackToAVersion() throws IOException {
    run("migrate", "all");

    Ran one = run("migrate", "down", "--to", "2", "--tenant", "acme", "--output", "json");
    Ran all = run("migrate", "down", "-version", "0");

    assertThat(one.exit()).isEqualTo(ExitCode.DONE);
    assertThat(one.json().at("/schemas/0/outcome").asText()).isEqualTo("rolled_back");
    assertThat(one.json().at("/schemas/0/rolled_back/0").asText()).isEqualTo("3");
    assertThat(all.exit()).isEqualTo(ExitCode.DONE);
    assertThat(all.out())
        .contains(
            "tenant_acme: took back 2", "tenant_globex: took back 3, 2", "public: took back 1");
    assertThat(
            database.column(
                "SELECT tablename FROM pg_tables WHERE tablename IN ('plans', 'sites', 'domains')"))
        .isEmpty();
    assertThat(run("migrate", "down", "--to", "9").exit()).isEqualTo(ExitCode.USAGE);
    assertThat(run("migrate", "down").exit()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void rollbackTakesBackTheNewest() {
    run("migrate", "all");

    assertThat(run("migrate", "rollback").out())
        .contains("tenant_acme: took back 3", "tenant_globex: took back 3")
        .doesNotContain("public: took back");
    assertThat(run("migrate", "rollback", "--steps", "2").out())
        .contains("tenant_acme: took back 2", "public: took back 1");
    assertThat(run("migrate", "rollback", "--steps", "0").exit()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void whatHasNoWayDownIsListed() {
    files.with("tenant/00004_d.sql", "CREATE TABLE d ();");
    run("migrate", "all");

    Ran result = run("migrate", "rollback");

    assertThat(result.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(result.out()).contains("tenant_acme: failed: there is no way down for 4 (d)");
    assertThat(run("migrate", "rollback", "--steps", "4").out())
        .contains("public is as it was, since not every tenant was done");
  }

  @Test
  void oneMigrationForOneTenant() {
    assertThat(run("migrate", "up", "--only", "3", "--tenant", "acme").out())
        .contains("tenant_acme: applied 3");
    assertThat(run("migrate", "up", "--only", "3").exit()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void aDryRunShowsTheSqlAndChangesNothing() throws IOException {
    Ran up = run("migrate", "up", "-dry-run", "-verbose", "--tenant", "acme");
    Ran json = run("migrate", "all", "--dry-run", "--output", "json");
    Ran tenant = run("tenant", "create", "initech", "--dry-run");
    database.execute("CREATE TABLE tenant_acme.domains ()");
    Ran failing = run("migrate", "tenants", "--dry-run", "--set", "migrations.unmanaged=migrate");

    assertThat(up.exit()).isEqualTo(ExitCode.DONE);
    assertThat(up.out()).contains("-- tenant_acme: would succeed", "CREATE TABLE sites ();");
    assertThat(json.json().get("schemas")).hasSize(3);
    assertThat(json.json().at("/schemas/1/steps/0").asText()).isEqualTo("up 2 sites");
    assertThat(tenant.out()).contains("would create tenant initech (schema tenant_initech), 2");
    assertThat(failing.exit()).isEqualTo(ExitCode.TENANT_FAILED);
    assertThat(failing.out()).contains("-- tenant_acme: would fail: 00003_domains.sql");
    assertThat(
            database.column(
                "SELECT nspname FROM pg_namespace WHERE nspname IN ('tenantgate',"
                    + " 'tenant_initech')"))
        .isEmpty();
    assertThat(run("migrate", "status").exit()).isEqualTo(ExitCode.PENDING);
  }

  @Test
  void verifyPrintsADiff() throws IOException {
    run("migrate", "all");
    assertThat(run("migrate", "verify").exit()).isEqualTo(ExitCode.DONE);
    database.execute("ALTER TABLE tenant_acme.sites ADD x int");

    Ran text = run("migrate", "verify");
    Ran json = run("migrate", "verify", "--tenant", "acme", "--output", "json");

    assertThat(text.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(text.out())
        .contains("+++ tenant_acme", "+ column sites.x integer", "3 schemas, 1 with");
    assertThat(json.json().at("/schemas/0/extra/0").asText()).isEqualTo("column sites.x integer");
  }

  @Test
  void createWritesTheNextOne() {
    Ran result = run("migrate", "create", "add_pages", "--scope", "tenant");

    assertThat(result.exit()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).contains("tenant/00004_add_pages.sql");
    assertThat(folder.resolve("tenant/00004_add_pages.sql")).exists();
    assertThat(run("migrate", "create", "a/b").exit()).isEqualTo(ExitCode.USAGE);
    assertThat(run("migrate", "create", "a", "--format", "x").err())
        .contains("[markers, rollback-file, rollbacks-folder, python]");
  }

  @Test
  void historySaysWhoAndWhen() throws IOException {
    run("migrate", "all");
    run("migrate", "rollback");

    Ran text = run("migrate", "history", "--tenant", "acme");
    Ran json = run("migrate", "history", "--output", "json");

    assertThat(text.exit()).isEqualTo(ExitCode.DONE);
    assertThat(text.out())
        .containsSubsequence(
            "tenant_acme:", "up", "2 sites", "up", "3 domains", "down", "3 domains");
    assertThat(json.json().at("/history/0/by").asText()).endsWith(" as postgres");
    assertThat(json.json().get("history")).hasSize(7);
    assertThat(run("migrate", "history", "--tenant", "nobody").exit()).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void baselineAndRepairChangeHistoriesAlone() {
    database.execute("CREATE TABLE tenant_acme.sites ()");

    Ran baseline = run("migrate", "baseline", "--version", "2", "--tenant", "acme");
    files.with("tenant/00003_domains.sql", "SELECT 1/0;");
    Ran failing = run("migrate", "tenant", "acme");
    Ran repair = run("migrate", "repair", "--tenant", "acme");

    assertThat(baseline.exit()).isEqualTo(ExitCode.DONE);
    assertThat(baseline.out()).contains("tenant_acme: recorded 2");
    assertThat(failing.exit()).isEqualTo(ExitCode.TENANT_FAILED);
    assertThat(repair.out()).contains("tenant_acme: recorded 3");
    assertThat(run("migrate", "baseline", "--help").exit()).isEqualTo(ExitCode.DONE);
  }
}
