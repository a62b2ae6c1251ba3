package dev.tenantgate.gateway.server;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.LoadedSettings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.gateway.admin.Reloader.Reload;
import dev.tenantgate.gateway.testing.BothModes;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The server restarts, another takes its place, and clients whose transactions haven't begun notice
 * nothing. One pair of servers for all: the order is that of their life.
 */
@TestMethodOrder(OrderAnnotation.class)
class MovingIT {

  @TempDir static Path folder;
  private static ServerPair servers;

  private final Map<String, String> settings = new HashMap<>();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicBoolean enough = new AtomicBoolean();
  private final ReentrantReadWriteLock underWay = new ReentrantReadWriteLock(true);
  private final List<Thread> threads = new ArrayList<>();

  @BeforeAll
  static void begin() throws Exception {
    migration(folder.resolve("migrations"), "00001_sites.sql", "CREATE TABLE sites (id int);");
    servers = ServerPair.start(folder);
    ServerPair.execute(servers.primary().port(), "postgres", "CREATE DATABASE app");
    ServerPair.execute(
        servers.primary().port(),
        "app",
        "CREATE SCHEMA tenant_acme; CREATE FUNCTION public.take_lock() RETURNS boolean"
            + " LANGUAGE sql AS 'SELECT pg_try_advisory_lock(2)'");
    servers.replicate();
  }

  @AfterAll
  static void end() throws Exception {
    servers.close();
  }

  private Gateway gateway(String mode, String hosts, String target) throws Exception {
    settings.put("pool.mode", mode);
    settings.putIfAbsent("auth.method", "trust");
    settings.put("listen.address", "127.0.0.1:0");
    settings.put("admin.address", "127.0.0.1:0");
    settings.put("migrations.locations", folder.resolve("migrations").toString());
    settings.put("gate.recheck-interval", "1s");
    url(hosts, target);
    return Gateway.start(this::loaded, "test", List.of());
  }

  private void url(String hosts, String target) {
    settings.put(
        "database.url",
        "postgresql://postgres@%s/app?sslmode=disable&target_session_attrs=%s"
            .formatted(hosts, target));
  }

  private LoadedSettings loaded() throws SettingsException {
    return SettingsReader.read(new SettingsSources(null, Map.of(), Map.copyOf(settings)));
  }

  private static String at(ServerPair.Place... places) {
    List<String> hosts = new ArrayList<>();
    for (ServerPair.Place place : places) {
      hosts.add("127.0.0.1:" + place.port());
    }
    return String.join(",", hosts);
  }

  private static Connection connect(Gateway gateway) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/app?user=postgres&currentSchema=tenant_acme&sslmode=disable"
            .formatted(gateway.port()));
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** Each has a session, and asks again and again; some connect anew for each question. */
  private void ask(Gateway gateway, int clients) {
    for (int client = 0; client < clients; client++) {
      boolean reconnects = client % 2 == 1;
      Thread thread = new Thread(() -> ask(gateway, reconnects));
      threads.add(thread);
      thread.start();
    }
  }

  private void ask(Gateway gateway, boolean reconnects) {
    try {
      Connection connection = connectUndisturbed(gateway);
      while (!enough.get()) {
        underWay.readLock().lock();
        try {
          one(connection, "SELECT count(*) FROM sites");
          if (reconnects) {
            connection.close();
            connection = connect(gateway);
          }
        } finally {
          underWay.readLock().unlock();
        }
        done.incrementAndGet();
      }
      connection.close();
    } catch (SQLException e) {
      failures.add(String.valueOf(e));
    }
  }

  /** A login that is under way when the server stops fails, as it should. */
  private Connection connectUndisturbed(Gateway gateway) throws SQLException {
    underWay.readLock().lock();
    try {
      return connect(gateway);
    } finally {
      underWay.readLock().unlock();
    }
  }

  /** At a moment when no question is under way. */
  private void stopQuietly(ServerPair.Place place) throws IOException {
    underWay.writeLock().lock();
    try {
      servers.stop(place);
    } finally {
      underWay.writeLock().unlock();
    }
  }

  private void goesOn() {
    int now = done.get();
    await().until(() -> done.get() >= now + 10 || !failures.isEmpty());
    assertThat(failures).isEmpty();
  }

  private void noMore() throws InterruptedException {
    enough.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
  }

  @Order(1)
  @BothModes
  void restartIsNoticedByNobodyWhoseTransactionHasNotBegun(String mode) throws Exception {
    try (Gateway gateway = gateway(mode, at(servers.primary()), "any")) {
      ask(gateway, 4);
      goesOn();
      stopQuietly(servers.primary());
      servers.start(servers.primary());
      goesOn();
      noMore();
    }
  }

  @Test
  @Order(1)
  void loginByAuthQueryWaitsForTheServer() throws Exception {
    ServerPair.execute(
        servers.primary().port(),
        "app",
        "CREATE ROLE asked LOGIN PASSWORD 'pw'; GRANT USAGE ON SCHEMA tenant_acme TO asked");
    settings.put("auth.method", "scram-sha-256");
    settings.put("auth.query", "SELECT usename, passwd FROM pg_shadow WHERE usename = $1");
    try (Gateway gateway = gateway("transaction", at(servers.primary()), "any")) {
      connectAsked(gateway).close();
      servers.stop(servers.primary());
      CompletableFuture<String> login =
          CompletableFuture.supplyAsync(
              () -> {
                try (Connection connection = connectAsked(gateway)) {
                  return one(connection, "SELECT current_user");
                } catch (SQLException e) {
                  return String.valueOf(e);
                }
              });
      servers.start(servers.primary());
      assertThat(login.get(60, TimeUnit.SECONDS)).isEqualTo("asked");
    }
  }

  private static Connection connectAsked(Gateway gateway) throws SQLException {
    return DriverManager.getConnection(
        ("jdbc:postgresql://127.0.0.1:%d/app?user=asked&password=pw&currentSchema=tenant_acme"
                + "&sslmode=disable")
            .formatted(gateway.port()));
  }

  @Order(2)
  @BothModes
  void otherUrlIsTakenBetweenTransactions(String mode) throws Exception {
    try (Gateway gateway = gateway(mode, at(servers.primary()), "any");
        Connection idle = connect(gateway);
        Connection busy = connect(gateway);
        Connection lock = connect(gateway);
        Connection hidden = connect(gateway);
        Connection listener = connect(gateway)) {
      String server = "SELECT inet_server_addr()::text";
      busy.setAutoCommit(false);
      one(busy, "SELECT 1");
      try (Statement statement = idle.createStatement()) {
        statement.execute("SET application_name = 'billing'");
      }
      one(lock, "SELECT pg_try_advisory_lock(1)");
      one(hidden, "SELECT public.take_lock()");
      String before = settings.get("database.url");

      url("127.0.0.1:1", "any");
      Reload unreachable = gateway.reload();
      assertThat(unreachable).isInstanceOf(Reload.Refused.class);
      assertThat(((Reload.Refused) unreachable).errors())
          .singleElement()
          .asString()
          .contains("database.url", "127.0.0.1:1", "refused");
      settings.put("database.url", String.valueOf(before).replace("/app?", "/postgres?"));
      assertThat(((Reload.Refused) gateway.reload()).errors())
          .singleElement()
          .asString()
          .contains("without a restart");
      assertThat(one(idle, server)).startsWith("127.0.0.1");

      url("localhost:" + servers.primary().port(), "primary");
      settings.put("database.url", settings.get("database.url") + "&connect_timeout=9");
      String process = "SELECT pg_backend_pid()";
      String idles = one(idle, process);
      String busys = one(busy, process);
      String locks = one(lock, process);
      String hiddens = one(hidden, process);
      try (Statement statement = listener.createStatement()) {
        statement.execute("LISTEN moved");
      }
      assertThat(gateway.reload()).isInstanceOf(Reload.Done.class);
      await().until(() -> !one(idle, process).equals(idles));
      assertThat(one(idle, "SELECT current_setting('application_name')")).isEqualTo("billing");
      assertThat(one(busy, process)).isEqualTo(busys);
      busy.commit();
      await()
          .until(
              () -> {
                String now = one(busy, process);
                busy.commit();
                return !now.equals(busys);
              });
      if (mode.equals("transaction")) {
        await().untilAsserted(() -> assertThat(listener.isValid(1)).isFalse());
      } else {
        assertThat(one(listener, "SELECT * FROM pg_listening_channels()")).isEqualTo("moved");
      }
      // They have what can't be put elsewhere; that of one is a function's.
      assertThat(one(lock, process)).isEqualTo(locks);
      assertThat(one(hidden, process)).isEqualTo(hiddens);
      assertThat(one(lock, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
          .isEqualTo("2");
    }
  }

  @Test
  @Order(3)
  void standbyIsPassedOverWhereWritingIsWanted() throws Exception {
    try (Gateway gateway =
            gateway("session", at(servers.standby(), servers.primary()), "read-write");
        Connection connection = connect(gateway)) {
      assertThat(one(connection, "SELECT pg_is_in_recovery()")).isEqualTo("f");
    }
    try (Gateway gateway =
            gateway("transaction", at(servers.primary(), servers.standby()), "standby");
        Connection connection = connect(gateway)) {
      assertThat(one(connection, "SELECT pg_is_in_recovery()")).isEqualTo("t");
    }
  }

  /** The primary is gone for good from here on. */
  @Test
  @Order(4)
  void standbyThatIsPromotedIsServedFrom() throws Exception {
    try (Gateway session =
            gateway("session", at(servers.primary(), servers.standby()), "read-write");
        Gateway pooled =
            gateway("transaction", at(servers.primary(), servers.standby()), "read-write")) {
      ask(session, 2);
      ask(pooled, 2);
      goesOn();
      stopQuietly(servers.primary());
      servers.promote(servers.standby());
      goesOn();
      noMore();
      try (Connection writing = connect(pooled)) {
        assertThat(one(writing, "INSERT INTO sites VALUES (1) RETURNING id")).isEqualTo("1");
      }
    }
  }
}
