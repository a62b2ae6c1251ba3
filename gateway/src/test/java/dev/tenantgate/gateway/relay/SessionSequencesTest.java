package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.config.PoolSettings.Unpoolable;
import dev.tenantgate.gateway.routines.RoutinesSql;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;

/**
 * {@link SessionSequences}: a client reads what its own statements left, or gets an error; by
 * {@link SequenceEvidence} where only the server can tell.
 */
class SessionSequencesTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String[] WITHIN = {"T", "D 1", "C SELECT 1", "Z T"};
  private static final String NEXT = "Q select nextval('s')";
  private static final String CURRENT = "Q select currval('s')";
  private static final String LAST = "Q select lastval()";

  /** Others' state is cleared in front of it. */
  private static void clears(ScriptedClient client, String message, String... answers) {
    client.sends(message).server().sees("Q DISCARD SEQUENCES", message);
    client.server().says("C DISCARD SEQUENCES", "Z I").says(answers);
    client.gets(answers);
  }

  private static void isPinned(Wire wire, boolean value) {
    ScriptedClient other = wire.client("globex");
    other.sends("Q select 1");
    if (value) {
      wire.server().seesNothing();
      other.leaves();
    } else {
      other.server().sees("Q select 1").says(SELECTED);
      other.gets(SELECTED);
    }
  }

  /** A refusal because what it would read may be another client's. */
  private static void isRefused(ScriptedClient client, String message, String status) {
    client.sends(message).server().sees("Q REFUSED").says("E REFUSED", "Z " + status);
    client.gets("E 55000 currval() and lastval() aren't known of sequences", "Z " + status);
  }

  @WireTest(Mode.TRANSACTION)
  void whoOnlyAdvancesIsNotPinned(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs(NEXT, SELECTED);
    isPinned(wire, false);
    acme.runs("Q insert into t default values", "C INSERT 0 1", "Z I");
    isPinned(wire, false);
  }

  @WireTest(Mode.TRANSACTION)
  void firstThatAdvancesClearsWhatOthersHaveLeft(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.runs(NEXT, SELECTED);
    clears(globex, NEXT, SELECTED);
    acme.runs(NEXT, SELECTED); // once for each client
    globex.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void whoReadsIsPinned(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs(NEXT, SELECTED);
    acme.runs(CURRENT, SELECTED);
    isPinned(wire, true);
    acme.runs(LAST, SELECTED);
    acme.sends("Q discard all").server().sees("Q discard all").keepsStatements(0);
    acme.server().hasDefault("search_path").says("C DISCARD ALL", "Z I");
    acme.gets("C DISCARD ALL", "Z I");
    isPinned(wire, false);
  }

  @WireTest(Mode.TRANSACTION)
  void behindAReaderWhoAdvancesIsPinned(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs(NEXT, SELECTED);
    acme.runs(CURRENT, SELECTED);
    acme.leaves();
    ScriptedClient globex = wire.client("globex");
    globex.sends(NEXT);
    ScriptedServer server = wire.server();
    assertThat(server.isAskedFor(NEXT)).isEqualTo("Q DISCARD SEQUENCES");
    server.says("C DISCARD SEQUENCES", "Z I").says(SELECTED);
    globex.gets(SELECTED);
    isPinned(wire, true);
  }

  @WireTest(Mode.TRANSACTION)
  void whoReadsTooLateIsRefusedOnce(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.runs(NEXT, SELECTED);
    clears(globex, NEXT, SELECTED);
    acme.runs("Q select 1", SELECTED);
    isRefused(acme, CURRENT, "I");
    clears(acme, NEXT, SELECTED); // from now on it is its own
    acme.runs(CURRENT, SELECTED);
    isPinned(wire, true);
  }

  /** A client that has lost what it advanced, in the transaction in which it has done so again. */
  private static ScriptedClient advancedAgain(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.runs(NEXT, SELECTED);
    clears(globex, NEXT, SELECTED);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs(NEXT, WITHIN);
    return acme;
  }

  private static String asksTheServer(ScriptedClient client, String message, boolean advanced) {
    client.sends(message).getsNothing();
    String asked = client.server().isAskedFor();
    assertThat(asked).startsWith("Q SELECT ").contains("RowExclusiveLock");
    client
        .server()
        .says(
            advanced
                ? new String[] {"T", "D 1", "C SELECT 1", "Z T"}
                : new String[] {"T", "C SELECT 0", "Z T"});
    return asked;
  }

  @WireTest(Mode.TRANSACTION)
  void lockShowsThatTheTransactionHasAdvanced(Wire wire) {
    ScriptedClient acme = advancedAgain(wire);
    String asked = asksTheServer(acme, CURRENT, true);
    assertThat(asked).contains("pg_catalog.to_regclass('s')");
    acme.server().sees(CURRENT).says(WITHIN);
    acme.gets(WITHIN);
    acme.runs(LAST, WITHIN); // which is known by now
    acme.runs("Q commit", "C COMMIT", "Z I");
    isPinned(wire, true);
  }

  @WireTest(Mode.TRANSACTION)
  void withoutALockNothingIsKnown(Wire wire) {
    ScriptedClient acme = advancedAgain(wire);
    asksTheServer(acme, CURRENT, false);
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z E");
    acme.gets("E 55000", "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void lastValueIsOfAnySequence(Wire wire) {
    ScriptedClient acme = advancedAgain(wire);
    String asked = asksTheServer(acme, LAST, true);
    assertThat(asked).doesNotContain("to_regclass");
    acme.server().sees(LAST).says(WITHIN);
    acme.gets(WITHIN);
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void textThatDoesNotSayWhatItReadsIsRefused(Wire wire) {
    ScriptedClient acme = advancedAgain(wire);
    acme.sends("Q select currval(name) from t");
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z E");
    acme.gets("E 55000", "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void readInABatchIsRefused(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.runs(NEXT, SELECTED);
    clears(globex, NEXT, SELECTED);
    acme.sends("P - select 1", "P - select currval('s')", "B -", "E", "S");
    acme.server().sees("P - select 1", "B REFUSED", "B -", "E", "S").says("1", "E REFUSED", "Z I");
    acme.gets("1", "E 55000", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void preparedReadIsLookedAtWhenItIsBound(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs(NEXT, SELECTED);
    acme.sends("P r select lastval()", "S").server().hasSeen(6); // a name that SQL may have
    acme.server().says("1", "3", "3", "1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    isPinned(wire, true);
    acme.runs("B r & E & S", "2", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void readInAFailedTransactionIsTheServersToRefuse(Wire wire) {
    ScriptedClient acme = advancedAgain(wire);
    acme.runs("Q select 1/0", "E 22012", "Z E");
    acme.runs(CURRENT, "E 25P02", "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void definitionReadsNothing(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q create view v as select lastval()", "C CREATE VIEW", "Z I");
    isPinned(wire, false);
  }

  @WireTest(Mode.TRANSACTION)
  void routineThatReadsIsARead(Wire wire) {
    wire.routine("read_it", RoutinesSql.Kind.SEQUENCE);
    ScriptedClient acme = wire.client("acme");
    acme.runs(NEXT, SELECTED);
    acme.runs("Q select read_it()", SELECTED);
    isPinned(wire, true);
  }

  @WireTest(Mode.TRANSACTION)
  void whereReadsAreRefusedNobodyClears(Wire wire) {
    wire.pool(Duration.ofSeconds(7), 100, Unpoolable.REFUSE);
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.runs(NEXT, SELECTED);
    globex.runs(NEXT, SELECTED);
    acme.sends(CURRENT).server().sees("Q REFUSED").says("E REFUSED", "Z I");
    acme.gets("E 0A000 what currval() and lastval() give can't be pooled", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void preparedRoutineThatReadsIsARead(Wire wire) {
    wire.routine("read_it", RoutinesSql.Kind.SEQUENCE);
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select read_it()", "S").server().hasSeen(6); // a name that SQL may have
    acme.server().says("1", "3", "3", "1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    acme.sends("Q discard all").server().sees("Q discard all").keepsStatements(0);
    acme.server().hasDefault("search_path").says("C DISCARD ALL", "Z I");
    acme.gets("C DISCARD ALL", "Z I");
    isPinned(wire, false);
  }

  @WireTest(Mode.TRANSACTION)
  void firstReadBehindOthersClearsWhatTheyHaveLeft(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    wire.client("acme").runs(NEXT, SELECTED);
    clears(acme, CURRENT, "E 55000", "Z I"); // which is nobody's
    isPinned(wire, true);
    acme.runs(NEXT, SELECTED);
    acme.runs(CURRENT, SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void readBehindItsOwnAdvanceInOneTextClearsFirst(Wire wire) {
    String both = "Q select nextval('s'); select currval('s')";
    ScriptedClient acme = wire.client("acme");
    ScriptedClient other = wire.client("acme");
    acme.runs(NEXT, SELECTED);
    clears(other, NEXT, SELECTED);
    clears(acme, both, "T", "D 1", "C SELECT 1", "T", "D 1", "C SELECT 1", "Z I");
    isPinned(wire, true);
  }
}
