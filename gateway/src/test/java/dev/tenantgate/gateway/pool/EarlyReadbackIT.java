package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gateway reads back what a transaction has left in the same write as its end, where that end
 * is known. The client sees nothing of it, also where the transaction goes on after all.
 */
class EarlyReadbackIT {

  /** A part of the question that no client sends. */
  private static final String QUESTION = "pg_my_temp_schema() OPERATOR(pg_catalog.<>)";

  private static final int MOST_TRIES = 5;
  private static final String HIDDEN = "SELECT public.hid(1)";
  private static final String FAILING = "SELECT public.hid(1 / 0)";
  private static final List<String> NONE = List.of();
  private static final List<String> BEGUN = List.of("BEGIN", HIDDEN);

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static HeldAnswers network;
  private static GatewayFixture gateway;

  /**
   * Messages of a client.
   *
   * @param asked how often the question goes out with it
   * @param before exchanges that are answered first
   * @param messages sent as one write
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Case(String name, int asked, List<String> before, String... messages) {

    int readies() {
      int readies = 0;
      for (String message : messages) {
        readies += message.startsWith("Q") || message.equals("S") ? 1 : 0;
      }
      return readies;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static String query(String sql) {
    return "Q " + sql;
  }

  private static String run(String sql) {
    return "P - " + sql + " & B - & E";
  }

  static List<Case> cases() {
    return List.of(
        new Case("a query", 1, NONE, query(HIDDEN)),
        new Case("a query that fails", 1, NONE, query(FAILING)),
        new Case("a commit", 1, BEGUN, query("COMMIT")),
        new Case("a rollback", 1, BEGUN, query("ROLLBACK")),
        new Case("the end of a failed one", 1, List.of("BEGIN", HIDDEN, "x"), query("END")),
        new Case("several statements", 1, NONE, query("BEGIN; " + HIDDEN + "; COMMIT")),
        new Case("the same that fail", 1, NONE, query("BEGIN; " + FAILING + "; COMMIT")),
        new Case("a chain", 0, BEGUN, query("COMMIT AND CHAIN")),
        new Case("within a block", 0, List.of("BEGIN"), query(HIDDEN)),
        new Case(
            "to a savepoint", 0, List.of("BEGIN", "SAVEPOINT a", HIDDEN), query("ROLLBACK TO a")),
        new Case("a batch", 1, NONE, run(HIDDEN), "S"),
        new Case("a batch that fails", 1, NONE, run(FAILING), "S"),
        new Case("a batch with a whole one", 1, NONE, run("BEGIN"), run(HIDDEN), run("END"), "S"),
        new Case("a commit in a batch", 1, BEGUN, run("COMMIT"), "S"),
        new Case("a commit that is skipped", 1, BEGUN, run(FAILING), run("COMMIT"), "S"),
        new Case("a commit that is only bound", 0, BEGUN, "P - COMMIT", "B -", "S"),
        new Case("one behind another", 0, NONE, query(HIDDEN), query(HIDDEN)),
        new Case(
            "a deferred check that fails",
            1,
            List.of("BEGIN", "INSERT INTO public.late VALUES (1), (1)", HIDDEN),
            query("COMMIT")),
        new Case("copied data", 0, NONE, query("COPY public.trig FROM STDIN"), "d 1\n", "c"),
        new Case(
            "the same in a batch", 0, NONE, run("COPY public.trig FROM STDIN"), "d 1\n", "c", "S"),
        new Case(
            "copied data behind it",
            0,
            NONE,
            query(HIDDEN + "; COPY public.trig FROM STDIN"),
            "d 1\n",
            "c"),
        new Case("copied data out", 0, NONE, query("COPY (" + HIDDEN + ") TO STDOUT")));
  }

  @BeforeAll
  static void start() throws IOException {
    database = TestPostgres.oldest().newDatabase();
    database.execute(
        """
        CREATE SCHEMA tenant_acme;
        CREATE TABLE public.late(a int UNIQUE DEFERRABLE INITIALLY DEFERRED);
        CREATE FUNCTION public.hid(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
          PERFORM set_config('app.' || 'tenant', 'acme', false); RETURN n; END $$;
        CREATE FUNCTION public.trigged() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM public.hid(1); RETURN NEW; END $$;
        CREATE TABLE public.trig(a int);
        CREATE TRIGGER t BEFORE INSERT ON public.trig FOR EACH ROW
          EXECUTE FUNCTION public.trigged();
        """);
    network = new HeldAnswers(database.server().port());
    gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of(
                "pool.mode",
                "transaction",
                "pool.size",
                "1",
                "auth.method",
                "trust",
                "database.url",
                "postgresql://postgres@127.0.0.1:%d/%s?sslmode=disable"
                    .formatted(network.port(), database.name())));
  }

  @AfterAll
  static void stop() throws IOException {
    gateway.close();
    network.close();
    database.close();
  }

  private static SocketClient connect(int port) {
    return SocketClient.login(port, database.name(), "tenant_acme,public", Map.of());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theQuestionGoesWithTheEnd(Case given) {
    List<String> expected;
    try (SocketClient twin = connect(database.server().port())) {
      expected = answers(twin, given);
    }
    boolean arrived = false;
    for (int i = 0; i < MOST_TRIES && !arrived; i++) {
      try (SocketClient one = connect(gateway.port())) {
        for (String sql : given.before()) {
          one.query(sql);
        }
        network.hold();
        one.sends(given.messages());
        arrived = arrives(firstText(given));
        int asked = network.sent(QUESTION);
        network.letThrough();
        assertThat(rest(one, given)).isEqualTo(expected);
        assertThat(asked).isEqualTo(arrived ? given.asked() : 0);
      }
    }
    assertThat(arrived).isTrue();
    try (SocketClient next = connect(gateway.port())) {
      assertThat(next.value("SELECT current_setting('app.tenant', true)")).isIn("", "null");
    }
  }

  /** Not so while the backend has a question of the pool's to answer. */
  private static boolean arrives(String text) {
    try {
      await().atMost(Duration.ofSeconds(2)).until(() -> network.sent(text) > 0);
      return true;
    } catch (ConditionTimeoutException e) {
      return false;
    }
  }

  /** The text of the first message, a Query or a Parse without a name. */
  private static String firstText(Case given) {
    String message = given.messages()[0].split(" & ", 2)[0];
    return message.substring(message.startsWith("Q") ? 2 : 4);
  }

  private static List<String> answers(SocketClient client, Case given) {
    for (String sql : given.before()) {
      client.query(sql);
    }
    client.sends(given.messages());
    return rest(client, given);
  }

  private static List<String> rest(SocketClient client, Case given) {
    List<String> all = new ArrayList<>(client.until('Z', given.readies()));
    all.addAll(client.query("ROLLBACK"));
    all.addAll(client.query("SELECT coalesce(current_setting('app.tenant', true), '')"));
    all.removeIf(answer -> answer.startsWith("S ") || answer.startsWith("N"));
    return all;
  }
}
