package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.pool.PooledClient.bind;
import static dev.tenantgate.gateway.pool.PooledClient.close;
import static dev.tenantgate.gateway.pool.PooledClient.describe;
import static dev.tenantgate.gateway.pool.PooledClient.execute;
import static dev.tenantgate.gateway.pool.PooledClient.flush;
import static dev.tenantgate.gateway.pool.PooledClient.parse;
import static dev.tenantgate.gateway.pool.PooledClient.sync;
import static dev.tenantgate.gateway.session.RawClient.query;

import java.util.List;

/** Conversations in which the server skips a message about a statement, or fails one. */
final class SkippedConversations {

  private SkippedConversations() {}

  /** Sent by itself, once so many ReadyForQuery have come for the last. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Write(int readies, byte[]... messages) {}

  /** The messages of a client to either, and what they show. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Conversation(String shows, Write... writes) {}

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

  static final List<Conversation> ALL =
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

  private static byte[] describePortal(String name) {
    byte[] message = describe(name);
    message[5] = 'P';
    return message;
  }
}
