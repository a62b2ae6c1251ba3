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
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Upgrades that one of two gateways was asked for, told of and cancelled by the other. */
class OperationsIT {

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir Path migrations;
  private final TestDatabase database = TestPostgres.latest().newDatabase();
  private GatewayFixture one;
  private GatewayFixture other;

  @BeforeEach
  void start() {
    for (String tenant : new String[] {"a", "b", "c"}) {
      database.execute("CREATE SCHEMA tenant_" + tenant);
      database.execute("CREATE TABLE tenant_" + tenant + ".sites (id int)");
    }
    GatewayFixture.migration(migrations, "00001_n.sql", "ALTER TABLE sites ADD COLUMN name text;");
    Map<String, String> settings =
        Map.of(
            "migrations.trigger", "manual",
            "migrations.workers", "1",
            "migrations.lock-timeout", "60s");
    one = GatewayFixture.start(database, migrations, settings);
    other = GatewayFixture.start(database, migrations, settings);
  }

  @AfterEach
  void stop() {
    one.close();
    other.close();
    database.close();
  }

  private static HttpResponse<String> send(GatewayFixture to, String method, String path)
      throws Exception {
    return CLIENT.send(
        HttpRequest.newBuilder(URI.create(to.adminUrl("/api/v1/" + path)))
            .method(method, BodyPublishers.noBody())
            .build(),
        BodyHandlers.ofString());
  }

  private static JsonNode get(GatewayFixture from, String path) throws Exception {
    return Json.read(send(from, "GET", path).body());
  }

  /** A transaction that keeps the migration of the first tenant waiting. */
  private Connection blocker() throws Exception {
    Connection connection = database.connect();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("LOCK TABLE tenant_a.sites");
    }
    return connection;
  }

  private static void awaitState(GatewayFixture at, String operation, String state) {
    await()
        .untilAsserted(
            () ->
                assertThat(get(at, "operations/" + operation).get("state").textValue())
                    .isEqualTo(state));
  }

  private void awaitAnotherLook() {
    String expiry = "SELECT expires_at FROM tenantgate.run";
    String before = database.value(expiry);
    await().until(() -> !Objects.equals(before, database.value(expiry)));
  }

  @Test
  void upgradeOfOneTenantIsCancelledByAnotherGateway() throws Exception {
    try (Connection blocker = blocker()) {
      String id = Json.read(send(one, "POST", "tenants/a/upgrade").body()).get("id").textValue();

      JsonNode told = get(other, "operations/" + id);
      assertThat(told.get("state").textValue()).isEqualTo("running");
      assertThat(told.get("tenant").textValue()).isEqualTo("a");
      assertThat(get(other, "operations").get("operations").findValuesAsText("id"))
          .containsExactly(id);
      assertThat(get(other, "operations?state=succeeded").get("operations")).isEmpty();

      HttpResponse<String> cancelled = send(other, "POST", "operations/" + id + "/cancel");
      assertThat(cancelled.statusCode()).isEqualTo(202);
      assertThat(Json.read(cancelled.body()).get("cancelled_by").textValue())
          .isEqualTo("127.0.0.1");
      awaitState(one, id, "cancelled");
      awaitState(other, id, "cancelled");
      assertThat(get(other, "operations/" + id).get("outcomes")).hasSize(1);
      assertThat(send(other, "POST", "operations/" + id + "/cancel").statusCode()).isEqualTo(409);
      blocker.rollback();
    }
    assertThat(send(other, "POST", "operations/nobody/cancel").statusCode()).isEqualTo(404);
    assertThat(get(one, "tenants/a").get("state").textValue()).isEqualTo("behind");
  }

  @Test
  void runOverAllIsStoppedByAnotherGatewayAndGoneOnWith() throws Exception {
    String id;
    String run;
    try (Connection blocker = blocker()) {
      id = Json.read(send(one, "POST", "upgrade").body()).get("id").textValue();
      await().untilAsserted(() -> assertThat(get(other, "runs").get("runs")).hasSize(1));
      JsonNode goesOn = get(other, "runs").get("runs").get(0);
      assertThat(goesOn.get("state").textValue()).isEqualTo("running");
      run = goesOn.get("run").asText();

      assertThat(send(other, "POST", "runs/" + run + "/cancel").statusCode()).isEqualTo(202);
      await()
          .untilAsserted(
              () ->
                  assertThat(get(one, "runs").get("runs").get(0).get("reason").textValue())
                      .isEqualTo("127.0.0.1 has cancelled it"));
      // Its own process has looked once that was written, and has done what it does about it.
      awaitAnotherLook();
      awaitAnotherLook();
      blocker.rollback();
    }
    awaitState(other, id, "cancelled");
    assertThat(get(other, "runs").get("runs").get(0).get("state").textValue()).isEqualTo("stopped");
    assertThat(get(other, "runs").get("runs").get(0).get("left").intValue()).isEqualTo(2);
    assertThat(send(other, "POST", "runs/" + run + "/cancel").statusCode()).isEqualTo(409);
    assertThat(send(other, "POST", "runs/x/cancel").statusCode()).isEqualTo(400);
    assertThat(send(other, "POST", "runs/99/cancel").statusCode()).isEqualTo(404);

    assertThat(send(other, "POST", "upgrade?resume=true&wait=true").statusCode()).isEqualTo(200);
    JsonNode ended = get(one, "runs").get("runs").get(0);
    assertThat(ended.get("run").asText()).isEqualTo(run);
    assertThat(ended.get("state").textValue()).isEqualTo("succeeded");
    assertThat(send(one, "POST", "runs/" + run + "/discard").statusCode()).isEqualTo(409);
  }
}
