package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many backends there are, who gets them, and when they end. */
class PoolBoundsIT {

  private static final String CLOCK = "Q SELECT extract(epoch FROM clock_timestamp())";

  @TempDir static Path migrations;
  private static TestDatabase database;

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  private static GatewayFixture gateway(Map<String, String> changes) {
    Map<String, String> all = new HashMap<>(Map.of("pool.size", "1"));
    all.put("pool.mode", "transaction");
    all.put("auth.method", "trust");
    all.putAll(changes);
    return GatewayFixture.start(database, migrations, all);
  }

  private static SocketClient client(GatewayFixture gateway, String tenant) {
    return SocketClient.login(gateway.port(), database.name(), "tenant_" + tenant, Map.of());
  }

  private static double metric(GatewayFixture gateway, String series) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(gateway.adminUrl("/metrics"))).build(),
            BodyHandlers.ofString())
        .body()
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElse(-1);
  }

  private static double idle(GatewayFixture gateway) throws Exception {
    return metric(gateway, "tenantgate_backend_connections{state=\"idle\"}");
  }

  static double waiting(GatewayFixture gateway) throws Exception {
    return metric(gateway, "tenantgate_pool_waiting");
  }

  @Test
  void whoWaitsTooLongIsToldAndGoesOn() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("pool.wait-timeout", "2s"));
        SocketClient acme = client(gateway, "acme");
        SocketClient globex = client(gateway, "globex")) {
      acme.query("BEGIN");

      globex.sends("Q SELECT 1").gets("E 53300", "Z I");
      globex.sends("P - SELECT 1", "B -", "E", "S").gets("E 53300", "Z I");
      acme.query("COMMIT");
      assertThat(globex.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void onlySoManyWait() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("pool.max-waiting", "1"));
        SocketClient acme = client(gateway, "acme");
        SocketClient second = client(gateway, "acme");
        SocketClient third = client(gateway, "globex")) {
      acme.query("BEGIN");
      second.sends("Q SELECT 2");
      await().until(() -> waiting(gateway) == 1);

      third.sends("Q SELECT 3").gets("E 53300", "Z I");
      acme.query("COMMIT");
      assertThat(SocketClient.value(second.until('Z'))).isEqualTo("2");
    }
  }

  @Test
  void aTenantHasNoMoreThanItsShare() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("pool.size", "2", "pool.size-per-tenant", "1"));
        SocketClient first = client(gateway, "acme");
        SocketClient second = client(gateway, "acme");
        SocketClient other = client(gateway, "globex")) {
      first.query("BEGIN");
      second.sends("Q SELECT 2");
      await().until(() -> waiting(gateway) == 1);

      assertThat(other.value("SELECT 3")).isEqualTo("3");
      assertThat(waiting(gateway)).isEqualTo(1);
      first.query("COMMIT");
      assertThat(SocketClient.value(second.until('Z'))).isEqualTo("2");
    }
  }

  @Test
  void oneThatSendsTransactionsAheadTakesTurnsWithOthers() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        SocketClient acme = client(gateway, "acme");
        SocketClient globex = client(gateway, "globex")) {
      int ahead = 2_000;
      acme.sends("Q SELECT pg_sleep(0.3)" + (" & " + CLOCK).repeat(ahead));
      globex.sends(CLOCK);
      await().until(() -> waiting(gateway) == 1);

      double others = Double.parseDouble(SocketClient.value(globex.until('Z')));
      acme.until('Z', ahead);
      double last = Double.parseDouble(SocketClient.value(acme.until('Z')));
      assertThat(others).isLessThan(last);
    }
  }

  @Test
  void whoLeavesWhileWaitingLeavesItsPlace() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        SocketClient acme = client(gateway, "acme");
        SocketClient globex = client(gateway, "globex")) {
      acme.query("BEGIN");
      try (SocketClient leaving = client(gateway, "globex")) {
        leaving.sends("Q SELECT 1");
        await().until(() -> waiting(gateway) == 1);
      }
      await().until(() -> waiting(gateway) == 0);
      acme.query("COMMIT");
      assertThat(globex.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aPoolIsKeptWarmAndItsBackendsAge() throws Exception {
    try (GatewayFixture gateway =
            gateway(Map.of("pool.size", "3", "pool.min-idle", "2", "pool.max-lifetime", "400ms"));
        SocketClient acme = client(gateway, "acme")) {
      String pid = acme.value("SELECT pg_backend_pid()");
      await().until(() -> idle(gateway) == 2);
      await().until(() -> !acme.value("SELECT pg_backend_pid()").equals(pid));
    }
    try (GatewayFixture gateway = gateway(Map.of("pool.size", "3", "pool.idle-timeout", "300ms"));
        SocketClient acme = client(gateway, "acme")) {
      acme.query("SELECT 1");
      await().until(() -> idle(gateway) == 0);
      assertThat(acme.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void whatCannotBePooledIsRefusedWhereThatIsAskedFor() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("pool.unpoolable", "refuse"));
        SocketClient acme = client(gateway, "acme")) {
      for (String sql :
          List.of(
              "CREATE TEMP TABLE t(i int)",
              "SELECT pg_advisory_lock(1)",
              "PREPARE p AS SELECT 1",
              "DO $$ BEGIN END $$",
              "LOAD 'plpgsql'")) {
        assertThat(acme.query(sql)).as(sql).containsExactly("E 0A000", "Z I");
        assertThat(acme.sends("P - " + sql, "B -", "E", "S").until('Z'))
            .as(sql)
            .endsWith("E 0A000", "Z I");
      }
      acme.query("BEGIN");
      acme.sends("Q LOAD 'plpgsql'").gets("E 0A000", "Z E");
      acme.sends("Q SELECT 1").gets("E 25P02", "Z E");
      acme.sends("Q ROLLBACK").gets("C ROLLBACK", "Z I");
      assertThat(acme.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void onlySoManyStatementsAreKeptOnABackend() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("pool.max-prepared", "2"));
        SocketClient acme = client(gateway, "acme")) {
      for (int i = 0; i < 5; i++) {
        acme.sends("P s" + i + " SELECT " + i, "S").until('Z');
      }
      for (int i = 9; i >= 0; i--) {
        assertThat(acme.sends("B s" + i % 5, "E", "S").until('Z')).contains("D " + i % 5);
      }
      assertThat(
              acme.value("SELECT count(*) FROM pg_prepared_statements WHERE statement !~ 'config'"))
          .isEqualTo("2");
    }
  }

  /** A pool's bounds are for all event loops, each of which has backends of its own. */
  /** A pool that had to wait, and was served by a backend of its own, is in nobody's way. */
  @Test
  void aBackendThatIsGivenUpGoesToThePoolThatNeedsIt() throws Exception {
    Map<String, String> rules =
        Map.of("pool.size", "1", "listen.threads", "2", "pool.wait-timeout", "4s");
    try (GatewayFixture gateway = gateway(rules);
        SocketClient one = client(gateway, "acme");
        SocketClient onTheOtherLoop = client(gateway, "acme");
        SocketClient another = client(gateway, "acme")) {
      one.query("BEGIN");
      another.sends("Q SELECT 1");
      await().until(() -> waiting(gateway) == 1);
      one.query("COMMIT");
      assertThat(another.until('Z')).contains("D 1");

      assertThat(onTheOtherLoop.query("SELECT 2")).contains("D 2");
    }
  }

  @Test
  void eventLoopsShareTheBound() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("pool.size", "2", "listen.threads", "4"))) {
      List<SocketClient> clients = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        clients.add(client(gateway, i % 2 == 0 ? "acme" : "globex"));
      }
      for (int round = 0; round < 5; round++) {
        for (SocketClient client : clients) {
          client.sends("Q SELECT " + round);
        }
        for (SocketClient client : clients) {
          assertThat(client.until('Z')).contains("D " + round);
        }
      }
      // One that was given up for another loop's is at the server until that has read its end.
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          Integer.parseInt(
                              clients
                                  .get(0)
                                  .value(
                                      "SELECT count(*) FROM pg_stat_activity"
                                          + " WHERE datname = current_database()"
                                          + " AND query LIKE 'SELECT _'")))
                      .isLessThanOrEqualTo(2));
      for (SocketClient client : clients) {
        client.close();
      }
    }
  }
}
