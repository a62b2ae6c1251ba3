package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.testing.wire.Frame.last;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Clients of a pool with a single backend listen, and all others go on being served. */
class ListenIT {

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
        CREATE TABLE tenant_acme.t(i int);
        CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_notify('news', 'row ' || NEW.i); RETURN NEW; END $$;
        CREATE TRIGGER tell AFTER INSERT ON tenant_acme.t
          FOR EACH ROW EXECUTE FUNCTION public.tell();
        CREATE FUNCTION public.listening() RETURNS void LANGUAGE plpgsql AS
          $$ BEGIN EXECUTE 'LISTEN news'; END $$;
        """);
    gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of(
                "pool.mode", "transaction",
                "pool.size", "1",
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
    one = client();
    other = client();
  }

  @AfterEach
  void disconnect() {
    one.close();
    other.close();
  }

  private static SocketClient client() {
    return SocketClient.login(gateway.port(), database.name(), "tenant_acme,public", Map.of());
  }

  private static String heard(SocketClient sender, String channel, String payload) {
    return "A %d %s %s".formatted(sender.process(), channel, payload).strip();
  }

  @Test
  void listenerGetsWhatOthersSendWhileAllAreServed() throws Exception {
    one.sends("Q LISTEN news").gets("C LISTEN", "Z I");
    other.sends("Q NOTIFY news, 'a'").gets("C NOTIFY", "Z I");
    assertThat(one.until('A')).containsExactly(heard(other, "news", "a"));
    database.execute("NOTIFY news, 'direct'");
    assertThat(one.until('A').get(0)).matches("A \\d+ news direct");
    assertThat(PinIT.get(gateway, "/api/v1/sessions?pinned=true")).contains("[]");
  }

  @Test
  void ownNotificationComesBeforeTheAnswersEnd() {
    one.query("LISTEN news");
    String own = heard(one, "news", "x");
    one.sends("Q NOTIFY news, 'x'").gets("C NOTIFY", own, "Z I");
    one.sends("Q SELECT pg_notify('news', 'x')").gets("T", "D ", "C SELECT 1", own, "Z I");
    one.sends("P - NOTIFY news, 'x'", "B -", "E", "S").gets("1", "2", "C NOTIFY", own, "Z I");
    one.sends("Q INSERT INTO t VALUES (1)")
        .gets("C INSERT 0 1", heard(one, "news", "row 1"), "Z I");
    assertThat(one.query("BEGIN; NOTIFY news, 'x'")).endsWith("C NOTIFY", "Z T");
    one.sends("Q COMMIT").gets("C COMMIT", own, "Z I");
    assertThat(one.query("DO $$ BEGIN NOTIFY news, 'x'; END $$"))
        .containsExactlyInAnyOrder("C DO", own, "Z I")
        .endsWith("Z I");
    assertThat(one.query("BEGIN; NOTIFY news, 'x'; ROLLBACK")).noneMatch(a -> a.startsWith("A"));
  }

  /**
   * A single backend goes from one sender to the next at once, and each is told by its own name.
   */
  @Test
  void senderIsToldByWhatItKnowsItselfBy() {
    one.query("LISTEN news");
    try (SocketClient third = client()) {
      List<String> sent = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        other.sends("Q SELECT pg_notify('news', '%d')".formatted(i));
        third.sends("Q NOTIFY news, '%d'".formatted(i));
        other.until('Z');
        third.until('Z');
        sent.add(heard(other, "news", String.valueOf(i)));
        sent.add(heard(third, "news", String.valueOf(i)));
      }
      assertThat(one.until('A', 100)).containsExactlyInAnyOrderElementsOf(sent);
    }
  }

  @Test
  void notificationsWaitForTheTransactionsEnd() {
    one.query("LISTEN news");
    one.query("BEGIN");
    database.execute("NOTIFY news, '1'");
    database.execute("NOTIFY news, '2'");
    one.sends("Q SELECT 1").gets("T", "D 1", "C SELECT 1", "Z T");
    assertThat(one.query("ROLLBACK").stream().map(a -> a.replaceAll("A \\d+", "A")))
        .containsExactly("C ROLLBACK", "A news 1", "A news 2", "Z I");
  }

  @Test
  void notificationRightBehindTheAnswerIsNotMissed() {
    for (int i = 0; i < 30; i++) {
      String channel = "quick" + i;
      one.query("LISTEN " + channel);
      database.execute("NOTIFY " + channel);
      assertThat(one.until('A').get(0)).endsWith(channel);
    }
  }

  @Test
  void orderIsKeptAndNothingComesTwice() {
    one.query("LISTEN a; LISTEN b; LISTEN a");
    other.query("LISTEN b");
    List<String> sent = new ArrayList<>();
    List<String> sentToB = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      String channel = i % 3 == 0 ? "b" : "a";
      other.query("NOTIFY %s, '%d'".formatted(channel, i));
      sent.add(heard(other, channel, String.valueOf(i)));
      if (channel.equals("b")) {
        sentToB.add(sent.get(i));
      }
    }
    assertThat(one.until('A', 200)).isEqualTo(sent);
    one.sends("Q SELECT 1").gets("T", "D 1", "C SELECT 1", "Z I");
    assertThat(sentToB).hasSize(67);
  }

  /** Which channels a client listens on after a script, by what it hears. */
  private void assertListens(String script, String... channels) {
    one.query(script);
    List<String> expected = new ArrayList<>();
    for (String channel : new String[] {"a", "b", "c"}) {
      database.execute("NOTIFY " + channel);
      if (List.of(channels).contains(channel)) {
        expected.add("A " + channel);
      }
    }
    List<String> all = one.query("NOTIFY nobody; SELECT 1");
    assertThat(all.stream().filter(a -> a.startsWith("A")).map(a -> a.replaceAll("A \\d+", "A")))
        .as(script)
        .containsExactlyElementsOf(expected);
  }

  @Test
  void whatTookEffectIsListenedOn() {
    assertListens("BEGIN; LISTEN a; ROLLBACK");
    assertListens(
        "BEGIN; LISTEN a; SAVEPOINT s; LISTEN b; ROLLBACK TO s; LISTEN c; COMMIT", "a", "c");
    assertListens("UNLISTEN a; SELECT 1/0", "a", "c");
    assertListens("BEGIN; UNLISTEN a; ROLLBACK", "a", "c");
    assertListens("BEGIN; SAVEPOINT s; UNLISTEN *; ROLLBACK TO s; LISTEN b; COMMIT", "a", "b", "c");
    assertListens("UNLISTEN A; UNLISTEN nobody", "b", "c");
    assertListens("UNLISTEN b; LISTEN b", "b", "c");
    assertListens("LISTEN a; UNLISTEN a", "b", "c");
    assertListens("UNLISTEN *; LISTEN \"a\"", "a");
    assertListens("SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;");
    assertListens("LISTEN b", "b");
    assertListens("DISCARD ALL");
    assertListens("DO 'BEGIN LISTEN c; END'", "c");
    one.sends("P - UNLISTEN c", "B -", "E", "S").until('Z');
    assertListens("");
    one.sends("P l LISTEN a", "S", "B l", "E", "S").until('Z', 2);
    assertListens("", "a");
    one.sends("P u UNLISTEN *", "B u", "E", "P - SELECT 1/0", "B -");
    one.sends("E", "S").until('Z');
    assertListens("", "a");
    one.sends("B u", "E", "S").until('Z');
    assertListens("");
  }

  @Test
  void pipelinedMessagesFindTheListenDone() {
    one.sends("Q LISTEN news", "Q NOTIFY news, 'x'", "Q SELECT 1")
        .gets(
            "C LISTEN",
            "Z I",
            "C NOTIFY",
            heard(one, "news", "x"),
            "Z I",
            "T",
            "D 1",
            "C SELECT 1",
            "Z I");
    one.sends("Q BEGIN", "Q LISTEN b", "Q COMMIT", "Q SELECT 1");
    assertThat(one.until('Z', 4)).contains("C LISTEN", "C COMMIT", "D 1");
    one.sends("Q LISTEN c; COPY t FROM STDIN", "c").gets("C LISTEN", "G", "C COPY 0", "Z I");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LISTEN \"Quoted Name\"#NOTIFY \"Quoted Name\"",
        "LISTEN Folded#NOTIFY FOLDED",
        "LISTEN \"a\"\"b\"#NOTIFY \"a\"\"b\"",
        "LISTEN \"größe\"#NOTIFY \"größe\", 'ä€'",
        "LISTEN x23456789012345678901234567890123456789012345678901234567890123456789"
            + "#NOTIFY x23456789012345678901234567890123456789012345678901234567890123",
        "SELECT public.listening()#NOTIFY news, 'function'",
      })
  void channelIsFoundByItsName(String script) {
    String[] both = script.split("#", 2);
    one.query(both[0]);
    other.query(both[1]);
    assertThat(one.until('A')).hasSize(1);
  }

  @Test
  void namesAndPayloadsHaveTheClientsEncoding() {
    try (SocketClient latin =
        SocketClient.login(
            gateway.port(),
            database.name(),
            "tenant_acme,public",
            Map.of("client_encoding", "LATIN1"))) {
      latin.query("LISTEN news");
      database.execute("NOTIFY news, 'ä'");
      assertThat(last(latin.readUntil('A')).body()).endsWith((byte) 0xe4, (byte) 0);
    }
  }

  @Test
  void pinnedAndWaitingSessionsAreNotifiedWhileIdle() {
    one.query("LISTEN news");
    other.query("LISTEN news");
    one.query("CREATE TEMP TABLE own(i int)");
    other.sends("Q SELECT 'served'");
    database.execute("NOTIFY news");
    assertThat(one.until('A')).hasSize(1);
    assertThat(other.until('A')).hasSize(1);
    one.query("DROP TABLE own");
    assertThat(other.until('Z')).contains("D served");
  }

  @Test
  void driverKnowsItsOwnNotification() throws Exception {
    try (Connection connection = gateway.connect("acme");
        Statement statement = connection.createStatement()) {
      PGConnection driver = connection.unwrap(PGConnection.class);
      statement.execute("LISTEN news");
      statement.execute("NOTIFY news, 'x'");
      PGNotification[] own = driver.getNotifications();
      assertThat(own).hasSize(1);
      assertThat(own[0].getPID()).isEqualTo(driver.getBackendPID());
      connection.setAutoCommit(false);
      statement.execute("SELECT pg_notify('news', 'y')");
      assertThat(driver.getNotifications()).isEmpty();
      connection.commit();
      assertThat(driver.getNotifications()[0].getParameter()).isEqualTo("y");
    }
  }

  @Test
  void lostConnectionEndsThoseWhoListen() throws Exception {
    one.query("LISTEN news");
    other.query("SELECT 1");
    database.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND query ~ '^LISTEN \"'");
    assertThat(one.untilEnd()).isEqualTo("E 57P01");
    assertThat(other.value("SELECT 1")).isEqualTo("1");
    try (SocketClient again = client()) {
      again.query("LISTEN news");
      other.query("NOTIFY news, 'x'");
      assertThat(again.until('A')).containsExactly(heard(other, "news", "x"));
    }
  }

  @Test
  void lostConnectionLetsTheTransactionEnd() throws Exception {
    one.query("LISTEN news");
    one.query("BEGIN; INSERT INTO t VALUES (77)");
    database.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND query ~ '^LISTEN \"'");
    assertThat(one.query("COMMIT")).startsWith("C COMMIT");
    assertThat(one.untilEnd()).isEqualTo("E 57P01");
    assertThat(database.value("SELECT count(*) FROM tenant_acme.t WHERE i = 77")).isEqualTo("1");
  }

  @Test
  void clientThatTakesNothingIsEndedWithItsReason() throws Exception {
    one.query("LISTEN news");
    one.query("BEGIN");
    String payload = "x".repeat(7000);
    for (int i = 0; i < 14; i++) {
      database.execute(
          "SELECT pg_notify('news', g || '%s') FROM generate_series(1, 100) g".formatted(payload));
    }
    assertThat(one.untilEnd()).isEqualTo("E 54000");
  }

  @Test
  void noConnectionListensForNobody() throws Exception {
    one.query("LISTEN news");
    other.query("LISTEN others");
    String listening =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            + " AND query ~ '^(UN)?LISTEN \"'";
    assertThat(database.value(listening)).isEqualTo("1");
    one.query("UNLISTEN *");
    other.close();
    await().until(() -> "0".equals(database.value(listening)));
    one.query("LISTEN news");
    one.query("NOTIFY news");
  }

  @Test
  void refusingPoolListensAsWell() throws Exception {
    try (GatewayFixture strict =
            GatewayFixture.start(
                database,
                migrations,
                Map.of(
                    "pool.mode", "transaction",
                    "pool.size", "1",
                    "pool.unpoolable", "refuse",
                    "auth.method", "trust"));
        SocketClient client =
            SocketClient.login(strict.port(), database.name(), "tenant_acme", Map.of())) {
      client.sends("Q LISTEN news").gets("C LISTEN", "Z I");
      client.sends("Q NOTIFY news").gets("C NOTIFY", heard(client, "news", ""), "Z I");
    }
  }
}
