package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.pool.PooledClient.bind;
import static dev.tenantgate.gateway.pool.PooledClient.close;
import static dev.tenantgate.gateway.pool.PooledClient.describe;
import static dev.tenantgate.gateway.pool.PooledClient.execute;
import static dev.tenantgate.gateway.pool.PooledClient.flush;
import static dev.tenantgate.gateway.pool.PooledClient.parse;
import static dev.tenantgate.gateway.pool.PooledClient.sync;
import static dev.tenantgate.gateway.session.RawClient.query;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A statement is prepared, closed or bound in a batch that has failed by then: the server skips
 * that, and the client has what it had. A Parse that fails itself drops the unnamed statement. Each
 * line is sent to another backend than the one before, and answered as on a connection of its own.
 */
class SkippedStatementsIT {

  /** Sent by itself, once so many ReadyForQuery have come for the last. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Write(int readies, byte[]... messages) {}

  /** What a client says to either, and what it shows. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Conversation(String shows, Write... writes) {}

  private static final String LONG = "SELECT 'long' /* " + "x".repeat(5_000) + " */";
  private static final String UNSEEN = "SELECT 'unseen' /* " + "x".repeat(1 << 20) + " */";

  private static final byte[] FAILING = parse("failing", "SELECT nonsense");
  private static final byte[] A = parse("", "SELECT 'a'");
  private static final byte[] B = parse("", "SELECT 'b'");
  private static final byte[] C = parse("", "SELECT 'c'");

  private static final Write PREPARE_A = new Write(1, A, sync());
  private static final Write USE = new Write(1, bind(""), execute(), sync());
  private static final Write DEFINE = new Write(1, parse("s1", "SELECT 's1'"), sync());
  private static final Write USE_NAMED = new Write(1, bind("s1"), execute(), sync());

  /** A statement that fails when it is run, not before. */
  private static final Write DEFINE_DIVISION = new Write(1, parse("div", "SELECT 1/0"), sync());

  private static final List<Conversation> CONVERSATIONS =
      List.of(
          new Conversation(
              "a name is taken, and the text is wrong besides",
              DEFINE,
              new Write(1, parse("s1", "SELECT * FROM nothing_there"), sync()),
              new Write(1, parse("s1", "SELEC"), bind("s1"), execute(), sync()),
              new Write(1, parse("s1", "SELECT 2; SELECT 3"), sync()),
              USE_NAMED),
          new Conversation(
              "a name is taken, and the text is right",
              DEFINE,
              PREPARE_A,
              new Write(1, parse("s1", "SELECT 2"), describe("s1"), sync()),
              new Write(1, parse("s1", ""), sync()),
              USE,
              USE_NAMED),
          new Conversation(
              "a name is taken in a transaction that has failed",
              DEFINE,
              new Write(1, query("BEGIN")),
              new Write(1, query("SELECT 1/0")),
              new Write(1, parse("s1", "SELECT 2"), sync()),
              new Write(1, parse("s1", "SELEC"), sync()),
              new Write(1, parse("s1", "ROLLBACK"), sync()),
              new Write(1, query("ROLLBACK")),
              USE_NAMED),
          new Conversation(
              "SQL's PREPARE takes a name that is taken",
              DEFINE,
              new Write(1, query("PREPARE s1 AS SELECT * FROM nothing_there")),
              new Write(1, query("PREPARE s1 AS SELECT 2")),
              new Write(1, parse("", "PREPARE s1 AS SELECT * FROM nothing_there"), sync()),
              new Write(1, parse("", "PREPARE s1 AS SELECT 3"), bind(""), execute(), sync()),
              USE_NAMED,
              new Write(1, query("PREPARE s2 AS SELECT 4")),
              new Write(1, parse("s2", "SELECT * FROM nothing_there"), sync()),
              new Write(1, parse("s2", "SELECT 5"), sync()),
              new Write(1, query("EXECUTE s2"))),
          new Conversation(
              "SQL's PREPARE takes a name behind its DEALLOCATE",
              DEFINE,
              new Write(1, query("DEALLOCATE s1; PREPARE s1 AS SELECT 6")),
              new Write(1, query("EXECUTE s1")),
              new Write(1, query("DEALLOCATE ALL")),
              DEFINE,
              new Write(1, query("DEALLOCATE ALL; PREPARE s1 AS SELECT 7")),
              new Write(1, query("EXECUTE s1")),
              new Write(1, query("DEALLOCATE s1; PREPARE s1 AS SELECT nonsense")),
              new Write(1, query("EXECUTE s1"))),
          new Conversation(
              "a skipped Parse leaves the unnamed statement",
              PREPARE_A,
              new Write(1, FAILING, B, sync()),
              USE),
          new Conversation(
              "one that fails drops it, and those behind it are skipped",
              PREPARE_A,
              new Write(1, parse("", "SELECT nonsense"), B, sync()),
              USE,
              new Write(1, C, sync()),
              USE),
          new Conversation(
              "a Parse behind an Execute that fails is skipped",
              DEFINE_DIVISION,
              PREPARE_A,
              new Write(1, bind("div"), execute(), B, bind(""), execute(), sync()),
              USE),
          new Conversation(
              "one in front of it is not",
              DEFINE_DIVISION,
              PREPARE_A,
              new Write(1, B, bind("div"), execute(), C, sync()),
              USE),
          new Conversation(
              "a Parse that fails behind an Execute isn't skipped",
              DEFINE,
              PREPARE_A,
              new Write(1, bind("s1"), execute(), parse("", "SELECT nonsense"), sync()),
              USE),
          new Conversation(
              "a Parse behind a Bind that fails is skipped",
              PREPARE_A,
              new Write(1, bind("nobody"), B, sync()),
              USE),
          new Conversation(
              "a Parse behind a Describe that fails is skipped",
              PREPARE_A,
              new Write(1, describe("nobody"), B, sync()),
              USE,
              new Write(1, describePortal("nobody"), B, sync()),
              USE),
          new Conversation(
              "a Parse that fails behind the Describe of a portal isn't skipped",
              DEFINE,
              PREPARE_A,
              new Write(1, bind("s1"), describePortal(""), parse("", "SELECT nonsense"), sync()),
              USE),
          new Conversation(
              "of several the last that was done counts",
              DEFINE_DIVISION,
              PREPARE_A,
              new Write(
                  1,
                  B,
                  bind(""),
                  execute(),
                  C,
                  bind(""),
                  describe(""),
                  execute(),
                  bind("div"),
                  execute(),
                  A,
                  B,
                  sync()),
              USE),
          new Conversation(
              "a Flush changes nothing",
              PREPARE_A,
              new Write(0, FAILING, flush()),
              new Write(1, B, flush(), sync()),
              USE),
          new Conversation(
              "what is sent behind the Sync already finds what was left",
              PREPARE_A,
              new Write(2, FAILING, B, sync(), bind(""), execute(), sync()),
              USE),
          new Conversation(
              "and may leave another",
              PREPARE_A,
              new Write(3, FAILING, B, sync(), C, sync(), FAILING, B, sync()),
              USE),
          new Conversation(
              "a skipped Close leaves it",
              PREPARE_A,
              new Write(1, FAILING, close(""), sync()),
              USE,
              new Write(1, close(""), FAILING, sync()),
              USE),
          new Conversation(
              "a skipped Query leaves it, one that fails drops it",
              PREPARE_A,
              new Write(1, FAILING, query("SELECT 1"), sync()),
              USE,
              new Write(1, query("SELECT nonsense")),
              USE),
          new Conversation(
              "a Query behind an Execute that fails is skipped, with all up to the Sync",
              DEFINE_DIVISION,
              PREPARE_A,
              new Write(1, bind("div"), execute(), query("SELECT 1"), B, query("SELECT 2"), sync()),
              USE),
          new Conversation(
              "a Query in a batch that goes on drops it",
              DEFINE,
              PREPARE_A,
              new Write(2, bind("s1"), execute(), query("SELECT 1"), sync()),
              USE),
          new Conversation(
              "a Parse behind a Query that fails isn't skipped",
              DEFINE,
              PREPARE_A,
              new Write(2, bind("s1"), execute(), query("SELECT nonsense"), B, sync()),
              USE),
          new Conversation(
              "a Parse that fails in a failed transaction drops it",
              new Write(1, parse("back", "ROLLBACK"), sync()),
              new Write(1, query("BEGIN")),
              PREPARE_A,
              new Write(1, FAILING, sync()),
              new Write(1, bind("back"), execute(), sync()),
              USE,
              new Write(1, query("BEGIN")),
              PREPARE_A,
              new Write(1, FAILING, B, sync()),
              new Write(1, C, sync()),
              new Write(1, bind("back"), execute(), sync()),
              USE),
          new Conversation(
              "what is prepared in a transaction that is rolled back stays",
              new Write(1, parse("begin", "BEGIN"), sync()),
              new Write(1, parse("back", "ROLLBACK"), sync()),
              new Write(1, bind("begin"), execute(), A, bind("back"), execute(), sync()),
              USE,
              DEFINE_DIVISION,
              new Write(1, C, parse("s1", "SELECT 's1'"), bind("div"), execute(), sync()),
              USE,
              USE_NAMED),
          new Conversation(
              "a long text is kept, and left alone as well",
              new Write(1, parse("", LONG), sync()),
              new Write(1, FAILING, B, sync()),
              USE,
              PREPARE_A,
              new Write(1, FAILING, parse("", LONG), sync()),
              USE,
              new Write(1, FAILING, parse("", UNSEEN), sync()),
              USE),
          new Conversation(
              "SQL runs what sets a parameter, and the session goes on",
              new Write(1, parse("s1", "SET work_mem TO '7MB'"), sync()),
              new Write(1, query("EXECUTE s1")),
              new Write(1, query("SHOW work_mem")),
              new Write(1, query("SELECT 1/0; DEALLOCATE s1")),
              new Write(2, query("BEGIN"), query("EXECUTE s1")),
              new Write(2, query("SELECT 2"), query("ROLLBACK"))),
          new Conversation(
              "a question of the gateway's leaves it",
              new Write(1, parse("", "DO $$ BEGIN PERFORM 1; END $$"), bind(""), execute(), sync()),
              USE,
              USE),
          new Conversation(
              "all statements are dropped, the unnamed one isn't",
              new Write(1, parse("all", "DEALLOCATE ALL"), sync()),
              DEFINE,
              PREPARE_A,
              new Write(1, bind("all"), execute(), sync()),
              USE,
              USE_NAMED,
              new Write(1, parse("all", "DISCARD ALL"), sync()),
              PREPARE_A,
              new Write(1, bind("all"), execute(), sync()),
              USE),
          new Conversation(
              "a skipped DEALLOCATE or DISCARD leaves all",
              new Write(1, parse("one", "DEALLOCATE s1"), sync()),
              new Write(1, parse("all", "DISCARD ALL"), sync()),
              DEFINE,
              PREPARE_A,
              new Write(1, FAILING, bind("one"), execute(), sync()),
              new Write(1, FAILING, bind("all"), execute(), sync()),
              new Write(1, FAILING, query("DEALLOCATE s1"), sync()),
              new Write(1, FAILING, query("DISCARD ALL"), sync()),
              USE,
              USE_NAMED),
          new Conversation(
              "a named statement is another only if the server has made it so",
              DEFINE,
              new Write(1, FAILING, close("s1"), parse("s1", "SELECT 'other'"), sync()),
              USE_NAMED,
              new Write(1, parse("s1", "SELECT 'other'"), parse("s2", "SELECT 2"), sync()),
              USE_NAMED,
              new Write(1, bind("s2"), execute(), sync()),
              new Write(1, close("s1"), parse("s1", "SELECT nonsense"), sync()),
              USE_NAMED),
          new Conversation(
              "nothing is asked about a text that a batch before may have skipped",
              DEFINE,
              USE_NAMED,
              USE_NAMED,
              PREPARE_A,
              new Write(2, FAILING, B, sync(), bind("s1"), execute(), sync()),
              USE),
          new Conversation(
              "nor about one that it may have refused",
              DEFINE,
              USE_NAMED,
              USE_NAMED,
              PREPARE_A,
              new Write(2, parse("", "SELECT nonsense"), sync(), bind("s1"), execute(), sync()),
              USE),
          new Conversation(
              "a very long text takes no name that there is",
              DEFINE,
              new Write(1, parse("s1", UNSEEN), sync()),
              USE_NAMED),
          new Conversation(
              "two batches with the same name, the first of which fails",
              DEFINE,
              new Write(
                  2,
                  FAILING,
                  close("s1"),
                  sync(),
                  parse("s1", "SELECT 'other'"),
                  bind("s1"),
                  sync()),
              USE_NAMED,
              new Write(
                  2,
                  close("s1"),
                  FAILING,
                  sync(),
                  parse("s1", "SELECT 'other'"),
                  bind("s1"),
                  sync()),
              USE_NAMED),
          new Conversation(
              "a PREPARE is skipped, or the transaction that it ran in is rolled back",
              new Write(1, FAILING, query("PREPARE q AS SELECT 'q'"), sync()),
              new Write(1, query("EXECUTE q")),
              new Write(1, query("PREPARE q AS SELECT 'q'; SELECT 1/0")),
              new Write(1, query("EXECUTE q")),
              new Write(1, bind("q"), execute(), sync()),
              new Write(1, query("BEGIN; SELECT 1/0; DEALLOCATE q")),
              new Write(1, query("ROLLBACK")),
              new Write(1, query("EXECUTE q"))),
          new Conversation(
              "a Bind that is skipped makes no portal",
              DEFINE,
              DEFINE_DIVISION,
              new Write(1, query("BEGIN")),
              new Write(1, query("SAVEPOINT a")),
              new Write(1, bind("s1"), bind("div"), execute(), bind("s1"), sync()),
              new Write(1, query("ROLLBACK TO a")),
              new Write(1, execute(), sync()),
              new Write(1, query("ROLLBACK"))),
          new Conversation(
              "a DEALLOCATE prepared without a name, and a Parse behind it that is skipped",
              DEFINE,
              new Write(1, parse("", "DEALLOCATE s1"), sync()),
              new Write(1, FAILING, B, sync()),
              USE,
              USE_NAMED));

  @TempDir static Path migrations;

  @ParameterizedTest
  @CsvSource({"session, true", "session, false", "transaction, true", "transaction, false"})
  void isAnsweredAsTheServerWould(String mode, boolean latest) throws Exception {
    TestPostgres server = latest ? TestPostgres.latest() : TestPostgres.oldest();
    try (TestDatabase database = server.newDatabase()) {
      database.execute("CREATE SCHEMA tenant_acme");
      try (GatewayFixture gateway =
          GatewayFixture.start(
              database,
              migrations,
              Map.of("pool.mode", mode, "pool.size", "2", "auth.method", "trust"))) {
        SoftAssertions all = new SoftAssertions();
        for (Conversation conversation : CONVERSATIONS) {
          List<String> expected;
          try (PooledClient twin = client(server.port(), database)) {
            expected = answers(twin, conversation, () -> {});
          }
          List<String> answers;
          try (PooledClient client = client(gateway.port(), database)) {
            answers =
                mode.equals("session")
                    ? answers(client, conversation, () -> {})
                    : answersOfChangingBackends(client, conversation, gateway, database);
          }
          all.assertThat(answers).as(conversation.shows()).isEqualTo(expected);
        }
        all.assertAll();
      }
    }
  }

  /** Two others have one of the two backends in turn, and leave an unnamed statement there. */
  private static List<String> answersOfChangingBackends(
      PooledClient client, Conversation conversation, GatewayFixture gateway, TestDatabase database)
      throws IOException {
    try (PooledClient one = client(gateway.port(), database);
        PooledClient other = client(gateway.port(), database)) {
      one.query("BEGIN");
      PooledClient[] holders = {one, other};
      return answers(
          client,
          conversation,
          () -> {
            holders[1].query("BEGIN");
            holders[0].send(parse("", "COMMIT"), bind(""), execute(), sync()).until('Z', 1);
            PooledClient holder = holders[1];
            holders[1] = holders[0];
            holders[0] = holder;
          });
    }
  }

  private interface Between {
    void run() throws IOException;
  }

  private static PooledClient client(int port, TestDatabase database) throws IOException {
    return new PooledClient(port, database.name(), "tenant_acme", Map.of());
  }

  /** And those of the next query, which shows that the session goes on. */
  private static List<String> answers(
      PooledClient client, Conversation conversation, Between between) throws IOException {
    List<String> answers = new ArrayList<>();
    try {
      boolean keeps = false;
      for (Write write : conversation.writes()) {
        List<String> next = client.send(write.messages()).until('Z', write.readies());
        answers.addAll(next);
        keeps |= mayPin(write);
        if (!keeps && !next.isEmpty() && next.get(next.size() - 1).equals("Z I")) {
          between.run();
        }
      }
      answers.addAll(client.query("SHOW search_path"));
    } catch (EOFException e) {
      answers.add("closed");
    }
    answers.removeIf(answer -> answer.startsWith("N ") || answer.startsWith("S "));
    return answers;
  }

  private static boolean mayPin(Write write) {
    for (byte[] message : write.messages()) {
      if (message.length > 1 << 20 || new String(message, ISO_8859_1).contains("PREPARE ")) {
        return true;
      }
    }
    return false;
  }

  private static byte[] describePortal(String name) {
    byte[] message = describe(name);
    message[5] = 'P';
    return message;
  }
}
