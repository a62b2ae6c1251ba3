package dev.tenantgate.gateway.pool;

import java.util.List;

/** Conversations in which the server skips a message about a statement, or fails one. */
final class SkippedConversations {

  private SkippedConversations() {}

  /** Sent by itself, once so many ReadyForQuery have come for the last. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Write(int readies, String... messages) {}

  /** The messages of a client to either, and what they show. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Conversation(String shows, Write... writes) {}

  private static final String LONG = "SELECT 'long' /* " + "x".repeat(5_000) + " */";
  private static final String UNSEEN = "SELECT 'unseen' /* " + "x".repeat(1 << 20) + " */";

  private static final String FAILING = "P failing SELECT nonsense";
  private static final String A = "P - SELECT 'a'";
  private static final String B = "P - SELECT 'b'";
  private static final String C = "P - SELECT 'c'";

  private static final Write PREPARE_A = new Write(1, A, "S");
  private static final Write USE = new Write(1, "B -", "E", "S");
  private static final Write DEFINE = new Write(1, "P s1 SELECT 's1'", "S");
  private static final Write USE_NAMED = new Write(1, "B s1", "E", "S");

  /** A statement that fails when it is run, not before. */
  private static final Write DEFINE_DIVISION = new Write(1, "P div SELECT 1/0", "S");

  static final List<Conversation> ALL =
      List.of(
          new Conversation(
              "a name is taken, and the text is wrong besides",
              DEFINE,
              new Write(1, "P s1 SELECT * FROM nothing_there", "S"),
              new Write(1, "P s1 SELEC", "B s1", "E", "S"),
              new Write(1, "P s1 SELECT 2; SELECT 3", "S"),
              USE_NAMED),
          new Conversation(
              "a name is taken, and the text is right",
              DEFINE,
              PREPARE_A,
              new Write(1, "P s1 SELECT 2", "D S s1", "S"),
              new Write(1, "P s1 ", "S"),
              USE,
              USE_NAMED),
          new Conversation(
              "a name is taken in a transaction that has failed",
              DEFINE,
              new Write(1, "Q BEGIN"),
              new Write(1, "Q SELECT 1/0"),
              new Write(1, "P s1 SELECT 2", "S"),
              new Write(1, "P s1 SELEC", "S"),
              new Write(1, "P s1 ROLLBACK", "S"),
              new Write(1, "Q ROLLBACK"),
              USE_NAMED),
          new Conversation(
              "SQL's PREPARE takes a name that is taken",
              DEFINE,
              new Write(1, "Q PREPARE s1 AS SELECT * FROM nothing_there"),
              new Write(1, "Q PREPARE s1 AS SELECT 2"),
              new Write(1, "P - PREPARE s1 AS SELECT * FROM nothing_there", "S"),
              new Write(1, "P - PREPARE s1 AS SELECT 3", "B -", "E", "S"),
              USE_NAMED,
              new Write(1, "Q PREPARE s2 AS SELECT 4"),
              new Write(1, "P s2 SELECT * FROM nothing_there", "S"),
              new Write(1, "P s2 SELECT 5", "S"),
              new Write(1, "Q EXECUTE s2")),
          new Conversation(
              "SQL's PREPARE takes a name behind its DEALLOCATE",
              DEFINE,
              new Write(1, "Q DEALLOCATE s1; PREPARE s1 AS SELECT 6"),
              new Write(1, "Q EXECUTE s1"),
              new Write(1, "Q DEALLOCATE ALL"),
              DEFINE,
              new Write(1, "Q DEALLOCATE ALL; PREPARE s1 AS SELECT 7"),
              new Write(1, "Q EXECUTE s1"),
              new Write(1, "Q DEALLOCATE s1; PREPARE s1 AS SELECT nonsense"),
              new Write(1, "Q EXECUTE s1")),
          new Conversation(
              "a skipped Parse leaves the unnamed statement",
              PREPARE_A,
              new Write(1, FAILING, B, "S"),
              USE),
          new Conversation(
              "one that fails drops it, and those behind it are skipped",
              PREPARE_A,
              new Write(1, "P - SELECT nonsense", B, "S"),
              USE,
              new Write(1, C, "S"),
              USE),
          new Conversation(
              "a Parse behind an Execute that fails is skipped",
              DEFINE_DIVISION,
              PREPARE_A,
              new Write(1, "B div", "E", B, "B -", "E", "S"),
              USE),
          new Conversation(
              "one in front of it is not",
              DEFINE_DIVISION,
              PREPARE_A,
              new Write(1, B, "B div", "E", C, "S"),
              USE),
          new Conversation(
              "a Parse that fails behind an Execute isn't skipped",
              DEFINE,
              PREPARE_A,
              new Write(1, "B s1", "E", "P - SELECT nonsense", "S"),
              USE),
          new Conversation(
              "a Parse behind a Bind that fails is skipped",
              PREPARE_A,
              new Write(1, "B nobody", B, "S"),
              USE),
          new Conversation(
              "a Parse behind a Describe that fails is skipped",
              PREPARE_A,
              new Write(1, "D S nobody", B, "S"),
              USE,
              new Write(1, "D P nobody", B, "S"),
              USE),
          new Conversation(
              "a Parse that fails behind the Describe of a portal isn't skipped",
              DEFINE,
              PREPARE_A,
              new Write(1, "B s1", "D P -", "P - SELECT nonsense", "S"),
              USE),
          new Conversation(
              "of several the last that was done counts",
              DEFINE_DIVISION,
              PREPARE_A,
              new Write(1, B, "B -", "E", C, "B -", "D S -", "E", "B div", "E", A, B, "S"),
              USE),
          new Conversation(
              "a Flush changes nothing",
              PREPARE_A,
              new Write(0, FAILING, "H"),
              new Write(1, B, "H", "S"),
              USE),
          new Conversation(
              "what is sent behind the Sync already finds what was left",
              PREPARE_A,
              new Write(2, FAILING, B, "S", "B -", "E", "S"),
              USE),
          new Conversation(
              "and may leave another",
              PREPARE_A,
              new Write(3, FAILING, B, "S", C, "S", FAILING, B, "S"),
              USE),
          new Conversation(
              "a skipped Close leaves it",
              PREPARE_A,
              new Write(1, FAILING, "C S -", "S"),
              USE,
              new Write(1, "C S -", FAILING, "S"),
              USE),
          new Conversation(
              "a skipped Query leaves it, one that fails drops it",
              PREPARE_A,
              new Write(1, FAILING, "Q SELECT 1", "S"),
              USE,
              new Write(1, "Q SELECT nonsense"),
              USE),
          new Conversation(
              "a Query behind an Execute that fails is skipped, with all up to the Sync",
              DEFINE_DIVISION,
              PREPARE_A,
              new Write(1, "B div", "E", "Q SELECT 1", B, "Q SELECT 2", "S"),
              USE),
          new Conversation(
              "a Query in a batch that goes on drops it",
              DEFINE,
              PREPARE_A,
              new Write(2, "B s1", "E", "Q SELECT 1", "S"),
              USE),
          new Conversation(
              "a Parse behind a Query that fails isn't skipped",
              DEFINE,
              PREPARE_A,
              new Write(2, "B s1", "E", "Q SELECT nonsense", B, "S"),
              USE),
          new Conversation(
              "a Parse that fails in a failed transaction drops it",
              new Write(1, "P back ROLLBACK", "S"),
              new Write(1, "Q BEGIN"),
              PREPARE_A,
              new Write(1, FAILING, "S"),
              new Write(1, "B back", "E", "S"),
              USE,
              new Write(1, "Q BEGIN"),
              PREPARE_A,
              new Write(1, FAILING, B, "S"),
              new Write(1, C, "S"),
              new Write(1, "B back", "E", "S"),
              USE),
          new Conversation(
              "what is prepared in a transaction that is rolled back stays",
              new Write(1, "P begin BEGIN", "S"),
              new Write(1, "P back ROLLBACK", "S"),
              new Write(1, "B begin", "E", A, "B back", "E", "S"),
              USE,
              DEFINE_DIVISION,
              new Write(1, C, "P s1 SELECT 's1'", "B div", "E", "S"),
              USE,
              USE_NAMED),
          new Conversation(
              "a long text is kept, and left alone as well",
              new Write(1, "P - " + LONG, "S"),
              new Write(1, FAILING, B, "S"),
              USE,
              PREPARE_A,
              new Write(1, FAILING, "P - " + LONG, "S"),
              USE,
              new Write(1, FAILING, "P - " + UNSEEN, "S"),
              USE),
          new Conversation(
              "SQL runs what sets a parameter, and the session goes on",
              new Write(1, "P s1 SET work_mem TO '7MB'", "S"),
              new Write(1, "Q EXECUTE s1"),
              new Write(1, "Q SHOW work_mem"),
              new Write(1, "Q SELECT 1/0; DEALLOCATE s1"),
              new Write(2, "Q BEGIN", "Q EXECUTE s1"),
              new Write(2, "Q SELECT 2", "Q ROLLBACK")),
          new Conversation(
              "a question of the gateway's leaves it",
              new Write(1, "P - DO $$ BEGIN PERFORM 1; END $$", "B -", "E", "S"),
              USE,
              USE),
          new Conversation(
              "all statements are dropped, the unnamed one isn't",
              new Write(1, "P all DEALLOCATE ALL", "S"),
              DEFINE,
              PREPARE_A,
              new Write(1, "B all", "E", "S"),
              USE,
              USE_NAMED,
              new Write(1, "P all DISCARD ALL", "S"),
              PREPARE_A,
              new Write(1, "B all", "E", "S"),
              USE),
          new Conversation(
              "a skipped DEALLOCATE or DISCARD leaves all",
              new Write(1, "P one DEALLOCATE s1", "S"),
              new Write(1, "P all DISCARD ALL", "S"),
              DEFINE,
              PREPARE_A,
              new Write(1, FAILING, "B one", "E", "S"),
              new Write(1, FAILING, "B all", "E", "S"),
              new Write(1, FAILING, "Q DEALLOCATE s1", "S"),
              new Write(1, FAILING, "Q DISCARD ALL", "S"),
              USE,
              USE_NAMED),
          new Conversation(
              "a named statement is another only if the server has made it so",
              DEFINE,
              new Write(1, FAILING, "C S s1", "P s1 SELECT 'other'", "S"),
              USE_NAMED,
              new Write(1, "P s1 SELECT 'other'", "P s2 SELECT 2", "S"),
              USE_NAMED,
              new Write(1, "B s2", "E", "S"),
              new Write(1, "C S s1", "P s1 SELECT nonsense", "S"),
              USE_NAMED),
          new Conversation(
              "nothing is asked about a text that a batch before may have skipped",
              DEFINE,
              USE_NAMED,
              USE_NAMED,
              PREPARE_A,
              new Write(2, FAILING, B, "S", "B s1", "E", "S"),
              USE),
          new Conversation(
              "nor about one that it may have refused",
              DEFINE,
              USE_NAMED,
              USE_NAMED,
              PREPARE_A,
              new Write(2, "P - SELECT nonsense", "S", "B s1", "E", "S"),
              USE),
          new Conversation(
              "a very long text takes no name that there is",
              DEFINE,
              new Write(1, "P s1 " + UNSEEN, "S"),
              USE_NAMED),
          new Conversation(
              "two batches with the same name, the first of which fails",
              DEFINE,
              new Write(2, FAILING, "C S s1", "S", "P s1 SELECT 'other'", "B s1", "S"),
              USE_NAMED,
              new Write(2, "C S s1", FAILING, "S", "P s1 SELECT 'other'", "B s1", "S"),
              USE_NAMED),
          new Conversation(
              "a PREPARE is skipped, or the transaction that it ran in is rolled back",
              new Write(1, FAILING, "Q PREPARE q AS SELECT 'q'", "S"),
              new Write(1, "Q EXECUTE q"),
              new Write(1, "Q PREPARE q AS SELECT 'q'; SELECT 1/0"),
              new Write(1, "Q EXECUTE q"),
              new Write(1, "B q", "E", "S"),
              new Write(1, "Q BEGIN; SELECT 1/0; DEALLOCATE q"),
              new Write(1, "Q ROLLBACK"),
              new Write(1, "Q EXECUTE q")),
          new Conversation(
              "a Bind that is skipped makes no portal",
              DEFINE,
              DEFINE_DIVISION,
              new Write(1, "Q BEGIN"),
              new Write(1, "Q SAVEPOINT a"),
              new Write(1, "B s1", "B div", "E", "B s1", "S"),
              new Write(1, "Q ROLLBACK TO a"),
              new Write(1, "E", "S"),
              new Write(1, "Q ROLLBACK")),
          new Conversation(
              "a DEALLOCATE prepared without a name, and a Parse behind it that is skipped",
              DEFINE,
              new Write(1, "P - DEALLOCATE s1", "S"),
              new Write(1, FAILING, B, "S"),
              USE,
              USE_NAMED));
}
