package dev.tenantgate.gateway.pool;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients of a gateway that is told to stop: nobody is cut off in the middle. */
class ShutdownIT {

  @TempDir Path migrations;
  private TestDatabase database;
  private @Nullable GatewayFixture running;

  @BeforeEach
  void makeTenants() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
  }

  @AfterEach
  void stop() {
    gateway().close();
    database.close();
  }

  private GatewayFixture gateway() {
    return requireNonNull(running);
  }

  private void start(String mode, Map<String, String> changes) {
    Map<String, String> all = new HashMap<>(changes);
    all.put("pool.mode", mode);
    all.put("pool.size", "1");
    all.put("auth.method", "trust");
    all.put("database.others", "pass");
    running = GatewayFixture.start(database, migrations, all);
  }

  private SocketClient client(String database, String path) {
    return SocketClient.login(gateway().port(), database, path, Map.of());
  }

  /** Returns when nobody is accepted any more; the result, when the last session has ended. */
  private CompletableFuture<Void> drain() {
    CompletableFuture<Void> drained =
        CompletableFuture.runAsync(
            () -> {
              try {
                gateway().gateway().drain(new Semaphore(0));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> SocketClient.connect(gateway().port()).close())
                    .hasCauseInstanceOf(ConnectException.class));
    return drained;
  }

  private void endsSoon(CompletableFuture<Void> drained) {
    await().until(drained::isDone); // the drain timeout is much longer
    assertThat(gateway().gateway().sessions()).isZero();
  }

  /** A statement that was executed without a Sync is still to be committed. */
  @BothModes
  void theLastSyncIsAnswered(String mode) throws Exception {
    start(mode, Map.of());
    try (SocketClient client = client(database.name(), "tenant_acme")) {
      client.query("CREATE TABLE item(id int)");
      client.sends("P - INSERT INTO item VALUES (1)", "B -", "E", "H");
      client.until('C');
      CompletableFuture<Void> drained = drain();

      client.sends("P - INSERT INTO item VALUES (2)", "B -", "E", "S");

      assertThat(client.untilEnd()).isEqualTo("1 2 C INSERT 0 1 Z I E 57P01");
      endsSoon(drained);
    }
    assertThat(database.value("SELECT count(*) FROM tenant_acme.item")).isEqualTo("2");
  }

  /** It has sent no more than its BEGIN, which the server has or hasn't. */
  @ParameterizedTest
  @CsvSource({"session, at-once", "transaction, at-once", "transaction, deferred"})
  void aTransactionGoesOnToItsTenant(String mode, String begin) throws Exception {
    GatewayFixture.migration(migrations, "00001_item.sql", "CREATE TABLE item (id int);");
    start(mode, Map.of("pool.begin", begin));
    try (SocketClient client = client(database.name(), "public")) {
      for (String tenant : List.of("acme", "globex")) {
        client.query("BEGIN; SET LOCAL search_path = tenant_" + tenant + "; COMMIT");
      }
      assertThat(client.query("BEGIN")).containsExactly("C BEGIN", "Z T");
      CompletableFuture<Void> drained = drain();

      assertThat(client.query("SET LOCAL search_path = tenant_acme")).contains("C SET", "Z T");
      assertThat(client.query("INSERT INTO item VALUES (1)")).contains("C INSERT 0 1", "Z T");
      assertThat(client.query("SET LOCAL search_path = tenant_globex")).contains("C SET", "Z T");
      assertThat(client.query("INSERT INTO item VALUES (1)")).contains("C INSERT 0 1", "Z T");
      assertThat(drained).isNotDone();
      assertThat(client.sends("Q COMMIT").untilEnd())
          .startsWith("C COMMIT ")
          .endsWith("Z I E 57P01");
      endsSoon(drained);
    }
    for (String tenant : List.of("acme", "globex")) {
      assertThat(database.value("SELECT id FROM tenant_%s.item".formatted(tenant))).isEqualTo("1");
    }
  }

  @BothModes
  void aPipelineIsAnsweredToItsLastSync(String mode) throws Exception {
    start(mode, Map.of());
    database.execute("CREATE TABLE tenant_acme.gate()");
    try (SocketClient client = client(database.name(), "tenant_acme");
        var blocker = database.connect()) {
      blocker.setAutoCommit(false);
      blocker.createStatement().execute("LOCK TABLE tenant_acme.gate");
      String[] batch = {"P - SELECT count(*) FROM gate", "B -", "E", "S"};
      client.sends(batch).sends(batch).sends(batch);
      await()
          .until(
              () ->
                  "1"
                      .equals(
                          database.value(
                              "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                  + " AND datname = current_database()")));
      CompletableFuture<Void> drained = drain();
      assertThat(drained).isNotDone();

      blocker.rollback();

      String answer = "1 2 D 0 C SELECT 1 Z I ";
      assertThat(client.untilEnd()).isEqualTo(answer + answer + answer + "E 57P01");
      endsSoon(drained);
    }
  }

  @BothModes
  void whoHasNotBegunIsTold(String mode) throws Exception {
    start(mode, Map.of());
    try (SocketClient busy = client(database.name(), "tenant_acme");
        SocketClient idle = client(database.name(), "tenant_globex");
        SocketClient silent = SocketClient.connect(gateway().port())) {
      busy.query("BEGIN");
      await().until(() -> gateway().gateway().sessions() == 3);
      CompletableFuture<Void> drained = drain();

      assertThat(idle.untilEnd()).isEqualTo("E 57P01");
      assertThat(silent.read().field('C')).isEqualTo("57P01");
      assertThat(silent.isAtEnd()).isTrue();
      assertThat(busy.query("SELECT 1")).endsWith("Z T");
      assertThat(drained).isNotDone();
      busy.sends("Q COMMIT");
      assertThat(busy.untilEnd()).isEqualTo("C COMMIT Z I E 57P01");
      endsSoon(drained);
    }
  }

  /** A client that waits for a backend when the end begins has its query run, or is told. */
  @ParameterizedTest
  @ValueSource(strings = {"transaction"})
  void whoWaitsForABackendIsNotForgotten(String mode) throws Exception {
    start(mode, Map.of());
    try (SocketClient busy = client(database.name(), "tenant_acme");
        SocketClient waiting = client(database.name(), "tenant_globex")) {
      busy.query("BEGIN");
      waiting.sends("Q SELECT 1");
      await().until(() -> PoolBoundsIT.waiting(gateway()) == 1);
      CompletableFuture<Void> drained = drain();

      busy.sends("Q COMMIT");

      assertThat(busy.untilEnd()).isEqualTo("C COMMIT Z I E 57P01");
      assertThat(waiting.untilEnd()).isIn("T D 1 C SELECT 1 Z I E 57P01", "E 57P01 Z I E 57P01");
      endsSoon(drained);
    }
  }

  /** Clients without a tenant are no longer let in either. */
  @BothModes
  void whoComesInTheSameMomentDoesNotStay(String mode) throws Exception {
    start(mode, Map.of("pool.size", "20"));
    Queue<SocketClient> clients = new ConcurrentLinkedQueue<>();
    CompletableFuture<?>[] comers =
        IntStream.range(0, 8)
            .mapToObj(i -> CompletableFuture.runAsync(() -> comeUntilRefused(clients)))
            .toArray(CompletableFuture<?>[]::new);
    await().until(() -> clients.size() > 20);

    endsSoon(drain());

    CompletableFuture.allOf(comers).join();
    for (SocketClient client : clients) {
      client.close();
    }
  }

  private void comeUntilRefused(Queue<SocketClient> clients) {
    try {
      while (clients.size() < 300) {
        clients.add(client("postgres", "public"));
      }
    } catch (UncheckedIOException e) {
      // Refused, or told that this is the end.
    }
  }
}
