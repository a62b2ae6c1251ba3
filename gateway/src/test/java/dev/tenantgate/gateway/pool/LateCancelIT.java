package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The server takes a CancelRequest late, or is too busy to take it at all: it must hit nobody else
 * then, and hold nobody up.
 */
class LateCancelIT {

  @TempDir static Path migrations;
  private static TestDatabase database;
  private CancelStall stall;

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  @BeforeEach
  void stall() throws IOException {
    stall = new CancelStall(database.server().port());
  }

  @AfterEach
  void heal() throws IOException {
    stall.close();
  }

  private GatewayFixture gateway(String mode, String connectTimeout) {
    Map<String, String> all = new HashMap<>();
    all.put(
        "database.url",
        "postgresql://postgres@127.0.0.1:%d/%s?sslmode=disable"
            .formatted(stall.port(), database.name()));
    all.put("database.connect-timeout", connectTimeout);
    all.put("pool.mode", mode);
    all.put("pool.size", "1");
    all.put("auth.method", "trust");
    return GatewayFixture.start(database, migrations, all);
  }

  private static SocketClient client(GatewayFixture gateway) {
    return SocketClient.login(gateway.port(), database.name(), "tenant_acme", Map.of());
  }

  /** Runs something and asks for its end, which the server doesn't hear of; it ends by itself. */
  private CompletableFuture<Void> runAndCancel(SocketClient client) {
    client.query("BEGIN");
    CompletableFuture<Void> cancelled = cancelInBackground(client);
    await().until(() -> stall.requests() == 1);
    client.sends("Q COMMIT").gets("C COMMIT", "Z I");
    return cancelled;
  }

  private static CompletableFuture<Void> cancelInBackground(SocketClient client) {
    return CompletableFuture.runAsync(client::cancels);
  }

  @Test
  void aBackendIsLentToNobodyWhileARequestIsUnderWay() throws Exception {
    try (GatewayFixture gateway = gateway("transaction", "10s");
        SocketClient first = client(gateway);
        SocketClient second = client(gateway)) {
      CompletableFuture<Void> cancelled = runAndCancel(first);
      second.sends("Q SELECT pg_sleep(0.2)");
      await().until(() -> PoolBoundsIT.waiting(gateway) == 1);

      stall.release();

      second.gets("T", "D ", "C SELECT 1", "Z I");
      cancelled.join();
    }
  }

  @Test
  void aBackendThatARequestMayStillComeToIsClosed() throws Exception {
    try (GatewayFixture gateway = gateway("transaction", "1s");
        SocketClient first = client(gateway);
        SocketClient second = client(gateway)) {
      String process = first.value("SELECT pg_backend_pid()");
      CompletableFuture<Void> cancelled = runAndCancel(first);

      assertThat(second.value("SELECT pg_backend_pid()")).isNotEqualTo(process);

      cancelled.join();
      assertThat(first.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void manyRequestsForOneQueryAreCarriedByOneConnectionAtATime() throws Exception {
    try (GatewayFixture gateway = gateway("transaction", "10s");
        SocketClient client = client(gateway)) {
      client.query("BEGIN");
      List<CompletableFuture<Void>> requests =
          IntStream.range(0, 20).mapToObj(i -> cancelInBackground(client)).toList();
      await().until(() -> stall.requests() == 1);
      client.query("COMMIT");

      stall.release();

      requests.forEach(CompletableFuture::join);
      assertThat(stall.requests()).isBetween(1, 3);
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aRequestThatHangsHoldsNobodyUp() throws Exception {
    try (GatewayFixture gateway = gateway("session", "10s");
        SocketClient first = client(gateway);
        SocketClient second = client(gateway)) {
      CompletableFuture<Void> cancelled = runAndCancel(first);
      assertThat(first.value("SELECT 1")).isEqualTo("1");
      assertThat(second.value("SELECT 2")).isEqualTo("2");
      assertThat(cancelled).isNotDone();
    }
  }
}
