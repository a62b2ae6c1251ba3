package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.GateSettings.Policy;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/**
 * An {@link UnforeseenSwitch} by its stages: how a session that has come to a tenant unseen waits,
 * goes on or ends, and what its client is told meanwhile ({@link WithheldFromClient}).
 */
class UnforeseenSwitchTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  private static ScriptedClient acme(Wire wire) {
    wire.unproven("go").lags("globex");
    return wire.client("acme");
  }

  private static ScriptedServer goes(ScriptedClient client) {
    client.sends("Q select go()");
    return client.server().sees("Q select go()").has("search_path", "tenant_globex");
  }

  @WireTest
  void sessionThatHasReadNothingWaitsBehindItsTransaction(Wire wire) {
    ScriptedClient acme = acme(wire);
    goes(acme).says("T", "C SELECT 0", "Z I");
    acme.getsNothing();
    acme.sends("Q select 1").getsNothing();
    acme.server().seesNothing();
    wire.migrate();
    acme.gets("T", "C SELECT 0", "Z I");
    acme.server().sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
  }

  @WireTest
  void sessionThatWaitsInVainBehindItsTransactionEnds(Wire wire) {
    ScriptedClient acme = acme(wire);
    wire.fleet().migrationsFail(true);
    goes(acme).says("T", "C SELECT 0", "Z I");
    acme.getsNothing();
    wire.migrate();
    acme.gets("E! 57P03");
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  @WireTest
  void sessionThatHasReadNothingWaitsWithinItsTransaction(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    goes(acme).says("T", "C SELECT 0", "Z T");
    acme.sends("Q select 1").getsNothing();
    acme.server().seesNothing();
    wire.migrate();
    acme.gets("T", "C SELECT 0", "Z T");
    acme.server().sees("Q select 1").says("T", "D 1", "C SELECT 1", "Z T");
    acme.gets("T", "D 1", "C SELECT 1", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest
  void transactionThatWaitsInVainFails(Wire wire) {
    ScriptedClient acme = acme(wire);
    wire.fleet().migrationsFail(true);
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = goes(acme).says("T", "C SELECT 0", "Z T");
    acme.sends("Q select 1").getsNothing();
    wire.migrate();
    server.sees("Q REFUSED", "Q select 1").says("E REFUSED", "Z E", "E 25P02", "Z E");
    acme.gets("T", "E 57P03", "Z E", "E 25P02", "Z E");
    acme.sends("Q rollback").server().sees("Q rollback").has("search_path", "tenant_acme");
    server.says("C ROLLBACK", "Z I");
    acme.gets("C ROLLBACK", "Z I");
  }

  @WireTest
  void sessionThatHasReadRowsBehindItsTransactionEnds(Wire wire) {
    ScriptedClient acme = acme(wire);
    goes(acme).says("T", "D secret", "D too", "C SELECT 2", "Z I");
    acme.gets("E! 57P03 the session has come to a tenant that isn't up to date");
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  @WireTest
  void heldTransactionIsCancelled(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = goes(acme).says("T", "C SELECT 0", "Z T");
    acme.getsNothing();
    acme.cancels();
    assertThat(wire.takeCancelled()).isEmpty();
    server.sees("Q REFUSED").says("E REFUSED", "Z E");
    acme.gets("T", "E 57014", "Z E");
    acme.sends("Q rollback").server().sees("Q rollback").has("search_path", "tenant_acme");
    server.says("C ROLLBACK", "Z I");
    acme.gets("C ROLLBACK", "Z I");
  }

  @WireTest
  void answersOfAnEarlierExchangeAreNotWithheld(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q select 0", "P - select go()", "B -", "E");
    ScriptedServer server = acme.server();
    server.sees("Q select 0", "P - select go()", "B -", "E").says("T", "D 0", "C SELECT 1", "Z I");
    acme.gets("T", "D 0", "C SELECT 1", "Z I");
    server.says("1", "2", "D mine", "C SELECT 1");
    acme.getsNothing();
    acme.sends("S").server().sees("S").says("Z I");
    acme.gets("1", "2", "D mine", "C SELECT 1", "Z I");
  }

  @WireTest
  void answersOfAnEarlierQueryAreNotWithheld(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q select 0", "Q select go()");
    ScriptedServer server = acme.server();
    server.sees("Q select 0", "Q select go()").says("T", "D 0", "C SELECT 1", "Z I");
    acme.gets("T", "D 0", "C SELECT 1", "Z I");
    server.says("T", "D mine", "C SELECT 1");
    acme.getsNothing();
    server.says("Z I");
    acme.gets("T", "D mine", "C SELECT 1", "Z I");
  }

  @WireTest
  void aFlushBehindItLetsOutWhatComes(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("P - select go()", "B -", "E", "H");
    ScriptedServer server = acme.server();
    server.sees("P - select go()", "B -", "E", "H").says("1", "2", "D mine", "C SELECT 1");
    acme.gets("1", "2", "D mine", "C SELECT 1");
    acme.sends("S").server().sees("S").says("Z I");
    acme.gets("Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest
  void aQueryInABatchIsWithheldUntilItsReady(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("P - select 0", "Q select go()", "S");
    ScriptedServer server = acme.server();
    server.sees("P - select 0", "Q select go()", "S").says("1", "T", "D mine", "C SELECT 1");
    acme.getsNothing();
    server.says("Z T", "Z T");
    acme.gets("1", "T", "D mine", "C SELECT 1", "Z T", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest
  void aQueryInABatchIsPassedOverBehindAnError(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("P - nonsense", "Q select go()", "S");
    ScriptedServer server = acme.server();
    server.sees("P - nonsense", "Q select go()", "S").says("E 42601");
    server.passesOver(1).says("Z I");
    acme.gets("E 42601", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest
  void otherMessagesWhileDataIsCopiedAreNoProtocol(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q copy t from stdin where go()", "G");
    acme.sends("d 1", "S", "H");
    acme.server().sees("d 1", "S", "H").passesOver(1);
    acme.sends("Q select 1");
    acme.gets("E! 08P01");
    assertThat(acme.isEndedByGateway()).isTrue();
    wire.servers().forEach(server -> server.forgetsAll());
  }

  @WireTest
  void clientThatTakesNothingHasItsServerWait(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q select go()").server().sees("Q select go()").says("T");
    String[] expected = new String[102];
    expected[0] = "T";
    for (int i = 1; i <= 99; i++) {
      expected[i] = "D " + "x".repeat(1_000) + i;
      acme.server().says(expected[i]);
    }
    expected[100] = "C SELECT 99";
    expected[101] = "Z I";
    acme.stalls(true);
    acme.server().says("C SELECT 99", "Z I");
    acme.stalls(false);
    acme.gets(expected);
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest
  void pathThatTheServerRefusesToTellEndsTheSession(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = goes(acme);
    server.answersNext("E 42501").says("T", "C SELECT 0", "Z T");
    acme.gets("E! XX000 the session's search_path could not be read");
    assertThat(acme.isEndedByGateway()).isTrue();
    server.forgetsAll();
  }

  @WireTest
  void answerBehindAFlushIsWithheldAgain(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("P - select go() & B -@p & E p 1 & H", "1", "2", "D mine", "s");
    acme.sends("E p 1", "S");
    ScriptedServer server = acme.server().sees("E p 1", "S").says("D more", "C SELECT 1");
    acme.getsNothing();
    server.says("Z T");
    acme.gets("D more", "C SELECT 1", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest
  void syncBehindAQueryInABatchGoesOn(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("P - select 0", "Q select go()");
    ScriptedServer server = acme.server();
    server.sees("P - select 0", "Q select go()").says("1", "T", "C SELECT 0");
    acme.sends("Q select 1").getsNothing();
    server.seesNothing(); // a Query waits
    server.says("Z I");
    assertThat(acme.takesAll()).startsWith("1", "T ?column?", "C SELECT 0", "Z I");
    wire.servers().forEach(ScriptedServer::forgetsAll);
    acme.leaves();
    acme.takesAll();
  }

  @WireTest
  void sessionThatIsRefusedBehindItsTransactionEnds(Wire wire) {
    wire.settings().policy(Policy.REJECT);
    ScriptedClient acme = acme(wire);
    goes(acme).says("T", "C SELECT 0", "Z I");
    acme.gets("E! 57P03");
    assertThat(acme.isEndedByGateway()).isTrue();
  }
}
