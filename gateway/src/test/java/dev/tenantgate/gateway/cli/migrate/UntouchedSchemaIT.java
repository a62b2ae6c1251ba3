package dev.tenantgate.gateway.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Nothing of any migration is run in a schema that has tables and no history, whoever asks for it.
 * Each migration begins with {@code nextval} of a sequence, which the server doesn't take back with
 * a transaction: it counts what was tried, too.
 */
class UntouchedSchemaIT {

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static final String COUNTED = "SELECT nextval('counter.ran');\n";

  private static final String DATA =
      "SELECT (SELECT string_agg(a::text, ';') FROM tenant_acme.accounts a)"
          + " || (SELECT string_agg(p::text, ';') FROM public.plans p)";

  @TempDir Path folder;
  private TestDatabase database;
  private String before = "";

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    database.execute(
        """
        CREATE SCHEMA counter;
        CREATE SEQUENCE counter.ran;
        CREATE TABLE public.plans (id int, price int);
        INSERT INTO public.plans VALUES (1, 10);
        CREATE SCHEMA tenant_acme;
        CREATE TABLE tenant_acme.accounts (id int, balance int);
        INSERT INTO tenant_acme.accounts VALUES (1, 500)\
        """);
    new TestChangelog(folder.resolve("migrations"))
        .with(
            "public/001_plans.sql",
            COUNTED
                + "CREATE TABLE IF NOT EXISTS plans (id int, price int);\n"
                + "UPDATE plans SET price = price * 100;\n-- DOWN MIGRATION\n"
                + COUNTED
                + "DROP TABLE plans;")
        .with("tenant/002_accounts.sql", COUNTED + "CREATE TABLE IF NOT EXISTS accounts (id int);")
        .with(
            "tenant/003_cents.sql",
            COUNTED
                + "UPDATE accounts SET balance = balance * 100;\n-- DOWN MIGRATION\n"
                + COUNTED
                + "UPDATE accounts SET balance = balance / 100;")
        .with("tenant/004_alone.sql", "-- tenantgate: no-transaction\n" + COUNTED)
        .with(
            "tenant/005_python.py",
            "\"\"\"\n# MIGRATION_SCOPE: tenant\n\"\"\"\nUPGRADE_SQL = \"\"\""
                + COUNTED
                + "\"\"\"\nDOWNGRADE_SQL = \"\"\"SELECT 1;\"\"\"\n");
    new TestChangelog(folder.resolve("seeds"))
        .with("a.sql", COUNTED + "UPDATE accounts SET balance = 0;");
    before = String.valueOf(database.value(DATA));
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void assertUntouched(String by) {
    assertThat(database.value("SELECT is_called::text FROM counter.ran")).as(by).isEqualTo("false");
    assertThat(database.value(DATA)).as(by).isEqualTo(before);
    assertThat(database.value("SELECT to_regclass('tenant_acme.schema_migrations')::text"))
        .as(by)
        .isNull();
  }

  private Ran run(String... command) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of("--set", "migrations.seed-data=" + folder.resolve("seeds")));
    return Ran.on(database, folder.resolve("migrations"), all.toArray(new String[0]));
  }

  @Test
  void byNoCommand() {
    for (String command :
        List.of(
            "migrate status --from-histories",
            "migrate up",
            "migrate up --only 3 --tenant acme",
            "migrate up --dry-run",
            "migrate up --only 3 --tenant acme --dry-run",
            "migrate all",
            "migrate public",
            "migrate tenants --wave 1",
            "migrate tenant acme",
            "migrate down --to 0",
            "migrate rollback",
            "migrate mark 3 --applied --tenant acme",
            "migrate mark 3 --not-applied --tenant acme",
            "migrate repair",
            "migrate verify",
            "migrate adopt",
            "tenant create acme",
            "tenant seed acme",
            "tenant seed --all",
            "tenant seed acme --dry-run")) {
      int exit = run(command.split(" ")).exit();
      assertUntouched(command);
      assertThat(exit).as(command).isEqualTo(ExitCode.FAILED);
    }
  }

  @ParameterizedTest
  @CsvSource({"on-demand,session", "on-demand,transaction", "eager,session"})
  void byNoGateway(String trigger, String mode) throws Exception {
    Map<String, String> settings =
        Map.of(
            "migrations.unmanaged",
            "refuse",
            "migrations.trigger",
            trigger,
            "migrations.seed-data",
            folder.resolve("seeds").toString(),
            "pool.mode",
            mode,
            "auth.method",
            mode.equals("session") ? "pass-through" : "trust");
    try (GatewayFixture gateway =
        GatewayFixture.start(database, folder.resolve("migrations"), settings)) {
      assertThatThrownBy(() -> gateway.connect("acme").close())
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P03"));
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          HTTP.send(
                                  HttpRequest.newBuilder(URI.create(gateway.adminUrl("/metrics")))
                                      .build(),
                                  BodyHandlers.ofString())
                              .body())
                      .contains("tenantgate_tenants{state=\"unmanaged\"} 1"));
      assertThat(post(gateway, "/api/v1/tenants/acme/upgrade?wait=true", "").statusCode())
          .isEqualTo(409);
      post(gateway, "/api/v1/upgrade?wait=true", "");
      for (String path : List.of("/api/v1/tenants", "/api/tenants/create")) {
        HttpResponse<String> created = post(gateway, path, "{\"name\": \"A\", \"slug\": \"acme\"}");
        assertThat(created.statusCode()).as(created.body()).isGreaterThanOrEqualTo(400);
      }
      run("upgrade", "acme", "--admin-url", gateway.adminUrl(""));
      run("upgrade", "--all", "--admin-url", gateway.adminUrl(""));
      gateway.gateway().reload();
      assertThat(post(gateway, "/api/v1/tenants/acme/upgrade?wait=true", "").statusCode())
          .isEqualTo(409);
    }
    assertUntouched(trigger);
  }

  /** Else it would prove nothing. */
  @Test
  void theCounterCountsWhatIsTried() {
    database.execute("CREATE SCHEMA tenant_globex");

    run("migrate", "tenant", "globex", "--dry-run");

    assertThat(database.value("SELECT is_called::text FROM counter.ran")).isEqualTo("true");
  }

  private static HttpResponse<String> post(GatewayFixture gateway, String path, String body)
      throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(gateway.adminUrl(path)))
            .POST(BodyPublishers.ofString(body))
            .header("Content-Type", "application/json")
            .build(),
        BodyHandlers.ofString());
  }
}
