package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** The admin port as the contract has it, with a real PostgreSQL behind it. */
class AdminServerIT extends AdminGround {

  AdminServerIT() throws IOException {}

  @Test
  void referenceHasEveryRequestAndNoOther() throws Exception {
    List<String> documented = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("API.md"))) {
      Matcher row = Pattern.compile("\\| `((?:GET|POST) /\\S*)` \\| [^`].*").matcher(line);
      if (row.matches()) {
        documented.add(row.group(1).replaceAll("\\{\\w+}", "*"));
      }
    }

    assertThat(documented).containsExactlyInAnyOrderElementsOf(requests());
  }

  @Test
  void openApiDocumentHasEveryRequestAndNoOther() throws Exception {
    List<String> described = new ArrayList<>();
    json(get("/api/v1/openapi.json"))
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        method ->
                            described.add(
                                "%s %s"
                                    .formatted(
                                        method.toUpperCase(Locale.ROOT),
                                        path.getKey().replaceAll("\\{\\w+}", "*")))));

    assertThat(described).containsExactlyInAnyOrderElementsOf(requests());
  }

  private List<String> requests() {
    try (OperationBook operations = new OperationBook(migrator.operations())) {
      return AdminServer.routes(services, new HealthEndpoints(services, Runnable::run), operations)
          .requests();
    }
  }

  @Test
  void health() throws Exception {
    assertThat(get("/livez").statusCode()).isEqualTo(200);
    assertThat(get("/readyz").statusCode()).isEqualTo(200);

    changelogErrors.add("00001_x.sql:3: a quote isn't closed");
    HttpResponse<String> notReady = get("/readyz");
    assertThat(notReady.statusCode()).isEqualTo(503);
    JsonNode checks = json(notReady).get("checks");
    assertThat(checks.get("database").get("ok").booleanValue()).isTrue();
    assertThat(checks.get("changelog").get("error").textValue()).contains("00001_x.sql:3");
  }

  /** A load balancer learns in time that connections to here would be refused. */
  @Test
  void whoStopsIsNotReadyButAlive() throws Exception {
    gateService.gate().close();

    HttpResponse<String> notReady = get("/readyz");
    assertThat(notReady.statusCode()).isEqualTo(503);
    assertThat(json(notReady).get("checks").get("admission").get("error").textValue())
        .isEqualTo("the gateway is shutting down");
    assertThat(get("/livez").statusCode()).isEqualTo(200);
  }

  @Test
  void tenantsAsInStatus() throws Exception {
    JsonNode all = json(get("/api/v1/tenants"));

    assertThat(all.get("required").textValue()).isEqualTo("3");
    assertThat(all.get("public").get("state").textValue()).isEqualTo("behind");
    assertThat(all.get("tenants")).hasSize(3);
    JsonNode acme = all.get("tenants").get(1);
    assertThat(acme.toString())
        .isEqualTo(
            "{\"tenant\":\"acme\",\"schema\":\"tenant_acme\",\"state\":\"behind\","
                + "\"version\":null,\"applied\":0,\"pending\":[\"2\",\"3\"],"
                + "\"error\":null,\"held\":0}");

    assertThat(json(get("/api/v1/tenants?state=current")).get("tenants")).isEmpty();
    assertThat(get("/api/v1/tenants?state=nonsense").statusCode()).isEqualTo(400);
  }

  @Test
  void tenantsAreToldFromMemory() throws Exception {
    HttpResponse<String> first = get("/api/v1/tenants?limit=2");
    String tag = first.headers().firstValue("ETag").orElseThrow();
    assertThat(json(first).get("next").textValue()).isEqualTo("acme");

    database.execute("CREATE SCHEMA tenant_newcomer");
    HttpResponse<String> same =
        client.send(
            HttpRequest.newBuilder(uri("/api/v1/tenants?limit=2"))
                .header("If-None-Match", tag)
                .build(),
            BodyHandlers.ofString());
    assertThat(same.statusCode()).isEqualTo(304);
    assertThat(same.body()).isEmpty();
    assertThat(json(get("/api/v1/tenants?refresh=true")).get("tenants")).hasSize(4);
    assertThat(json(get("/api/v1/tenants")).get("tenants")).hasSize(4);
    assertThat(get("/api/v1/tenants?limit=-1").statusCode()).isEqualTo(400);
  }

  @Test
  void longAnswersAreCompressedForWhoTakesIt() throws Exception {
    HttpResponse<byte[]> page =
        client.send(
            HttpRequest.newBuilder(uri("/")).header("Accept-Encoding", "gzip").build(),
            BodyHandlers.ofByteArray());
    assertThat(page.headers().firstValue("Content-Encoding")).hasValue("gzip");
    try (InputStream body = new GZIPInputStream(new ByteArrayInputStream(page.body()))) {
      assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo(get("/").body());
    }
  }

  @Test
  void namesArePercentEncoded() throws Exception {
    String path = "/api/v1/tenants/a%2Fb%20%C3%BC+";

    assertThat(json(get(path)).get("schema").textValue()).isEqualTo("tenant_a/b ü+");
    assertThat(post(path + "/upgrade?wait=true", "").statusCode()).isEqualTo(200);
    assertThat(
            raw("GET /api/v1/tenants/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ");
  }

  @Test
  void aNulInAPathIsNoName() throws Exception {
    for (String path : List.of("tenants/%00", "tenants/a%00b", "operations/%00")) {
      assertThat(get("/api/v1/" + path).statusCode()).as(path).isEqualTo(400);
    }
    assertThat(post("/api/v1/tenants/%00/upgrade", "").statusCode()).isEqualTo(400);
    assertThat(post("/api/v1/tenants", "{\"name\": \"a\\u0000b\"}").statusCode()).isEqualTo(400);
    assertThat(get("/api/v1/sessions?tenant=%00").statusCode()).isEqualTo(200);
  }

  @Test
  void loopsThatDoNotAnswerAreTold() throws Exception {
    loopFailures.add("1 of the event loops did nothing for 3000 ms");
    HttpResponse<String> dead = get("/livez");
    assertThat(dead.statusCode()).isEqualTo(503);
    assertThat(json(dead).get("error").textValue()).contains("event loops");
    assertThat(get("/readyz").statusCode()).isEqualTo(503);
  }

  @Test
  void whatIsntThere() throws Exception {
    assertThat(get("/api/v1/tenants/nobody").statusCode()).isEqualTo(404);
    assertThat(post("/api/v1/tenants/nobody/upgrade", "").statusCode()).isEqualTo(404);
    assertThat(get("/nowhere").statusCode()).isEqualTo(404);
    assertThat(get("/api/v1/operations/x").statusCode()).isEqualTo(404);
    HttpResponse<String> wrongMethod = post("/livez", "");
    assertThat(wrongMethod.statusCode()).isEqualTo(405);
    assertThat(wrongMethod.headers().firstValue("Allow")).hasValue("GET, HEAD");
  }

  /** A reader's token can neither migrate nor create nor reload (CVE-2026-6667). */
  @Test
  void readingChangesNothing() throws Exception {
    for (String path :
        List.of(
            "/api/v1/tenants/acme/upgrade",
            "/api/v1/tenants/acme/upgrade?wait=true",
            "/api/v1/upgrade",
            "/api/v1/reload")) {
      HttpResponse<String> answer = get(path);
      assertThat(answer.statusCode()).as(path).isEqualTo(405);
      assertThat(answer.headers().firstValue("Allow")).as(path).hasValue("POST");
    }
    assertThat(database.value("SELECT to_regclass('tenant_acme.sites')")).isNull();
  }

  @Test
  void reloads() throws Exception {
    assertThat(post("/api/v1/reload", "").statusCode()).isEqualTo(200);

    reload = new Reloader.Reload.Refused(List.of("gate.hold-timeout: x", "00002_y.sql:1: y"));
    HttpResponse<String> refused = post("/api/v1/reload", "");
    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(json(refused).get("errors")).hasSize(2);
  }

  @Test
  void headersWithoutBodies() throws Exception {
    String head = "HEAD %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n";
    String answers =
        raw(head.formatted("/livez", "") + head.formatted("/", "Connection: close\r\n"));

    assertThat(answers.split("HTTP/1.1 200 OK", -1)).hasSize(3);
    assertThat(answers).contains("content-length: 15").doesNotContain("<html").doesNotContain("{");
  }

  @Test
  void thePage() throws Exception {
    HttpResponse<String> page = get("/");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).contains("Tenantgate").doesNotContain("https://");
    assertThat(page.headers().firstValue("Content-Security-Policy")).isPresent();
  }

  @Test
  void anOversizedBodyIsRefused() throws Exception {
    assertThat(post("/api/v1/tenants", "x".repeat(100_000)).statusCode()).isEqualTo(413);
  }
}
