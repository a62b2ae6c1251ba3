package dev.tenantgate.gateway.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.ToolHistories;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Tenants that another tool migrates, by a command. The commands tell in files that they have
 * begun, and wait for one that says how to end; the tests do what the tool would.
 */
class ExternalCommandIT {

  private static final HttpClient HTTP = HttpClient.newHttpClient();

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
  void makeTenants() {
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
  }

  @AfterEach
  void dropTenants() {
    database.execute(
        """
        DROP SCHEMA tenant_acme, tenant_globex CASCADE; DROP SCHEMA IF EXISTS tenant_new CASCADE;
        DELETE FROM tenantgate.schema_state\
        """);
  }

  /** A command that says in {@code began} that it runs, and ends with what is in {@code end}. */
  private String command() {
    return """
    cd %s; echo "$TENANTGATE_TENANT $TENANTGATE_SCHEMA $TENANTGATE_REQUIRED $PGDATABASE" >> began
    echo migrating; while [ ! -e end ]; do sleep 0.02; done; cat end; exit $(tail -n 1 end)\
    """
        .formatted(folder);
  }

  private GatewayFixture gateway(String... more) {
    Map<String, String> settings =
        new HashMap<>(
            Map.of(
                "migrations.tool", "external",
                "migrations.command", command(),
                "gate.required", "2"));
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    return GatewayFixture.start(database, folder, settings);
  }

  private void end(int code) throws IOException {
    // At once: what is half written would be read.
    Path half = Files.writeString(folder.resolve("half"), "the last words\n" + code + "\n");
    Files.move(half, folder.resolve("end"));
  }

  private List<String> began() {
    try {
      Path file = folder.resolve("began");
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void migrate(String tenant) {
    database.execute(ToolHistories.RAILS.in("tenant_" + tenant));
  }

  private static CompletableFuture<Connection> connecting(GatewayFixture gateway, String tenant) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return gateway.connect(tenant);
          } catch (SQLException e) {
            throw new CompletionException(e);
          }
        });
  }

  private static ServerErrorMessage refusal(GatewayFixture gateway, String tenant) {
    ServerErrorMessage[] message = new ServerErrorMessage[1];
    assertThatThrownBy(() -> gateway.connect(tenant).close())
        .isInstanceOfSatisfying(PSQLException.class, e -> message[0] = e.getServerErrorMessage());
    return message[0];
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

  private static JsonNode get(GatewayFixture gateway, String path) throws Exception {
    return new ObjectMapper().readTree(text(gateway, path));
  }

  private static String text(GatewayFixture gateway, String path) throws Exception {
    return HTTP.send(
            HttpRequest.newBuilder(URI.create(gateway.adminUrl(path))).build(),
            BodyHandlers.ofString())
        .body();
  }

  @Test
  void oneCommandRunsForAllWhoAreHeldAtAllGateways() throws Exception {
    try (GatewayFixture one = gateway();
        GatewayFixture other = gateway()) {
      List<CompletableFuture<Connection>> held = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        held.add(connecting(i % 2 == 0 ? one : other, "acme"));
      }
      await().until(() -> one.gateway().held() + other.gateway().held() == 6);
      await().until(() -> !began().isEmpty());
      assertThat(get(one, "/api/v1/tenants/acme").get("state").asText())
          .isIn("migrating", "behind");
      migrate("acme");
      end(0);

      for (CompletableFuture<Connection> each : held) {
        each.get(60, TimeUnit.SECONDS).close();
      }
    }
    assertThat(began()).containsExactly("acme tenant_acme 2 " + database.name());
  }

  @Test
  void aFailureIsToldWithItsOutputAndNotRepeatedUntilSomebodyAsks() throws Exception {
    end(3);
    try (GatewayFixture gateway = gateway();
        GatewayFixture other = gateway()) {
      ServerErrorMessage refusal = refusal(gateway, "acme");

      assertThat(refusal.getSQLState()).isEqualTo("57P03");
      assertThat(refusal.getDetail())
          .contains("The command ended with 3: migrating | the last words | 3")
          .contains("Pending migrations: 2.");
      assertThat(refusal.getHint()).contains("tenantgate upgrade acme");
      assertThat(refusal(gateway, "acme").getDetail()).contains("ended with 3");
      assertThat(refusal(other, "acme").getDetail()).contains("ended with 3");
      assertThat(began()).hasSize(1);
      JsonNode state = get(gateway, "/api/v1/tenants/acme");
      assertThat(state.get("state").asText()).isEqualTo("failed");
      assertThat(state.get("error").asText()).contains("ended with 3");

      HttpResponse<String> again = post(gateway, "/api/v1/tenants/acme/upgrade?wait=true", "");
      assertThat(again.statusCode()).isEqualTo(500);
      assertThat(again.body()).contains("ended with 3: migrating");
      migrate("acme");
      await()
          .ignoreExceptionsInstanceOf(SQLException.class)
          .untilAsserted(() -> gateway.connect("acme").close());
    }
    assertThat(began()).hasSize(2);
  }

  @Test
  void aFailureIsForgottenOnceSomethingElseIsRequired() throws Exception {
    end(3);
    Files.writeString(folder.resolve("1_one.rb"), "");
    try (GatewayFixture gateway = gateway("gate.required", "latest")) {
      assertThat(refusal(gateway, "acme").getDetail()).contains("ended with 3");
      Files.writeString(folder.resolve("2_two.rb"), "");
      Files.delete(folder.resolve("end"));
      assertThat(gateway.gateway().reload().toString()).contains("Done");
      CompletableFuture<Connection> held = connecting(gateway, "acme");
      await().until(() -> began().size() == 2);
      migrate("acme");
      end(0);
      held.get(60, TimeUnit.SECONDS).close();
    }
  }

  @Test
  void oneThatSucceedsAndLeavesTheHistoryBehindHasFailed() throws Exception {
    end(0);
    database.execute(
        ToolHistories.RAILS.in("tenant_acme") + "; DELETE FROM tenant_acme.schema_migrations");
    try (GatewayFixture gateway = gateway()) {
      ServerErrorMessage refusal = refusal(gateway, "acme");

      assertThat(refusal.getMessage())
          .contains("has no migration of Rails or dbmate applied and needs version 2");
      assertThat(refusal.getDetail())
          .contains("The command ended with 0, but 2 is still missing: migrating");
    }
  }

  @Test
  void aCommandThatTakesTooLongOrIsNotThereIsToldAsTheReason() {
    try (GatewayFixture gateway = gateway("migrations.command-timeout", "200ms")) {
      assertThat(refusal(gateway, "acme").getDetail())
          .contains("ended after 0.2 s (migrations.command-timeout): migrating");
    }
    try (GatewayFixture gateway = gateway("migrations.command", "/no/such/tool up")) {
      assertThat(refusal(gateway, "globex").getDetail()).contains("127", "/no/such/tool");
    }
  }

  @Test
  void aGatewayThatIsClosedEndsItsCommand() throws Exception {
    Path pid = folder.resolve("pid");
    String hanging = "echo $$ > " + pid + "; sleep 300; true";
    try (GatewayFixture gateway = gateway("migrations.command", hanging)) {
      CompletableFuture<Connection> held = connecting(gateway, "acme");
      await().until(() -> Files.exists(pid) && Files.size(pid) > 1);
      assertThat(held).isNotDone();
    }
    long process = Long.parseLong(Files.readString(pid).strip());
    await().until(() -> ProcessHandle.of(process).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void transactionsThatAreUnderWayEndBeforeTheCommandBegins() throws Exception {
    migrate("acme");
    Path two = folder.resolve("2_two.rb");
    Files.writeString(folder.resolve("1_one.rb"), "");
    Files.writeString(two, "");
    try (GatewayFixture gateway =
            gateway("gate.required", "latest", "migrations.drain-timeout", "20s");
        Connection connection = gateway.connect("acme")) {
      connection.setAutoCommit(false);
      connection.createStatement().execute("SELECT 1");
      Files.writeString(folder.resolve("3_three.rb"), "");
      assertThat(gateway.gateway().reload().toString()).contains("Done");
      CompletableFuture<Connection> held = connecting(gateway, "acme");
      await().until(() -> text(gateway, "/api/v1/tenants/acme").contains("\"in_transaction\":[{"));
      await().until(() -> !database.column("SELECT 1 FROM tenantgate.drain").isEmpty());
      assertThat(began()).isEmpty();
      connection.commit();

      await().until(() -> !began().isEmpty());
      database.execute("INSERT INTO tenant_acme.schema_migrations VALUES ('3')");
      end(0);
      held.get(60, TimeUnit.SECONDS).close();
    }
  }

  @Test
  void eagerlyAllTenantsAreMigratedAndCounted() throws Exception {
    migrate("globex");
    try (GatewayFixture gateway = gateway("migrations.trigger", "eager")) {
      await().until(() -> !began().isEmpty());
      String metrics = text(gateway, "/metrics");
      assertThat(metrics)
          .contains("tenantgate_tenant_migration_lag{tenant=\"acme\"} 1.0")
          .contains("tenantgate_tenants{state=\"current\"} 1");
      migrate("acme");
      end(0);
      await()
          .untilAsserted(
              () ->
                  assertThat(text(gateway, "/metrics"))
                      .contains("tenantgate_tenants{state=\"current\"} 2")
                      .contains("tenantgate_migrations_total{outcome=\"success\"} 1"));
      assertThat(get(gateway, "/api/v1/tenants").get("required").asText()).isEqualTo("2");
      assertThat(post(gateway, "/api/v1/upgrade?wait=true", "").statusCode()).isEqualTo(200);
    }
    assertThat(began()).hasSize(1);
  }

  @Test
  void aTenantIsCreatedByTheCommand() throws Exception {
    try (GatewayFixture gateway = gateway()) {
      CompletableFuture<HttpResponse<String>> created =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return post(gateway, "/api/v1/tenants", "{\"name\": \"new\"}");
                } catch (Exception e) {
                  throw new CompletionException(e);
                }
              });
      await().until(() -> !began().isEmpty());
      migrate("new");
      end(0);

      assertThat(created.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(201);
      gateway.connect("new").close();
    }
    assertThat(began()).containsExactly("new tenant_new 2 " + database.name());
  }

  @Test
  void withoutACommandUpgradesAreRefusedWithTheToolsName() throws Exception {
    Files.writeString(folder.resolve("1_one.rb"), "");
    try (GatewayFixture gateway = gateway("gate.required", "latest", "migrations.command", "")) {
      HttpResponse<String> one = post(gateway, "/api/v1/tenants/acme/upgrade?wait=true", "");
      HttpResponse<String> all = post(gateway, "/api/v1/upgrade?wait=true", "");
      HttpResponse<String> create = post(gateway, "/api/v1/tenants", "{\"name\": \"new\"}");

      for (HttpResponse<String> refused : List.of(one, all, create)) {
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("Rails", "migrations.command");
      }
    }
    assertThat(database.column("SELECT 1 FROM pg_namespace WHERE nspname = 'tenant_new'"))
        .isEmpty();
  }
}
