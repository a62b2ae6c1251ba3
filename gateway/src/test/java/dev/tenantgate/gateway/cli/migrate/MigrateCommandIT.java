package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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

/** The commands as scripts call them: exit codes, JSON, lines. */
class MigrateCommandIT {

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files =
        new TestChangelog(folder)
            .with("public/00001_plans.sql", "CREATE TABLE plans (id int);")
            .with("tenant/00002_sites.sql", "CREATE TABLE sites (id int);")
            .with("tenant/00003_domains.sql", "CREATE TABLE domains (id int);");
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
  void statusTellsWhatIsPendingAndCreatesNothing() throws IOException {
    Ran result = run("migrate", "status", "--output", "json");

    assertThat(result.exit()).isEqualTo(ExitCode.PENDING);
    JsonNode json = result.json();
    assertThat(json.get("required").asText()).isEqualTo("3");
    assertThat(json.get("public"))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {"schema": "public", "state": "behind", "version": null, "applied": 0,
                     "pending": ["1"], "error": null}
                    """));
    assertThat(json.get("tenants")).hasSize(2);
    assertThat(json.get("tenants").get(0))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {"tenant": "acme", "schema": "tenant_acme", "state": "behind",
                     "version": null, "applied": 0, "pending": ["2", "3"], "error": null}
                    """));
    assertThat(
            database.column(
                "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                    + " WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"))
        .isEmpty();
    assertThat(database.column("SELECT 1 FROM pg_namespace WHERE nspname = 'tenantgate'"))
        .isEmpty();
  }

  @Test
  void statusInWordsListsAppliedAndPending() {
    run("migrate", "public");
    run("migrate", "tenant", "acme");

    Ran result = run("migrate", "status");
    Ran ofAcme = run("migrate", "status", "--tenant", "acme");

    assertThat(result.out())
        .contains("MIGRATION STATUS", "Tenant schemas: 2")
        .containsSubsequence("acme (tenant_acme): current", "Applied: 2", "Pending: 0")
        .containsSubsequence("globex (tenant_globex): behind", "Pending: 2", "- 00002_sites")
        .containsSubsequence("Public schema", "Applied migrations:", "+ 00001_plans", "Tenant")
        .doesNotContain("+ 00002_sites");
    assertThat(ofAcme.out()).containsSubsequence("acme", "+ 00002_sites", "+ 00003_domains");
  }

  @Test
  void allAppliesEverything() {
    assertThat(run("migrate", "all").exit()).isEqualTo(ExitCode.DONE);
    assertThat(run("migrate", "status").exit()).isEqualTo(ExitCode.DONE);
    assertThat(run("migrate", "all").out()).contains("0 migrated, 3 up to date, 0 failed");
  }

  @Test
  void upStopsWhereItIsToldTo() throws IOException {
    Ran result = run("migrate", "up", "--to", "2", "--tenant", "acme", "--output", "json");

    assertThat(result.exit()).isEqualTo(ExitCode.DONE);
    assertThat(result.json().at("/schemas/0/applied/0").asText()).isEqualTo("2");
    assertThat(database.column("SELECT version FROM tenant_acme.schema_migrations"))
        .containsExactly("2");
    assertThat(database.column("SELECT 1 FROM pg_tables WHERE tablename = 'plans'")).isEmpty();
    assertThat(run("migrate", "status", "--set", "gate.required=2", "--tenant", "acme").exit())
        .isEqualTo(ExitCode.PENDING);
  }

  @Test
  void upKnowsScopes() {
    assertThat(run("migrate", "up", "--scope", "public").exit()).isEqualTo(ExitCode.DONE);
    assertThat(database.column("SELECT 1 FROM pg_tables WHERE tablename = 'sites'")).isEmpty();

    assertThat(run("migrate", "up", "--scope", "tenant").exit()).isEqualTo(ExitCode.DONE);
    assertThat(database.column("SELECT 1 FROM pg_tables WHERE tablename = 'sites'")).hasSize(2);
  }

  @Test
  void wrongUsageIsTold() {
    assertThat(run("migrate", "up", "--to", "9").exit()).isEqualTo(ExitCode.USAGE);
    assertThat(run("migrate", "up", "--to", "x").exit()).isEqualTo(ExitCode.USAGE);
    assertThat(run("migrate", "up", "--scope", "public", "--tenant", "a").exit())
        .isEqualTo(ExitCode.USAGE);
    assertThat(run("migrate").exit()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void oneTenantsFailureLeavesTheOthersDone() throws IOException {
    database.execute("CREATE TABLE tenant_acme.domains (id int)");

    String any = "migrations.unmanaged=migrate";
    Ran result = run("migrate", "all", "--set", any);
    Ran status = run("migrate", "status", "--output", "json", "--set", any);

    assertThat(result.exit()).isEqualTo(ExitCode.TENANT_FAILED);
    assertThat(result.out())
        .contains("tenant_acme: failed: migration 3 (domains) failed: 00003_domains.sql")
        .contains("tenant_globex: applied 2, 3");
    assertThat(status.exit()).isEqualTo(ExitCode.TENANT_FAILED);
    assertThat(status.json().at("/tenants/0/state").asText()).isEqualTo("failed");
    assertThat(status.json().at("/tenants/0/error").asText()).contains("already exists");
    assertThat(status.json().at("/tenants/1/state").asText()).isEqualTo("current");
  }

  @Test
  void publicThatFailsIsAFailure() {
    files.with("public/00001_plans.sql", "SELECT 1/0;");

    Ran result = run("migrate", "all");

    assertThat(result.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(result.out())
        .contains("public couldn't be done; 2 schemas weren't tried", "00001_plans.sql");
  }

  @Test
  void invalidMigrationsAreToldByEveryCommand() throws IOException {
    files.with("tenant/00002_again.sql", "SELECT 1;").with("bad.sql", "COMMIT;");

    Ran validate = run("migrate", "validate", "--output", "json");

    assertThat(validate.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(validate.json().get("valid").asBoolean()).isFalse();
    assertThat(validate.json().get("errors")).hasSize(3);
    Ran all = run("migrate", "all");
    assertThat(all.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(all.err()).contains("bad.sql:1: COMMIT would leave the transaction");
  }

  @Test
  void validMigrationsAreValid() {
    Ran result = run("migrate", "validate");

    assertThat(result.exit()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).contains("3 migrations, 0 errors, 3 warnings");
  }

  @Test
  void tenantsAreCreatedAndListed() throws IOException {
    assertThat(run("tenant", "create", "initech").exit()).isEqualTo(ExitCode.DONE);

    Ran again = run("tenant", "create", "initech");
    Ran invalid = run("tenant", "create", "No Good");
    Ran list = run("tenant", "list", "--output", "json");

    assertThat(again.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(again.err()).contains("initech exists already");
    assertThat(invalid.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(list.json().get("tenants").findValuesAsText("tenant"))
        .containsExactly("acme", "globex", "initech");
    assertThat(database.column("SELECT version FROM tenant_initech.schema_migrations")).hasSize(2);
  }

  @Test
  void historyNeedsNoMigrations() {
    run("migrate", "all");
    String[] url = {"--database-url", Ran.url(database)};

    Ran history = Ran.command("migrate", "history", "--tenant", "acme", url[0], url[1]);
    Ran runs = Ran.command("migrate", "history", "--runs", url[0], url[1]);

    assertThat(history.out()).contains("tenant_acme:", "2 sites", "3 domains");
    assertThat(runs.out()).contains("succeeded");
  }

  @Test
  void aTenantThatIsNotThereIsAFailure() {
    assertThat(run("migrate", "tenant", "nobody").exit()).isEqualTo(ExitCode.FAILED);
    Ran status = run("migrate", "status", "--tenant", "nobody");
    assertThat(status.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(status.err()).contains("there is no schema tenant_nobody");
  }
}
