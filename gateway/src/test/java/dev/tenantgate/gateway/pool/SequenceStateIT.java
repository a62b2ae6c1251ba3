package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code currval} and {@code lastval} give a client what its own statements left, or an error, and
 * never what another's did. Each test has a user, and so a pool, of its own.
 */
class SequenceStateIT {

  private static final String INSERT = "INSERT INTO public.orders(who) VALUES ('x')";
  private static final String RETURNING = INSERT + " RETURNING id";
  private static final String LAST = "SELECT lastval()";
  private static final String CURRENT = "SELECT currval('public.orders_id_seq')";

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture one;
  private static GatewayFixture two;
  private static GatewayFixture refusing;
  private static int users;
  private String user = "";

  @BeforeAll
  static void start() {
    database = TestPostgres.oldest().newDatabase();
    database.execute(
        """
        CREATE SCHEMA tenant_acme;
        CREATE TABLE public.orders(id serial, who text);
        CREATE TABLE public.invoices(id serial, who text);
        CREATE TABLE public.plain(who text);
        CREATE FUNCTION public.last_order() RETURNS bigint LANGUAGE sql
          AS $$ SELECT currval('public.orders_id_seq') $$;
        CREATE FUNCTION public.make_order() RETURNS bigint LANGUAGE plpgsql
          AS $$ BEGIN INSERT INTO public.orders(who) VALUES ('f'); RETURN lastval(); END $$;
        """);
    one = gateway("1", "pin");
    two = gateway("2", "pin");
    refusing = gateway("1", "refuse");
  }

  private static GatewayFixture gateway(String size, String unpoolable) {
    return GatewayFixture.start(
        database,
        migrations,
        Map.of(
            "pool.mode",
            "transaction",
            "pool.size",
            size,
            "pool.unpoolable",
            unpoolable,
            "auth.method",
            "trust"));
  }

  @AfterAll
  static void stop() {
    one.close();
    two.close();
    refusing.close();
    for (int i = 1; i <= users; i++) {
      database.execute("DROP ROLE sequence_user_" + i);
    }
    database.close();
  }

  private SocketClient client(GatewayFixture gateway) {
    if (user.isEmpty()) {
      user = "sequence_user_" + ++users;
      database.execute("CREATE ROLE " + user + " SUPERUSER LOGIN");
    }
    return SocketClient.login(gateway.port(), database.name(), "tenant_acme", Map.of("user", user));
  }

  private static List<String> extended(SocketClient client, String name, String sql) {
    return client.sends("P " + name + " " + sql, "B " + name, "E", "S").until('Z');
  }

  private static String newest() {
    return String.valueOf(database.value("SELECT max(id) FROM public.orders"));
  }

  @ParameterizedTest
  @ValueSource(strings = {LAST, CURRENT, "select Pg_Catalog.LASTVAL ( )"})
  void anInsertAndTheReadBehindItAreOneClients(String read) throws Exception {
    try (SocketClient other = client(one);
        SocketClient client = client(one)) {
      other.query(INSERT);
      String own = client.value(RETURNING);
      assertThat(client.value(read)).isEqualTo(own);
      // From now on it has the only backend: another waits, whatever it does.
      other.sends("Q " + INSERT);
      await().until(() -> PoolBoundsIT.waiting(one) == 1);
      own = client.value(RETURNING);
      assertThat(client.value(read)).isEqualTo(own);
      assertThat(PoolBoundsIT.waiting(one)).isEqualTo(1);
      client.sends("X");
      assertThat(other.until('Z')).contains("C INSERT 0 1");
    }
  }

  @Test
  void theSameWithPreparedStatements() {
    try (SocketClient other = client(one);
        SocketClient client = client(one)) {
      extended(other, "i", INSERT);
      String own = SocketClient.value(extended(client, "i", RETURNING));
      assertThat(SocketClient.value(extended(client, "l", LAST))).isEqualTo(own);
      for (int i = 0; i < 2; i++) {
        own = SocketClient.value(bound(client, "i"));
        assertThat(SocketClient.value(bound(client, "l"))).isEqualTo(own);
      }
    }
  }

  @Test
  void whatWasPreparedBeforeIsLookedAtWhenItIsBound() {
    try (SocketClient other = client(one);
        SocketClient client = client(one)) {
      client.sends("P i " + INSERT, "S").until('Z');
      bound(client, "i");
      other.query(INSERT);
      client.query("BEGIN");
      bound(client, "i");
      String own = newestIn(client);
      assertThat(SocketClient.value(extended(client, "l", LAST))).isEqualTo(own);
      client.query("COMMIT");
    }
  }

  private static String newestIn(SocketClient client) {
    return client.value("SELECT max(id) FROM public.orders");
  }

  private static List<String> bound(SocketClient client, String name) {
    return client.sends("B " + name, "E", "S").until('Z');
  }

  @Test
  void inOneTransactionTheLastValueIsItsOwnHoweverLateItIsRead() {
    try (SocketClient other = client(one);
        SocketClient client = client(one)) {
      for (int i = 0; i < 3; i++) {
        other.query(INSERT);
        client.query(INSERT);
      }
      other.query(INSERT);
      client.query("BEGIN");
      String own = client.value(RETURNING);
      assertThat(client.value(LAST)).isEqualTo(own);
      client.query("COMMIT");
      assertThat(client.value(LAST)).isEqualTo(own);
    }
  }

  @Test
  void inOneTransactionTheSameInTheExtendedProtocol() {
    try (SocketClient other = client(one);
        SocketClient client = client(one)) {
      extended(client, "i", INSERT);
      extended(other, "i", INSERT);
      extended(client, "", "BEGIN");
      String own = SocketClient.value(extended(client, "", RETURNING));
      assertThat(SocketClient.value(extended(client, "l", LAST))).isEqualTo(own);
      extended(client, "", "COMMIT");
    }
  }

  @Test
  void inOneMessage() {
    try (SocketClient other = client(one);
        SocketClient client = client(one)) {
      client.query(INSERT);
      other.query(INSERT);
      assertThat(client.value(INSERT + "; " + LAST)).isEqualTo(newest());
    }
  }

  @Test
  void whatCannotBeKnownIsAnErrorOnce() {
    try (SocketClient other = client(one);
        SocketClient client = client(one)) {
      client.query(INSERT);
      other.query(INSERT);
      other.query(INSERT);
      for (String read : List.of(LAST, CURRENT)) {
        client.sends("Q " + read).gets("E 55000", "Z I");
      }
      String own = client.value(RETURNING);
      assertThat(client.value(CURRENT)).isEqualTo(own);
      assertThat(client.value(LAST)).isEqualTo(own);
    }
  }

  /** One that doesn't advance, and one of another sequence, leave nothing to be read. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "SELECT 2; INSERT INTO public.plain VALUES ('x')",
        "BEGIN; INSERT INTO public.plain VALUES ('x')",
        "SELECT 2; SELECT setval('public.invoices_id_seq', 77)",
        "BEGIN; SELECT setval('public.invoices_id_seq', 77)",
        "SELECT 2; SELECT 1",
        "BEGIN; SELECT 1",
        "BEGIN; SAVEPOINT a"
      })
  void nothingOfOthersIsEverRead(String begin, String before) {
    try (SocketClient other = client(one);
        SocketClient client = client(one)) {
      other.query(INSERT);
      other.query("INSERT INTO public.invoices(who) VALUES ('x')");
      client.query(begin);
      client.query(before);
      assertThat(client.query(LAST)).contains("E 55000");
    }
  }

  @Test
  void whatWasRolledBackToASavepointWasAdvancedAllTheSame() {
    try (SocketClient other = client(one);
        SocketClient client = client(one)) {
      client.query(INSERT);
      other.query(INSERT);
      client.query("BEGIN");
      client.query("SAVEPOINT a");
      client.query(INSERT);
      client.query("ROLLBACK TO a");
      assertThat(client.value(LAST))
          .isEqualTo(client.value("SELECT last_value FROM public.orders_id_seq"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        CURRENT,
        "SELECT currval('public.orders_id_seq'::regclass)",
        "SELECT CURRVAL(pg_get_serial_sequence('\"public\".\"orders\"', 'id'))",
        "INSERT INTO public.plain VALUES (currval('public.orders_id_seq')) RETURNING who"
      })
  void currvalOfTheTransactionsOwnSequenceIs(String read) {
    try (SocketClient other = client(one);
        SocketClient client = client(one)) {
      client.query(INSERT);
      other.query(INSERT);
      client.query("BEGIN");
      String own = client.value(RETURNING);
      assertThat(client.value(read)).isEqualTo(own);
      client.query("COMMIT");
      assertThat(client.value(LAST)).isEqualTo(own);
    }
  }

  @Test
  void currvalOfAnotherSequenceIsNotOthers() {
    try (SocketClient other = client(one);
        SocketClient client = client(one)) {
      client.query(INSERT);
      other.query("INSERT INTO public.invoices(who) VALUES ('x')");
      client.query("BEGIN");
      client.query(INSERT);
      assertThat(client.query("SELECT currval('public.invoices_id_seq')")).contains("E 55000");
      client.query("ROLLBACK");
      client.query(INSERT);
      assertThat(client.value(CURRENT)).isEqualTo(newest());
      assertThat(client.query("SELECT currval('public.invoices_id_seq')")).contains("E 55000");
    }
  }

  @Test
  void onceOneHasReadTheOthersAreExpectedTo() {
    try (SocketClient first = client(two)) {
      first.query(INSERT);
      first.value(LAST);
    }
    try (SocketClient client = client(two);
        SocketClient other = client(two)) {
      String own = client.value(RETURNING);
      String others = other.value(RETURNING);
      assertThat(client.value(LAST)).isEqualTo(own);
      assertThat(other.value(LAST)).isEqualTo(others);
    }
  }

  @Test
  void functionsThatReadAreLikeThoseWhoCallThem() {
    try (SocketClient other = client(one);
        SocketClient client = client(one)) {
      other.query(INSERT);
      assertThat(client.query("SELECT public.last_order()")).contains("E 55000");
      assertThat(client.value("SELECT public.make_order()")).isEqualTo(newest());
      assertThat(client.value("SELECT public.last_order()")).isEqualTo(newest());
    }
  }

  @Test
  void whoOnlyAdvancesSharesItsBackend() {
    try (SocketClient client = client(one);
        SocketClient other = client(one)) {
      for (int i = 0; i < 5; i++) {
        assertThat(client.query(INSERT)).contains("C INSERT 0 1");
        assertThat(extended(other, "i" + i, INSERT)).contains("C INSERT 0 1");
        assertThat(other.query("SELECT nextval('public.orders_id_seq')")).contains("C SELECT 1");
      }
    }
  }

  @Test
  void aPinnedReaderIsUnpinnedByDiscardAll() {
    try (SocketClient client = client(one);
        SocketClient other = client(one)) {
      client.query(INSERT);
      client.value(LAST);
      client.query("DISCARD ALL");
      assertThat(other.query("SELECT 1")).contains("C SELECT 1");
      assertThat(client.query(LAST)).contains("E 55000");
    }
  }

  @Test
  void readingIsRefusedWhereThatIsAskedFor() {
    try (SocketClient client = client(refusing)) {
      client.query(INSERT);
      for (String read : List.of(LAST, CURRENT, "SELECT public.last_order()")) {
        assertThat(client.query(read)).as(read).containsExactly("E 0A000", "Z I");
        assertThat(extended(client, "", read)).as(read).containsExactly("E 0A000", "Z I");
      }
      assertThat(client.value(RETURNING)).isEqualTo(newest());
    }
  }
}
