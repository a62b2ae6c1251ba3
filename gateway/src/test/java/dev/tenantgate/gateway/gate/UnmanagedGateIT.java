package dev.tenantgate.gateway.gate;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.cli.Tenantgate;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Tenants whose tables nobody's history tells of, at the wire and at the admin port. */
class UnmanagedGateIT {

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir Path migrations;
  private TestDatabase database;

  @BeforeEach
  void makeTenants() {
    database = TestPostgres.latest().newDatabase();
    database.execute(
        """
        CREATE SCHEMA tenant_acme;
        CREATE TABLE tenant_acme.accounts (id int PRIMARY KEY, balance int NOT NULL);
        INSERT INTO tenant_acme.accounts VALUES (1, 500);
        CREATE SCHEMA tenant_globex\
        """);
    migration(
        migrations,
        "001_accounts.sql",
        "CREATE TABLE IF NOT EXISTS accounts (id int PRIMARY KEY, balance int NOT NULL);");
    migration(migrations, "002_cents.sql", "UPDATE accounts SET balance = balance * 100;");
  }

  @AfterEach
  void dropTenants() {
    database.close();
  }

  private GatewayFixture gateway(String mode, Map<String, String> changes) {
    Map<String, String> settings = new HashMap<>(Map.of("migrations.unmanaged", "refuse"));
    settings.putAll(changes);
    settings.put("pool.mode", mode);
    if (mode.equals("transaction")) {
      settings.put("auth.method", "trust");
    }
    return GatewayFixture.start(database, migrations, settings);
  }

  private String balance() {
    return String.valueOf(database.value("SELECT balance FROM tenant_acme.accounts"));
  }

  private static ServerErrorMessage refusal(GatewayFixture gateway) {
    ServerErrorMessage[] message = new ServerErrorMessage[1];
    assertThatThrownBy(() -> gateway.connect("acme").close())
        .isInstanceOfSatisfying(PSQLException.class, e -> message[0] = e.getServerErrorMessage());
    return message[0];
  }

  @BothModes
  void aConnectionIsRefusedAtOnceAndToldTheWayOn(String mode) throws SQLException {
    try (GatewayFixture gateway = gateway(mode, Map.of())) {
      ServerErrorMessage refusal = refusal(gateway);

      assertThat(refusal.getSeverity()).isEqualTo("FATAL");
      assertThat(refusal.getSQLState()).isEqualTo("57P03");
      assertThat(refusal.getMessage()).contains("tenant \"acme\"", "history");
      assertThat(refusal.getDetail()).contains("1 table (accounts)");
      assertThat(refusal.getHint()).contains("tenantgate migrate baseline --tenant acme --version");
      gateway.connect("globex").close();
    }
    assertThat(balance()).isEqualTo("500");
  }

  @BothModes
  void aSwitchToItIsRefusedWithinTheSession(String mode) throws SQLException {
    try (GatewayFixture gateway = gateway(mode, Map.of());
        Connection connection = gateway.connect("globex");
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.execute("SET search_path = tenant_acme"))
          .isInstanceOfSatisfying(
              PSQLException.class,
              e -> {
                assertThat(e.getSQLState()).isEqualTo("57P03");
                assertThat(e.getServerErrorMessage().getSeverity()).isEqualTo("ERROR");
                assertThat(e.getServerErrorMessage().getHint()).contains("migrate baseline");
              });
      assertThat(statement.executeQuery("SELECT count(*) FROM accounts").next()).isTrue();
    }
    assertThat(balance()).isEqualTo("500");
  }

  @Test
  void aTransactionOfAnOpenSessionIsRefusedOnceTheHistoryIsGone() throws SQLException {
    try (GatewayFixture gateway = gateway("session", Map.of("gate.recheck-interval", "200ms"));
        Connection connection = gateway.connect("globex");
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT 1");
      database.execute("DROP TABLE tenant_globex.schema_migrations");

      await()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> statement.execute("SELECT 1"))
                      .isInstanceOfSatisfying(
                          PSQLException.class,
                          e -> assertThat(e.getSQLState()).isEqualTo("57P03")));
    }
  }

  @Test
  void aHistoryThatIsTakenOverLetsTheNextConnectionPass() throws SQLException {
    database.execute(
        """
        CREATE TABLE tenant_acme.schema_migrations (version varchar NOT NULL PRIMARY KEY);
        INSERT INTO tenant_acme.schema_migrations VALUES ('1'), ('2')\
        """);
    try (GatewayFixture gateway = gateway("session", Map.of("gate.recheck-interval", "10m"))) {
      ServerErrorMessage refusal = refusal(gateway);
      assertThat(refusal.getMessage()).contains("Rails or dbmate");
      assertThat(refusal.getHint())
          .contains("tenantgate migrate adopt --tenant acme", "migrations.tool: external");
      StringWriter said = new StringWriter();
      String url =
          "postgresql://postgres@127.0.0.1:%d/%s"
              .formatted(database.server().port(), database.name());
      String[] adopt = {
        "migrate", "adopt", "--tenant", "acme", "--database-url", url, "--migrations", "."
      };
      adopt[adopt.length - 1] = migrations.toString();

      int exit = Tenantgate.run(new PrintWriter(said, true), new PrintWriter(said, true), adopt);

      assertThat(exit).describedAs(said.toString()).isZero();
      await().ignoreExceptions().untilAsserted(() -> gateway.connect("acme").close());
    }
    assertThat(balance()).isEqualTo("500");
  }

  @Test
  void withABaselineTheNextConnectionPassesAndLaterMigrationsRun() throws SQLException {
    migration(migrations, "003_more.sql", "ALTER TABLE accounts ADD more int;");
    try (GatewayFixture gateway = gateway("session", Map.of())) {
      refusal(gateway);
      StringWriter said = new StringWriter();
      int exit =
          Tenantgate.run(
              new PrintWriter(said, true),
              new PrintWriter(said, true),
              "migrate",
              "baseline",
              "--tenant",
              "acme",
              "--version",
              "2",
              "--database-url",
              "postgresql://postgres@127.0.0.1:%d/%s"
                  .formatted(database.server().port(), database.name()),
              "--migrations",
              migrations.toString());
      assertThat(exit).describedAs(said.toString()).isZero();

      await()
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                try (Connection connection = gateway.connect("acme");
                    Statement statement = connection.createStatement()) {
                  statement.executeQuery("SELECT more FROM accounts");
                }
              });
    }
    assertThat(balance()).isEqualTo("500");
  }

  @Test
  void whereTheGateOnlyWarnsItPasses() throws SQLException {
    try (GatewayFixture gateway = gateway("session", Map.of("gate.policy", "warn"));
        Connection connection = gateway.connect("acme")) {
      assertThat(connection.getWarnings().getMessage()).contains("history");
    }
    assertThat(balance()).isEqualTo("500");
  }

  @Test
  void eagerUpgradesAndThoseAskedForLeaveItAlone() throws Exception {
    try (GatewayFixture gateway = gateway("session", Map.of("migrations.trigger", "eager"))) {
      await()
          .untilAsserted(
              () ->
                  assertThat(get(gateway, "/metrics").body())
                      .contains("tenantgate_tenants{state=\"current\"} 1")
                      .contains("tenantgate_tenants{state=\"unmanaged\"} 1"));
      HttpResponse<String> one = post(gateway, "/api/v1/tenants/acme/upgrade?wait=true", "");
      assertThat(one.statusCode()).isEqualTo(409);
      assertThat(one.body()).contains("migrate baseline --tenant acme");
      HttpResponse<String> all = post(gateway, "/api/v1/upgrade?wait=true", "");
      assertThat(all.statusCode()).isEqualTo(409);
      assertThat(all.body()).contains("migrate baseline --tenant acme");
      assertThat(post(gateway, "/api/v1/tenants", "{\"name\": \"acme\"}").statusCode())
          .isEqualTo(409);
      JsonNode state =
          new ObjectMapper().readTree(get(gateway, "/api/v1/tenants?state=unmanaged").body());
      assertThat(state.at("/tenants/0/tenant").asText()).isEqualTo("acme");
      assertThat(state.at("/tenants/0/found").asText()).isEqualTo("1 table (accounts)");
      assertThat(state.at("/tenants/0/hint").asText()).contains("migrate baseline --tenant acme");
    }
    assertThat(balance()).isEqualTo("500");
  }

  @Test
  void aSettingHasItTakenForAVersion() throws SQLException {
    migration(migrations, "003_more.sql", "ALTER TABLE accounts ADD more int;");
    try (GatewayFixture gateway = gateway("session", Map.of("migrations.unmanaged", "baseline:2"));
        Connection connection = gateway.connect("acme");
        Statement statement = connection.createStatement()) {
      statement.executeQuery("SELECT more FROM accounts");
    }
    assertThat(balance()).isEqualTo("500");
    assertThat(database.column("SELECT version FROM tenant_acme.schema_migrations ORDER BY 1"))
        .containsExactly("1", "2", "3");
  }

  @Test
  void aBaselineThatLeavesNothingPendingIsRecordedAtTheFirstConnection() throws SQLException {
    try (GatewayFixture gateway =
        gateway("session", Map.of("migrations.unmanaged", "baseline:2"))) {
      gateway.connect("acme").close();
    }
    assertThat(balance()).isEqualTo("500");
    assertThat(database.column("SELECT version FROM tenant_acme.schema_migrations ORDER BY 1"))
        .containsExactly("1", "2");
  }

  @Test
  void whatIsInPublicKeepsTenantsOutThatDependOnIt() {
    migration(migrations.resolve("public"), "003_flags.sql", "CREATE TABLE flags (id int);");
    database.execute("CREATE TABLE public.users (id int)");
    try (GatewayFixture gateway = gateway("session", Map.of())) {
      assertThatThrownBy(() -> gateway.connect("globex").close())
          .isInstanceOfSatisfying(
              PSQLException.class,
              e -> {
                assertThat(e.getMessage()).contains("globex", "public");
                assertThat(e.getServerErrorMessage().getHint())
                    .contains("migrate baseline --scope public");
              });
    }
    assertThat(database.value("SELECT to_regclass('public.flags')::text")).isNull();
  }

  private static HttpResponse<String> get(GatewayFixture gateway, String path) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(gateway.adminUrl(path))).build(),
        BodyHandlers.ofString());
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
