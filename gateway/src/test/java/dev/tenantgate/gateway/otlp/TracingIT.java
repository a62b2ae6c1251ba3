package dev.tenantgate.gateway.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.otlp.OtlpCollector.Taken;
import dev.tenantgate.gateway.testing.BothModes;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Spans as a collector gets them, in both kinds of pooling. */
class TracingIT extends TracingGround {

  @BothModes
  void aHeldClientsSpansLeadToTheMigration(String mode) throws Exception {
    String trace = newTrace();
    GatewayFixture gateway = gateway(mode);
    String tenant = newTenant();
    try (Connection client = connect(gateway, tenant, parent(trace, "01"))) {
      assertThat(one(client, "SELECT count(name) FROM item")).isEqualTo("0");
      assertThat(one(client, "SELECT current_setting('tenantgate.traceparent', true)"))
          .isEqualTo("null");
    }
    Taken connect = span("connect", trace);
    assertThat(connect.parent()).isEqualTo(PARENT);
    assertThat(connect.attributes())
        .containsEntry("db.system.name", "postgresql")
        .containsEntry("db.namespace", database.name())
        .containsEntry("db.user", "postgres")
        .containsEntry("tenantgate.tenant", tenant)
        .containsEntry("tenantgate.pool_mode", mode)
        .containsEntry("client.address", "127.0.0.1");
    assertThat(connect.failed()).isFalse();
    assertThat(span("login", trace).parent()).isEqualTo(connect.id());
    Taken admission = span("admission", trace);
    assertThat(admission.parent()).isEqualTo(connect.id());
    assertThat(admission.attributes())
        .containsEntry("tenantgate.decision", "admitted")
        .containsEntry("tenantgate.reason", "upgraded");
    Taken hold = span("hold", trace);
    assertThat(hold.parent()).isEqualTo(admission.id());
    assertThat(hold.endedNanos()).isGreaterThan(hold.beganNanos());
    Taken migrate =
        await()
            .until(
                () ->
                    collector.spans("migrate").stream()
                        .filter(span -> hold.links().contains(span.id()))
                        .findFirst()
                        .orElse(null),
                span -> span != null);
    assertThat(migrate.attributes())
        .containsEntry("tenantgate.schema", "tenant_" + tenant)
        .containsEntry("tenantgate.outcome", "migrated")
        .containsEntry("tenantgate.migrations", "2");
    assertThat(collector.spans("migration"))
        .filteredOn(step -> step.parent().equals(migrate.id()))
        .extracting(step -> step.attribute("tenantgate.migration.version"))
        .containsExactlyInAnyOrder("1", "2");
    assertThat(span("transaction", trace).parent()).isEqualTo(PARENT);
    assertThat(collector.resource())
        .containsEntry("service.name", "tenantgate")
        .containsEntry("service.version", "test")
        .containsEntry("telemetry.sdk.language", "java");
  }

  @BothModes
  void statementsBringTheirOwnContexts(String mode) throws Exception {
    String first = newTrace();
    String second = newTrace();
    String alone = newTrace();
    String unsampled = newTrace();
    GatewayFixture gateway = gateway(mode);
    String tenant = newTenant();
    try (Connection client = connect(gateway, tenant, null)) {
      one(client, "SELECT 1");
      one(client, "SELECT 2 /*traceparent='" + parent(unsampled, "00") + "'*/");
      one(client, "SELECT 3 /*traceparent='nonsense'*/");
      one(
          client,
          "SELECT 4 /*app='x',traceparent='" + parent(alone, "01") + "',tracestate='k%3Dv'*/");
      client.setAutoCommit(false);
      one(client, "SELECT 5 /*traceparent='" + parent(first, "01") + "'*/");
      one(client, "SELECT 6 /*traceparent='" + parent(second, "01") + "'*/");
      client.commit();
      Taken transaction = span("transaction", first);
      Taken statement = span("statement", second);
      assertThat(transaction.parent()).isEqualTo(PARENT);
      assertThat(statement.parent()).isEqualTo(PARENT);
      assertThat(transaction.endedNanos()).isGreaterThan(statement.endedNanos());
      assertThat(transaction.attribute("tenantgate.tenant")).isEqualTo(tenant);
      assertThat(span("transaction", alone).state()).isEqualTo("k=v");
      assertThat(collector.spans("transaction"))
          .filteredOn(span -> span.attribute("tenantgate.tenant").equals(tenant))
          .hasSize(2);
      assertThat(collector.spans()).noneMatch(span -> span.trace().equals(unsampled));
    }
  }

  @BothModes
  void aSessionMaySetItsContext(String mode) throws Exception {
    String before = newTrace();
    String set = newTrace();
    String local = newTrace();
    GatewayFixture gateway = gateway(mode);
    String tenant = newTenant();
    try (Connection client = connect(gateway, tenant, parent(before, "01"));
        Statement statement = client.createStatement()) {
      statement.execute("SET tenantgate.traceparent = '" + parent(set, "01") + "'");
      statement.execute("SELECT 1");
      span("transaction", set);
      client.setAutoCommit(false);
      statement.execute("SET LOCAL tenantgate.traceparent = '" + parent(local, "01") + "'");
      statement.execute("SELECT 2");
      client.commit();
      span("statement", local);
      client.setAutoCommit(true);
      statement.execute("RESET tenantgate.traceparent");
      statement.execute("SELECT 3");
      await()
          .untilAsserted(
              () ->
                  assertThat(collector.spans("transaction"))
                      .filteredOn(span -> span.trace().equals(before))
                      .hasSizeGreaterThanOrEqualTo(2));
    }
  }

  @BothModes
  void errorsAreTold(String mode) throws Exception {
    String trace = newTrace();
    String refused = newTrace();
    GatewayFixture gateway = gateway(mode);
    String tenant = newTenant();
    try (Connection client = connect(gateway, tenant, null)) {
      assertThat(
              catchThrowable(
                  () -> one(client, "SELECT 1/0 /*traceparent='" + parent(trace, "01") + "'*/")))
          .isInstanceOf(SQLException.class);
      assertThat(catchThrowable(() -> connect(gateway, "nobody", parent(refused, "01"))))
          .isInstanceOf(SQLException.class);
      Taken transaction = span("transaction", trace);
      assertThat(transaction.failed()).isTrue();
      assertThat(transaction.attribute("error.type")).isEqualTo("22012");
      assertThat(transaction.attribute("db.response.status_code")).isEqualTo("22012");
      Taken connect = span("connect", refused);
      assertThat(connect.failed()).isTrue();
      assertThat(connect.attribute("error.type")).isEqualTo("3F000");
      assertThat(span("admission", refused).attribute("tenantgate.decision")).isEqualTo("rejected");
    }
  }

  /** The server checks the client; it never sees what is the gateway's. */
  @Test
  void aClientThatTheServerChecksIsTracedAsWell() throws Exception {
    String trace = newTrace();
    String tenant = newTenant();
    try (GatewayFixture gateway = gateway("session", Map.of("auth.method", "pass-through"));
        Connection client = connect(gateway, tenant, parent(trace, "01"))) {
      assertThat(one(client, "SELECT current_setting('tenantgate.traceparent', true)"))
          .isEqualTo("null");
      Taken connect = span("connect", trace);
      assertThat(connect.parent()).isEqualTo(PARENT);
      assertThat(span("login", trace).parent()).isEqualTo(connect.id());
      assertThat(span("transaction", trace).parent()).isEqualTo(PARENT);
    }
  }

  /** One backend, two clients: the one that waits gets a span of its own accord. */
  @Test
  void aWaitForABackendIsSeen() throws Exception {
    String tenant = newTenant();
    try (GatewayFixture gateway = gateway("transaction", Map.of("pool.size", "1"));
        Connection first = connect(gateway, tenant, null);
        Connection second = connect(gateway, tenant, null)) {
      first.setAutoCommit(false);
      one(first, "SELECT 1");
      CompletableFuture<String> waits =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return one(second, "SELECT 2");
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
      await()
          .until(
              () -> scrape(gateway, "text/plain"),
              page -> page.contains("state=\"waiting\",user=\"postgres\"} 1.0"));
      first.commit();
      assertThat(waits.join()).isEqualTo("2");
      await().until(TracingIT::hasTransactionThatWaited);
    }
  }

  /** The session goes on, and its next transaction has a span of its own. */
  @Test
  void aTransactionThatGetsNoBackendEnds() throws Exception {
    String tenant = newTenant();
    String refused = newTrace();
    String next = newTrace();
    Map<String, String> settings = Map.of("pool.size", "1", "pool.wait-timeout", "3s");
    try (GatewayFixture gateway = gateway("transaction", settings);
        Connection first = connect(gateway, tenant, null);
        Connection second = connect(gateway, tenant, null)) {
      first.setAutoCommit(false);
      one(first, "SELECT 1");
      assertThat(
              catchThrowable(
                  () -> one(second, "SELECT 2 /*traceparent='" + parent(refused, "01") + "'*/")))
          .isInstanceOf(SQLException.class);
      first.commit();
      one(second, "SELECT 3 /*traceparent='" + parent(next, "01") + "'*/");
      Taken ended = span("transaction", refused);
      assertThat(ended.failed()).isTrue();
      assertThat(span("pool wait", refused).parent()).isEqualTo(ended.id());
      assertThat(span("transaction", next).failed()).isFalse();
    }
  }

  private static boolean hasTransactionThatWaited() {
    return collector.spans("transaction").stream()
        .anyMatch(
            transaction ->
                collector.spans("pool wait").stream()
                    .anyMatch(wait -> wait.parent().equals(transaction.id())));
  }

  @Test
  void exemplarsLeadToTheTraces() throws Exception {
    String trace = newTrace();
    String tenant = newTenant();
    try (GatewayFixture gateway = gateway("transaction", Map.of());
        Connection client = connect(gateway, tenant, parent(trace, "01"))) {
      one(client, "SELECT 1");
      String page = scrape(gateway, "application/openmetrics-text; version=1.0.0");
      for (String histogram :
          new String[] {"query_seconds", "transaction_seconds", "hold_seconds"}) {
        assertThat(page)
            .containsPattern(
                "tenantgate_"
                    + histogram
                    + "_bucket\\{le=\"[^\"]+\"} [\\d.]+ # \\{span_id=\"[0-9a-f]{16}\",trace_id=\""
                    + trace
                    + "\"}");
      }
      assertThat(page).containsPattern("tenantgate_migration_seconds_bucket.* # \\{.*trace_id=");
      // Prometheus refuses a page that has them elsewhere.
      assertThat(page.lines().filter(line -> line.contains("trace_id")))
          .allMatch(line -> line.contains("_bucket{"));
      assertThat(scrape(gateway, "text/plain")).doesNotContain("trace_id");
    }
  }

  @BothModes
  void aCollectorThatIsDownHarmsNobody(String mode) throws Exception {
    String trace = newTrace();
    String tenant = newTenant();
    Map<String, String> settings =
        Map.of("tracing.transactions", "all", "tracing.endpoint", "http://127.0.0.1:1");
    try (GatewayFixture gateway = gateway(mode, settings);
        Connection client = connect(gateway, tenant, parent(trace, "01"))) {
      for (int i = 0; i < 20; i++) {
        assertThat(one(client, "SELECT " + i)).isEqualTo(String.valueOf(i));
      }
      await()
          .untilAsserted(
              () ->
                  assertThat(scrape(gateway, "text/plain"))
                      .containsPattern("tenantgate_trace_spans_total\\{outcome=\"failed\"} [1-9]"));
    }
  }

  @Test
  void headersAndNamesAreTheSettings() throws Exception {
    Map<String, String> settings =
        Map.of(
            "tracing.headers", "authorization=Bearer x,X-Scope=a",
            "tracing.service-name", "gate-7",
            "tracing.transactions", "all");
    String tenant = newTenant();
    try (GatewayFixture gateway = gateway("transaction", settings);
        Connection client = connect(gateway, tenant, null)) {
      one(client, "SELECT 1");
      await().until(() -> !collector.spans("transaction").isEmpty());
    }
    assertThat(collector.headers())
        .containsEntry("authorization", "Bearer x")
        .containsEntry("x-scope", "a")
        .containsEntry("content-type", "application/x-protobuf");
    assertThat(collector.resource()).containsEntry("service.name", "gate-7");
  }

  private static String scrape(GatewayFixture gateway, String accept) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(gateway.adminUrl("/metrics")))
                .header("Accept", accept)
                .build(),
            BodyHandlers.ofString())
        .body();
  }
}
