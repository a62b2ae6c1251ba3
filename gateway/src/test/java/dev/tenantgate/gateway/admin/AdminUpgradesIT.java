package dev.tenantgate.gateway.admin;

import static dev.tenantgate.gateway.testing.TestMigrations.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tenantgate.gateway.gate.AdmissionRequest;
import dev.tenantgate.gateway.gate.Requirement;
import dev.tenantgate.gateway.tenant.GatedSchema;
import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.migrator.SchemaRef;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Changes by the admin port: upgrades, new tenants, and the events of these. */
class AdminUpgradesIT extends AdminGround {

  AdminUpgradesIT() throws IOException {}

  @Test
  void anUpgradeThatIsWaitedFor() throws Exception {
    HttpResponse<String> upgraded = post("/api/v1/tenants/acme/upgrade?wait=true", "");
    assertThat(upgraded.statusCode()).isEqualTo(200);
    assertThat(json(upgraded).get("outcome").textValue()).isEqualTo("migrated");

    JsonNode acme = json(get("/api/v1/tenants/acme"));
    assertThat(acme.get("state").textValue()).isEqualTo("current");
    assertThat(acme.get("history")).hasSize(2);
    assertThat(acme.get("history").get(0).get("status").textValue()).isEqualTo("success");
    assertThat(json(get("/api/v1/tenants?state=current")).get("tenants")).hasSize(1);

    assertThat(json(post("/api/v1/tenants/acme/upgrade?wait=true", "")).get("outcome").textValue())
        .isEqualTo("up_to_date");
  }

  @Test
  void anUpgradeThatFails() throws Exception {
    HttpResponse<String> failed = post("/api/v1/tenants/initech/upgrade?wait=true", "");

    assertThat(failed.statusCode()).isEqualTo(500);
    assertThat(failed.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(json(failed).get("detail").textValue()).contains("already exists");
    JsonNode initech = json(get("/api/v1/tenants/initech"));
    assertThat(initech.get("state").textValue()).isEqualTo("failed");
    assertThat(initech.get("error").textValue()).contains("already exists");
    assertThat(get("/metrics").body())
        .contains("tenantgate_migrations_total{outcome=\"failed\"} 1.0");
  }

  @Test
  void anUpgradeOfAllAsAnOperation() throws Exception {
    HttpResponse<String> accepted = post("/api/v1/upgrade", "");
    assertThat(accepted.statusCode()).isEqualTo(202);
    String operation = accepted.headers().firstValue("Location").orElseThrow();

    await().until(() -> !json(get(operation)).get("state").textValue().equals("running"));

    JsonNode ended = json(get(operation));
    assertThat(ended.get("state").textValue()).isEqualTo("failed");
    assertThat(ended.get("done").intValue()).isEqualTo(4);
    assertThat(ended.get("failed").intValue()).isEqualTo(1);
    assertThat(json(get("/api/v1/tenants?state=current")).get("tenants")).hasSize(2);
    assertThat(post("/api/v1/upgrade?wait=true", "").statusCode()).isEqualTo(500);
  }

  @Test
  void tenantsAreCreated() throws Exception {
    HttpResponse<String> created = post("/api/v1/tenants", "{\"name\": \"newcorp\"}");
    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(created.headers().firstValue("Location")).hasValue("/api/v1/tenants/newcorp");
    assertThat(json(get("/api/v1/tenants/newcorp")).get("state").textValue()).isEqualTo("current");

    assertThat(post("/api/v1/tenants", "{\"name\": \"newcorp\"}").statusCode()).isEqualTo(409);
    assertThat(post("/api/v1/tenants", "{\"name\": \"" + "x".repeat(80) + "\"}").statusCode())
        .isEqualTo(400);
    assertThat(post("/api/v1/tenants", "{}").statusCode()).isEqualTo(400);
    assertThat(post("/api/v1/tenants", "rubbish").statusCode()).isEqualTo(400);
  }

  @Test
  void holdsAndMigrationsAreEvents() throws Exception {
    HttpResponse<InputStream> stream =
        client.send(
            HttpRequest.newBuilder(uri("/api/v1/events")).build(), BodyHandlers.ofInputStream());
    assertThat(stream.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/event-stream");
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      await().until(() -> events.subscribers() == 1);
      SchemaRef acme = tenant("acme");
      gateService
          .gate()
          .admit(
              new AdmissionRequest(
                  new TenantRoute.Routed(List.of(GatedSchema.of(acme)), acme, null),
                  Requirement.NONE,
                  Runnable::run),
              decision -> {});
      post("/api/v1/tenants/acme/upgrade", "");

      List<String> seen = new ArrayList<>();
      String line = lines.readLine();
      while (line != null && !seen.contains("hold_ended")) {
        if (line.startsWith("event: ")) {
          seen.add(line.substring("event: ".length()));
        }
        line = lines.readLine();
      }
      assertThat(seen)
          .contains("hold_started", "migration_started", "migration_ended", "state", "hold_ended");
    }
    await().until(() -> events.subscribers() == 0);
  }
}
