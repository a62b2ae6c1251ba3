package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The OpenAPI document against what the port answers. */
class OpenApiIT {

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;
  private static JsonNode document;

  @BeforeAll
  static void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    for (String tenant : new String[] {"acme", "globex", "initech"}) {
      database.execute("CREATE SCHEMA tenant_" + tenant);
    }
    database.execute("CREATE TABLE tenant_initech.sites (id int, name text)");
    GatewayFixture.migration(
        migrations, "00001_a.sql", "CREATE TABLE IF NOT EXISTS sites (id int);");
    GatewayFixture.migration(
        migrations,
        "00002_b.sql",
        "ALTER TABLE sites ADD COLUMN name text;\n"
            + "-- DOWN MIGRATION\nALTER TABLE sites DROP COLUMN name;");
    gateway = GatewayFixture.start(database, migrations, Map.of("migrations.trigger", "manual"));
    document = Json.read(send("GET", "/api/v1/openapi.json", "").body());
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.close();
  }

  private static HttpResponse<String> send(String method, String path, String body)
      throws Exception {
    return CLIENT.send(
        HttpRequest.newBuilder(URI.create(gateway.adminUrl(path)))
            .method(method, BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  /** Sends a request and holds its answer against the description; the answer. */
  private static JsonNode check(String method, String pattern, String path, String body, int status)
      throws Exception {
    HttpResponse<String> answer = send(method, path, body);
    assertThat(answer.statusCode())
        .as(method + " " + path + ": " + answer.body())
        .isEqualTo(status);
    JsonNode described =
        document
            .get("paths")
            .get(pattern)
            .get(method.toLowerCase(Locale.ROOT))
            .get("responses")
            .path(Integer.toString(status));
    assertThat(described.isMissingNode()).as("%s %s: %d", method, pattern, status).isFalse();
    String type = answer.headers().firstValue("Content-Type").orElseThrow().replaceAll(";.*", "");
    JsonNode schema = described.path("content").path(type).path("schema");
    assertThat(schema.isMissingNode()).as("%s of %s %s", type, method, pattern).isFalse();
    JsonNode json = Json.read(answer.body());
    assertThat(new JsonSchemaCheck(document).faults(json, schema))
        .as(method + " " + path)
        .isEmpty();
    return json;
  }

  private static JsonNode get(String pattern, String path) throws Exception {
    return check("GET", pattern, path, "", 200);
  }

  @Test
  void answersAreAsDescribed() throws Exception {
    get("/livez", "/livez");
    get("/readyz", "/readyz");
    get("/api/v1/info", "/api/v1/info");
    get("/api/v1/gateways", "/api/v1/gateways");
    get("/api/v1/tenants", "/api/v1/tenants?state=behind&prefix=a&search=c&held=false&limit=1");
    check("GET", "/api/v1/tenants", "/api/v1/tenants?limit=0", "", 400);
    check("POST", "/api/v1/tenants", "/api/v1/tenants", "{\"name\": \"newcorp\"}", 201);
    check("POST", "/api/v1/tenants", "/api/v1/tenants", "{\"name\": \"newcorp\"}", 409);
    check("POST", "/api/v1/tenants", "/api/v1/tenants", "{}", 400);
    String upgrade = "/api/v1/tenants/{tenant}/upgrade";
    check("POST", upgrade, "/api/v1/tenants/acme/upgrade?wait=true", "", 200);
    check("POST", upgrade, "/api/v1/tenants/nobody/upgrade", "", 404);
    check("POST", upgrade, "/api/v1/tenants/initech/upgrade?wait=true", "", 500);
    check("POST", upgrade, "/api/v1/tenants/acme/upgrade", "", 202);
    check("POST", "/api/v1/upgrade", "/api/v1/upgrade", "", 202);
    await()
        .until(
            () ->
                get("/api/v1/operations", "/api/v1/operations?state=running")
                    .get("operations")
                    .isEmpty());
    check("POST", "/api/v1/upgrade", "/api/v1/upgrade?wait=true&resume=true", "", 500);
    JsonNode operations = get("/api/v1/operations", "/api/v1/operations?limit=2");
    String id = operations.get("operations").get(0).get("id").textValue();
    get("/api/v1/operations/{id}", "/api/v1/operations/" + id);
    check("GET", "/api/v1/operations/{id}", "/api/v1/operations/x", "", 404);
    String cancel = "/api/v1/operations/{id}/cancel";
    check("POST", cancel, "/api/v1/operations/x/cancel", "", 404);
    JsonNode runs = get("/api/v1/runs", "/api/v1/runs");
    get("/api/v1/runs/{run}", "/api/v1/runs/" + runs.get("runs").get(0).get("run").asText());
    check("GET", "/api/v1/runs/{run}", "/api/v1/runs/99", "", 404);
    check("POST", "/api/v1/runs/{run}/cancel", "/api/v1/runs/99/cancel", "", 404);
    check("POST", "/api/v1/runs/{run}/discard", "/api/v1/runs/x/discard", "", 400);
    check("POST", "/api/v1/reload", "/api/v1/reload", "", 200);
    check("GET", "/api/v1/tenants/{tenant}", "/api/v1/tenants/nobody", "", 404);
  }

  @Test
  void tenantAndItsSessionsAreAsDescribed() throws Exception {
    check("POST", "/api/tenants/create", "/api/tenants/create", "{\"name\": \"busy\"}", 201);
    try (Connection session = gateway.connect("busy")) {
      session.setAutoCommit(false);
      try (Statement statement = session.createStatement()) {
        statement.execute("SELECT 1");
      }
      JsonNode busy = get("/api/v1/tenants/{tenant}", "/api/v1/tenants/busy");
      assertThat(busy.get("in_transaction")).hasSize(1);
      assertThat(busy.get("history")).hasSize(2);
      assertThat(get("/api/v1/sessions", "/api/v1/sessions?tenant=busy").get("sessions"))
          .hasSize(1);
      session.rollback();
    }
    JsonNode initech = get("/api/v1/tenants/{tenant}", "/api/v1/tenants/globex");
    assertThat(initech.get("pending_migrations").size()).isEqualTo(initech.get("pending").size());
    assertThat(get("/api/v1/migrations", "/api/v1/migrations").get("migrations")).hasSize(2);
    get("/api/v1/tenants", "/api/v1/tenants?refresh=true&pending=2");
    JsonNode pools = get("/api/v1/pools", "/api/v1/pools").get("pools");
    assertThat(pools.get(0).get("user").textValue()).isEqualTo("postgres");
  }

  @Test
  void theWayBackIsAsDescribed() throws Exception {
    String rollback = "/api/v1/tenants/{tenant}/rollback";
    String path = "/api/v1/tenants/back/rollback";
    check("POST", "/api/v1/tenants", "/api/v1/tenants", "{\"name\": \"back\"}", 201);
    for (String wrong : new String[] {"", "?to=1&steps=1", "?steps=0", "?to=x", "?to=9"}) {
      check("POST", rollback, path + wrong, "", 400);
    }
    check("POST", rollback, "/api/v1/tenants/nobody/rollback?to=1", "", 404);
    JsonNode outcome = check("POST", rollback, path + "?steps=1&wait=true", "", 200);
    assertThat(outcome.get("outcome").textValue()).isEqualTo("rolled_back");
    assertThat(outcome.get("rolled_back").toString()).isEqualTo("[\"2\"]");
    JsonNode tenant = get("/api/v1/tenants/{tenant}", "/api/v1/tenants/back");
    assertThat(tenant.get("state").textValue()).isEqualTo("behind");
    JsonNode stuck = check("POST", rollback, path + "?to=0&wait=true", "", 500);
    assertThat(stuck.get("detail").textValue()).contains("no way down for 1");
    check("POST", rollback, path + "?to=0", "", 202);
  }
}
