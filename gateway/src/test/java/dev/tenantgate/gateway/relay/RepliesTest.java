package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/** The answers that are owed to a client, and those that it gets, in each kind of exchange. */
class RepliesTest {

  @WireTest
  void aQueryIsAnswered(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
    acme.runs("Q select 1; select 2", "T", "D 1", "C SELECT 1", "T", "D 2", "C SELECT 1", "Z I");
    acme.runs("Q ", "I", "Z I");
    acme.runs("Q nonsense", "E 42601 syntax error", "Z I");
  }

  @WireTest
  void aTransactionIsAnswered(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("Q select 1/0", "E 22012", "Z E");
    acme.runs("Q select 1", "E 25P02", "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  @WireTest
  void aBatchIsAnswered(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P - select $1 & B - 7 & D P - & E & S", "1", "2", "T", "D 7", "C SELECT 1", "Z I");
    acme.runs("P - insert & B - & D P - & E & S", "1", "2", "n", "C INSERT 0 1", "Z I");
    acme.runs("P -  & B - & E & S", "1", "2", "I", "Z I");
  }

  @WireTest
  void queriesThatAreSentAheadAreAnsweredInTheirOrder(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select 1", "Q select 2", "Q select 3");
    acme.server()
        .sees("Q select 1", "Q select 2", "Q select 3")
        .says("T", "D 1", "C SELECT 1", "Z I", "T", "D 2");
    acme.gets("T", "D 1", "C SELECT 1", "Z I", "T", "D 2");
    acme.server().says("C SELECT 1", "Z I", "E 22012", "Z I");
    acme.gets("C SELECT 1", "Z I", "E 22012", "Z I");
  }

  @WireTest
  void batchesThatAreSentAheadAreAnsweredInTheirOrder(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - select 1", "B -", "E", "S", "P - select 2", "B -", "E", "S");
    acme.server()
        .sees("P - select 1", "B -", "E", "S", "P - select 2", "B -", "E", "S")
        .says("1", "2", "D 1", "C SELECT 1", "Z I", "1", "2", "D 2", "C SELECT 1", "Z I");
    acme.gets("1", "2", "D 1", "C SELECT 1", "Z I", "1", "2", "D 2", "C SELECT 1", "Z I");
  }

  @WireTest
  void aFlushHasTheServerAnswer(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P - select 1 & D S - & H", "1", "t", "T");
    acme.runs("B - & E & H", "2", "D 1", "C SELECT 1");
    acme.runs("S", "Z I");
  }

  @WireTest
  void aSyncAloneIsAnswered(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("S");
    if (!wire.isPooled()) { // a backend is lent for more than that
      acme.server().sees("S").says("Z I");
    }
    acme.gets("Z I");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("S & S & S", "Z T", "Z T", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest
  void anErrorSkipsToTheSync(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - select 1/0", "B -", "E", "P - select 2", "B -", "E", "S", "Q select 3");
    acme.server()
        .sees("P - select 1/0", "B -", "E", "P - select 2", "B -", "E", "S", "Q select 3")
        .says("1", "2", "E 22012", "Z I", "T", "D 3", "C SELECT 1", "Z I");
    acme.gets("1", "2", "E 22012", "Z I", "T", "D 3", "C SELECT 1", "Z I");
    acme.runs("Q select 4", "T", "D 4", "C SELECT 1", "Z I");
  }

  @WireTest
  void anErrorIsToldAtOnceAndTheSyncComesLater(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P - select 1/0 & B - & E & H", "1", "2", "E 22012");
    acme.sends("P - select 2", "B -", "E", "H").getsNothing();
    acme.server().sees("P - select 2", "B -", "E", "H");
    acme.runs("S", "Z I");
    acme.runs("Q select 3", "T", "D 3", "C SELECT 1", "Z I");
  }

  @WireTest
  void aQueryInABatchIsPassedOverBehindAnError(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - nonsense", "Q select 1", "S");
    acme.server().sees("P - nonsense", "Q select 1", "S");
    acme.server().says("E 42601").passesOver(1).says("Z I");
    acme.gets("E 42601", "Z I");
    acme.runs("Q select 2", "T", "D 2", "C SELECT 1", "Z I");
  }

  @WireTest
  void pagesOfAPortalAreAnswered(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("P - select & B -@cur & D P cur & H", "1", "2", "T");
    acme.runs("E cur 2 & H", "D 1", "D 2", "s");
    acme.runs("E cur 2 & S", "D 3", "C SELECT 1", "Z T");
    acme.runs("C P cur & S", "3", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest
  void dataIsCopiedIn(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q copy t from stdin", "G");
    acme.sends("d 1", "d 2").getsNothing();
    acme.server().sees("d 1", "d 2");
    acme.runs("d 3 & c", "C COPY 3", "Z I");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest
  void copiedDataIsGivenUp(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q copy t from stdin", "G");
    acme.runs("d 1 & f enough", "E 57014 enough", "Z I");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest
  void theServerGivesUpCopiedData(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q copy t from stdin", "G");
    acme.runs("d bad", "E 22P02", "Z I");
    acme.sends("d more", "c").getsNothing();
    if (!wire.isPooled()) { // the backend has gone back, and nobody else gets this client's data
      acme.server().sees("d more", "c");
    }
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest
  void dataIsCopiedInByABatch(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - copy t from stdin", "B -", "E", "H");
    acme.server().sees("P - copy t from stdin", "B -", "E", "H").says("1", "2", "G");
    acme.gets("1", "2", "G");
    acme.sends("d 1", "S", "c");
    acme.server().sees("d 1", "S", "c").says("C COPY 1").passesOver(1);
    acme.gets("C COPY 1");
    acme.runs("S", "Z I");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest
  void dataIsCopiedOut(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q copy t to stdout", "H", "d 1", "d 2", "c", "C COPY 2", "Z I");
    acme.runs("P - copy t to stdout & B - & E & S", "1", "2", "H", "d 1", "c", "C COPY 1", "Z I");
    acme.runs("Q copy t to stdout", "H", "d 1", "E 22012", "Z I");
  }

  @WireTest
  void aFunctionIsCalledByItsNumber(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("F 952", "V 7", "Z I");
    acme.runs("F 952", "E 42883", "Z I");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("F 952", "V 7", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest
  void noticesAndParametersComeAnywhere(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs(
        "Q select 1",
        "N 00000 one",
        "T",
        "S TimeZone=UTC",
        "D 1",
        "N 01000 two",
        "C SELECT 1",
        "S TimeZone=Asia/Tokyo",
        "Z I");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.server().says("N 00000 between", "S TimeZone=UTC");
    acme.gets("N 00000 between", "S TimeZone=UTC");
    acme.runs("Q commit", "C COMMIT", "N 00000 last", "Z I");
  }

  @WireTest(PoolSettings.Mode.SESSION)
  void notificationsComeAnywhere(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", "T", "A 7 channel told", "D 1", "C SELECT 1", "Z I", "A 7 channel");
    acme.server().says("A 7 channel twice told");
    acme.gets("A 7 channel twice told");
  }

  @WireTest(PoolSettings.Mode.TRANSACTION)
  void notificationsOfABackendThatIsLentAreNobodys(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select 1").server().sees("Q select 1");
    acme.server().says("T", "A 7 channel told", "D 1", "C SELECT 1", "Z I", "A 7 channel");
    acme.gets("T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest
  void messagesBeforeATerminateAreRun(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q insert", "X");
    acme.server().sees("Q insert");
    acme.leaves();
    acme.getsNothing();
    assertThat(acme.isEndedByGateway()).isTrue();
  }
}
