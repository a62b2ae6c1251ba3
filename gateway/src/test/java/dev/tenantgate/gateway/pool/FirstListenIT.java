package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The transaction of a pooled client that is the first to listen on a channel. */
class FirstListenIT {

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;
  private SocketClient one;
  private SocketClient other;

  @BeforeAll
  static void start() {
    database = TestPostgres.oldest().newDatabase();
    database.execute(
        """
        CREATE SCHEMA tenant_acme;
        CREATE FUNCTION public.listening() RETURNS void LANGUAGE plpgsql AS
          $$ BEGIN EXECUTE 'LISTEN news'; END $$;
        """);
    gateway = gateway("at-once");
  }

  private static GatewayFixture gateway(String begin) {
    return GatewayFixture.start(
        database,
        migrations,
        Map.of(
            "pool.mode", "transaction",
            "pool.size", "1",
            "pool.begin", begin,
            "listen.threads", "2",
            "auth.method", "trust"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.close();
  }

  @BeforeEach
  void connect() {
    one = client(gateway);
    other = client(gateway);
  }

  @AfterEach
  void disconnect() {
    one.close();
    other.close();
  }

  private static SocketClient client(GatewayFixture of) {
    return SocketClient.login(of.port(), database.name(), "tenant_acme,public", Map.of());
  }

  private static String heard(SocketClient sender, String channel, String payload) {
    return "A %d %s %s".formatted(sender.process(), channel, payload).strip();
  }

  @Test
  void ownNotificationOfTheTransactionThatListensIsTold() {
    String own = heard(one, "zz", "1");
    assertThat(one.query("BEGIN")).endsWith("Z T");
    assertThat(one.query("LISTEN zz")).endsWith("Z T");
    assertThat(one.query("NOTIFY zz, '1'")).endsWith("Z T");
    one.sends("Q COMMIT").gets("C COMMIT", own, "Z I");
    one.sends("Q NOTIFY zz, '1'").gets("C NOTIFY", own, "Z I");
    one.sends("Q LISTEN a; NOTIFY a; SELECT 1")
        .gets("C LISTEN", "C NOTIFY", "T", "D 1", "C SELECT 1", heard(one, "a", ""), "Z I");
    one.sends("P - SELECT pg_notify('b', 'x')", "B -", "E", "P - LISTEN b", "B -", "E", "S")
        .gets("1", "2", "D ", "C SELECT 1", "1", "2", "C LISTEN", heard(one, "b", "x"), "Z I");
    assertThat(one.query("LISTEN c; NOTIFY c, 'x'; DO 'BEGIN END'"))
        .containsExactlyInAnyOrder("C LISTEN", "C NOTIFY", "C DO", heard(one, "c", "x"), "Z I")
        .endsWith("Z I");
    assertThat(one.query("SELECT public.listening(); NOTIFY news, 'x'"))
        .containsOnlyOnce(heard(one, "news", "x"));
    one.query("CREATE TEMP TABLE own(i int)");
    one.sends("Q LISTEN d; NOTIFY d").gets("C LISTEN", "C NOTIFY", heard(one, "d", ""), "Z I");
    assertThat(one.query("DROP TABLE own")).noneMatch(answer -> answer.startsWith("A"));
    other.sends("Q NOTIFY b").gets("C NOTIFY", "Z I");
    assertThat(one.until('A')).containsExactly(heard(other, "b", ""));
  }

  @Test
  void ownNotificationIsToldBehindADeferredBegin() {
    try (GatewayFixture deferred = gateway("deferred");
        SocketClient client = client(deferred)) {
      for (String channel : List.of("first", "second")) {
        client.sends("Q BEGIN").gets("C BEGIN", "Z T");
        client.sends("Q LISTEN " + channel).gets("C LISTEN", "Z T");
        client.sends("Q NOTIFY " + channel).gets("C NOTIFY", "Z T");
        client.sends("Q COMMIT").gets("C COMMIT", heard(client, channel, ""), "Z I");
      }
    }
  }

  /** As PostgreSQL does, by what a direct connection gets for the same. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "BEGIN; LISTEN a; NOTIFY a, '1'; NOTIFY a, '1'; NOTIFY a, '2'; COMMIT",
        "BEGIN; NOTIFY b, '1'; LISTEN a; LISTEN b; NOTIFY a, '2'; NOTIFY b, '3'; COMMIT",
        "BEGIN; LISTEN a; NOTIFY a; UNLISTEN a; COMMIT",
        "BEGIN; LISTEN a; UNLISTEN *; NOTIFY a; LISTEN a; COMMIT",
        "BEGIN; LISTEN a; NOTIFY a; ROLLBACK",
        "BEGIN; LISTEN a; NOTIFY a; SELECT 1/0; COMMIT#ROLLBACK",
        "BEGIN; SAVEPOINT s; LISTEN a; ROLLBACK TO s; NOTIFY a; COMMIT",
        "BEGIN; LISTEN a; SAVEPOINT s; NOTIFY a, '1'; ROLLBACK TO s; NOTIFY a, '2'; COMMIT",
        "LISTEN a#BEGIN; UNLISTEN a; NOTIFY a; COMMIT",
        "LISTEN a#BEGIN; UNLISTEN a; NOTIFY a; LISTEN a; COMMIT",
        "LISTEN a#BEGIN; UNLISTEN a; NOTIFY a; ROLLBACK#NOTIFY a, '2'",
        "LISTEN a#LISTEN a; NOTIFY a",
        "LISTEN a#NOTIFY a; LISTEN b; UNLISTEN a; NOTIFY b",
        "LISTEN a; NOTIFY a#DISCARD ALL#NOTIFY a#LISTEN a; NOTIFY a",
        "DO $$ BEGIN LISTEN a; NOTIFY a; END $$",
      })
  void sameIsToldAsByADirectConnection(String script) {
    try (SocketClient direct =
        SocketClient.login(TestPostgres.oldest().port(), database.name(), "public", Map.of())) {
      for (boolean heardElsewhere : new boolean[] {false, true}) {
        if (heardElsewhere) {
          other.query("LISTEN a; LISTEN b");
        }
        for (String message : script.split("#", -1)) {
          assertThat(own(one, message)).as(message).isEqualTo(own(direct, message));
        }
        one.query("UNLISTEN *");
        direct.query("UNLISTEN *");
      }
    }
  }

  /** A client's own notifications, and each ReadyForQuery. */
  private static List<String> own(SocketClient client, String message) {
    String sender = "A " + client.process();
    return client.query(message).stream()
        .filter(answer -> answer.startsWith(sender) || answer.startsWith("Z"))
        .map(answer -> answer.replace(sender, "A"))
        .toList();
  }

  /** Others send while the channel passes from the backend to the connection that listens. */
  @Test
  void nothingIsLostOrToldTwiceWhileAChannelIsTakenOver() throws Exception {
    String channel = "busy";
    try (Connection sender = database.connect();
        Statement statement = sender.createStatement()) {
      AtomicBoolean over = new AtomicBoolean();
      AtomicInteger last = new AtomicInteger();
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(
              () -> {
                while (!over.get()) {
                  notify(statement, channel, last.incrementAndGet());
                }
              });
      try {
        for (int i = 0; i < 8; i++) {
          int before = last.get();
          await().until(() -> last.get() > before);
          List<String> told =
              new ArrayList<>(one.query("LISTEN " + channel + "; NOTIFY busy, 'x'"));
          while (told.stream().filter(answer -> answer.startsWith("A")).count() < 20) {
            told.addAll(one.until('A'));
          }
          told.addAll(one.query("UNLISTEN *"));
          assertFollowing(told);
        }
      } finally {
        over.set(true);
        sending.join();
      }
    }
  }

  private static void notify(Statement statement, String channel, int number) {
    try {
      statement.execute("NOTIFY %s, '%d'".formatted(channel, number));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Each number stands behind the one before it, and the client's own is told once. */
  private void assertFollowing(List<String> told) {
    assertThat(told).containsOnlyOnce(heard(one, "busy", "x"));
    List<Integer> numbers =
        told.stream()
            .filter(answer -> answer.matches("A \\d+ busy \\d+"))
            .map(answer -> Integer.valueOf(answer.replaceAll(".* ", "")))
            .toList();
    for (int i = 1; i < numbers.size(); i++) {
      assertThat(numbers.get(i)).as("%s", numbers).isEqualTo(numbers.get(i - 1) + 1);
    }
  }
}
