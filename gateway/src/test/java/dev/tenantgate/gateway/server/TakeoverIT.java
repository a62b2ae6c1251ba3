package dev.tenantgate.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.migrator.connection.UnixSocketFactory;
import dev.tenantgate.migrator.testing.FreePorts;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One gateway after the other, on the same sockets, and the time before a stop. */
class TakeoverIT {

  private static TestDatabase database;

  @TempDir static Path migrations;
  private Path directory;
  private final Map<String, String> settings = new HashMap<>();
  private final List<Thread> threads = new ArrayList<>();

  @BeforeAll
  static void begin() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    GatewayFixture.migration(migrations, "00001_sites.sql", "CREATE TABLE sites (id int);");
  }

  @AfterAll
  static void end() {
    database.close();
  }

  @BeforeEach
  void prepare() throws Exception {
    directory = Files.createTempDirectory("tg");
    settings.put("listen.address", "127.0.0.1:" + FreePorts.next());
    settings.put("admin.address", "127.0.0.1:" + FreePorts.next());
    settings.put("shutdown.takeover-socket", directory.resolve("takeover").toString());
  }

  @AfterEach
  void cleanUp() throws Exception {
    for (Thread thread : threads) {
      thread.join(30_000);
    }
    assertThat(directory).isEmptyDirectory();
    Files.delete(directory);
  }

  private GatewayFixture gateway() {
    return GatewayFixture.start(database, migrations, settings);
  }

  /** Drains a gateway that another one takes over from, as {@code serve} does. */
  private CountDownLatch drainWhenTakenOver(GatewayFixture gateway) {
    CountDownLatch ended = new CountDownLatch(1);
    gateway.gateway().whenTakenOver(() -> begin(() -> drained(gateway, ended)));
    return ended;
  }

  private static void drained(GatewayFixture gateway, CountDownLatch ended) {
    try {
      gateway.gateway().drain(new Semaphore(0));
      gateway.close();
      ended.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void begin(Runnable task) {
    Thread thread = new Thread(task);
    threads.add(thread);
    thread.start();
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static int status(GatewayFixture gateway, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(gateway.adminUrl(path))).build(),
            BodyHandlers.discarding())
        .statusCode();
  }

  @BothModes
  void nobodyNoticesThatAnotherGatewayTakesOver(String mode) throws Exception {
    settings.put("pool.mode", mode);
    settings.put("auth.method", mode.equals("session") ? "pass-through" : "trust");
    settings.put("listen.unix-socket", directory.toString());
    ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    AtomicInteger connects = new AtomicInteger();
    Semaphore enough = new Semaphore(0);
    GatewayFixture first = gateway();
    CountDownLatch firstEnded = drainWhenTakenOver(first);
    GatewayFixture second;
    try (Connection old = first.connect("acme")) {
      old.setAutoCommit(false);
      assertThat(one(old, "SELECT count(*) FROM sites")).isEqualTo("0");
      for (int client = 0; client < 4; client++) {
        Map<String, String> properties = client % 2 == 0 ? Map.of() : unix(first.port());
        begin(() -> reconnect(first, properties, connects, failures, enough));
      }
      await().until(() -> connects.get() >= 20);

      second = gateway();

      int atTakeover = connects.get();
      await().until(() -> connects.get() >= atTakeover + 40);
      assertThat(one(old, "SELECT 'still here'")).isEqualTo("still here");
      old.commit();
      assertThat(firstEnded.getCount()).isEqualTo(1);
      assertThat(second.gateway().adminPort()).isEqualTo(first.gateway().adminPort());
      assertThat(status(second, "/readyz")).isEqualTo(200);
    }
    firstEnded.await();
    int alone = connects.get();
    await().until(() -> connects.get() >= alone + 20);
    enough.release(4);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    second.close();
  }

  private Map<String, String> unix(int port) {
    return Map.of(
        "socketFactory",
        UnixSocketFactory.class.getName(),
        "socketFactoryArg",
        UnixListener.file(directory, port).toString());
  }

  private void reconnect(
      GatewayFixture gateway,
      Map<String, String> more,
      AtomicInteger connects,
      ConcurrentLinkedQueue<String> failures,
      Semaphore enough) {
    Map<String, String> properties = new HashMap<>(more);
    properties.put("currentSchema", "tenant_acme");
    while (!enough.tryAcquire()) {
      try (Connection connection = gateway.connect(properties)) {
        one(connection, "SELECT 1");
        connects.incrementAndGet();
      } catch (SQLException e) {
        failures.add(String.valueOf(e));
      }
    }
  }

  /** The key is the old gateway's; the request comes to the new one. */
  @BothModes
  void clientThatStayedIsCountedAndCanBeCancelled(String mode) throws Exception {
    settings.put("pool.mode", mode);
    settings.put("auth.method", "trust");
    GatewayFixture first = gateway();
    CountDownLatch firstEnded = drainWhenTakenOver(first);
    List<CountDownLatch> ends = new ArrayList<>();
    GatewayFixture third;
    try (Connection old = first.connect("acme")) {
      GatewayFixture second = gateway();
      CountDownLatch secondEnded = drainWhenTakenOver(second);
      await()
          .untilAsserted(
              () -> assertThat(metrics(second)).contains("tenantgate_predecessor_clients 1.0"));
      assertCancels(old);

      third = gateway(); // the request goes on to the first, by way of the second
      await()
          .untilAsserted(
              () -> assertThat(metrics(third)).contains("tenantgate_predecessor_clients 1.0"));
      assertCancels(old);
      assertThat(firstEnded.getCount()).isEqualTo(1);
      ends.add(secondEnded);
    }
    firstEnded.await();
    ends.get(0).await();
    await()
        .untilAsserted(
            () -> assertThat(metrics(third)).contains("tenantgate_predecessor_clients 0.0"));
    third.close();
  }

  private void assertCancels(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement()) {
      begin(
          () -> {
            await()
                .until(
                    () ->
                        !"0"
                            .equals(
                                database.value(
                                    "SELECT count(*) FROM pg_stat_activity"
                                        + " WHERE query LIKE '%pg_sleep(20)%'"
                                        + " AND wait_event = 'PgSleep'")));
            try {
              statement.cancel();
            } catch (SQLException e) {
              throw new IllegalStateException(e);
            }
          });
      assertThatThrownBy(() -> statement.execute("SELECT pg_sleep(20)"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
    }
  }

  private static String metrics(GatewayFixture gateway) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(gateway.adminUrl("/metrics"))).build(),
            BodyHandlers.ofString())
        .body();
  }

  @Test
  void oneThatDoesNotStartChangesNothing() throws Exception {
    GatewayFixture first = gateway();
    CountDownLatch ended = drainWhenTakenOver(first);
    String own = settings.put("admin.address", "192.0.2.1:9640");

    assertThatThrownBy(this::gateway).cause().hasMessageContaining("admin.address");

    settings.put("admin.address", own);
    first.connect("acme").close();
    assertThat(status(first, "/readyz")).isEqualTo(200);
    try (GatewayFixture second = gateway()) {
      ended.await();
      second.connect("acme").close();
    }
  }

  @Test
  void clientsLeaveAfterTheTimeout() throws Exception {
    settings.put("shutdown.timeout", "0s");
    GatewayFixture first = gateway();
    CountDownLatch firstEnded = drainWhenTakenOver(first);
    try (Connection old = first.connect("acme");
        GatewayFixture second = gateway()) {
      firstEnded.await();

      assertThatThrownBy(() -> one(old, "SELECT 1"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"));
      second.connect("acme").close();
    }
  }

  @Test
  void transportThatCannotPassSocketsIsRefused() {
    settings.put("listen.transport", "nio");

    assertThatThrownBy(this::gateway)
        .hasRootCauseMessage(
            "shutdown.takeover-socket: the transport nio can't take over sockets; set"
                + " listen.transport to epoll (Linux)");
  }

  @Test
  void clientsAreServedDuringTheDelayAndTheGatewayIsNotReady() throws Exception {
    settings.put("shutdown.delay", "1h");
    Semaphore signals = new Semaphore(0);
    GatewayFixture gateway = gateway();
    CountDownLatch ended = new CountDownLatch(1);
    try (Connection before = gateway.connect("acme")) {
      begin(
          () -> {
            try {
              gateway.gateway().drain(signals);
              ended.countDown();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });

      await().until(() -> status(gateway, "/readyz") == 503);
      assertThat(status(gateway, "/livez")).isEqualTo(200);
      gateway.connect("acme").close();
      assertThat(one(before, "SELECT 1")).isEqualTo("1");

      signals.release();
      ended.await();
      assertThatThrownBy(() -> gateway.connect("acme")).isInstanceOf(SQLException.class);
    } finally {
      gateway.close();
    }
  }
}
