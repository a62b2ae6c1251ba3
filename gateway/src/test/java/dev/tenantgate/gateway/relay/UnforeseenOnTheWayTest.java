package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.GateSettings.Policy;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.ArrayList;
import java.util.List;

/**
 * An {@link UnforeseenSwitch} with something on its way: messages that the server passes over, half
 * a row, copied data, an answer that is in a file.
 */
class UnforeseenOnTheWayTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  private static ScriptedClient acme(Wire wire) {
    wire.unproven("go").lags("globex");
    return wire.client("acme");
  }

  /** The server has come to a DataRow's fifth byte. */
  private static void saysHalfARow(ScriptedServer server) {
    server.saysBytes((byte) 'D', (byte) 0, (byte) 0, (byte) 0, (byte) 11);
  }

  /** The other half of it, with the value "1". */
  private static void saysTheRest(ScriptedServer server) {
    server.saysBytes((byte) 0, (byte) 1, (byte) 0, (byte) 0, (byte) 0, (byte) 1, (byte) '1');
  }

  // ---- messages that the server passes over

  @WireTest
  void messageBehindAQueryThatIsPassedOverGoesOut(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("P - nonsense", "Q select go()", "Q select 5");
    ScriptedServer server = acme.server().sees("P - nonsense", "Q select go()").says("E 42601");
    server.sees("Q select 5");
    acme.sends("Q select 6");
    server.sees("Q select 6");
    acme.sends("S").server().sees("S").passesOver(3).says("Z I");
    acme.gets("E 42601", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest
  void syncSentAheadOfCopiedDataGoesOutWithIt(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q copy t from stdin where go()", "S", "d 1");
    ScriptedServer server = acme.server().sees("Q copy t from stdin where go()").says("G");
    server.sees("S", "d 1").passesOver(1);
    acme.gets("G");
    acme.sends("c").server().sees("c").says("C COPY 1", "Z I");
    acme.gets("C COPY 1", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest
  void answerBehindCopiedDataIsWithheldAgain(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q copy t from stdin where go()", "G");
    acme.sends("d 1", "c").server().sees("d 1", "c").says("C COPY 1");
    acme.getsNothing();
    acme.server().says("Z I");
    acme.gets("C COPY 1", "Z I");
  }

  // ---- half a row

  @WireTest
  void lossOfABackendBehindHalfARowIsNotTold(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q select 1").server().sees("Q select 1").says("T");
    saysHalfARow(acme.server());
    acme.sends("Q select go()").server().sees("Q select go()").dies();
    acme.gets("T");
    acme.forgetsPartOfAMessage();
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  @WireTest
  void violationBehindHalfARowIsNotTold(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q select 1");
    ScriptedServer server = acme.server().sees("Q select 1").says("T");
    saysHalfARow(server);
    acme.sendsBytes((byte) 'y', (byte) 0, (byte) 0, (byte) 0, (byte) 4);
    acme.gets("T");
    acme.forgetsPartOfAMessage();
    assertThat(acme.isEndedByGateway()).isTrue();
    server.dies();
  }

  @WireTest
  void transactionThatMayNotBeWhereItIsEndsItsSessionBehindHalfARow(Wire wire) {
    wire.serverReports("search_path").settings().policy(Policy.REJECT);
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("P - select go()", "B -", "E", "H");
    ScriptedServer server = acme.server().sees("P - select go()", "B -", "E", "H").says("1", "2");
    saysHalfARow(server);
    acme.gets("1", "2");
    acme.sends("S").server().sees("S");
    saysTheRest(server);
    server.says("C SELECT 1", "S search_path=tenant_globex", "Z T", "N 01000 more");
    acme.forgetsPartOfAMessage();
    acme.getsNothing();
    assertThat(acme.isEndedByGateway()).isTrue();
    server.forgetsAll();
    server.dies();
  }

  // ---- where the session may be

  @WireTest
  void transactionThatIsRefusedWhereItHasComeToFails(Wire wire) {
    wire.settings().policy(Policy.REJECT);
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q select go()", "Q select 2");
    ScriptedServer server = acme.server().sees("Q select go()").has("search_path", "tenant_globex");
    server.says("T", "C SELECT 0", "Z T");
    server.sees("Q REFUSED", "Q select 2").says("E REFUSED", "Z E", "E 25P02", "Z E");
    acme.gets("T", "E 57P03", "Z E", "E 25P02", "Z E");
    acme.sends("Q rollback").server().sees("Q rollback").has("search_path", "tenant_acme");
    server.says("C ROLLBACK", "Z I");
    acme.gets("C ROLLBACK", "Z I");
  }

  @WireTest
  void nextTransactionPassesTheGateWhereTheSessionHasComeTo(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select go()");
    acme.server().sees("Q select go()").has("search_path", "tenant_globex").says(SELECTED);
    acme.gets(SELECTED);
    wire.lags("globex");
    acme.sends("Q select 1").getsNothing();
    acme.server().seesNothing();
    wire.migrate();
    acme.server().sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
  }

  // ---- an answer that is in a file

  /** It has run what may lead away, and is on its way to a client that takes nothing. */
  private static List<String> hasALongAnswer(ScriptedClient client, String ready) {
    client.sends("Q select go()");
    ScriptedServer server = client.server().sees("Q select go()").says("T");
    List<String> expected = new ArrayList<>(List.of("T ?column?"));
    for (int i = 0; i < 60; i++) {
      String row = "D " + "x".repeat(50_000) + i;
      server.says(row);
      expected.add(row);
    }
    client.stalls(true);
    server.says("C SELECT 60", ready);
    expected.addAll(List.of("C SELECT 60", ready));
    return expected;
  }

  @WireTest(large = true)
  void longAnswerGoesOutAsItsClientTakesIt(Wire wire) {
    ScriptedClient acme = acme(wire);
    List<String> expected = hasALongAnswer(acme, "Z I");
    acme.sends("Q select 1").server().seesNothing();
    acme.stalls(false);
    assertThat(acme.takesAll()).containsExactlyElementsOf(expected);
    acme.server().sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
  }

  @WireTest(large = true)
  void sessionWhoseBackendIsLostEndsBehindItsLongAnswer(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    List<String> expected = hasALongAnswer(acme, "Z T");
    acme.server().dies();
    assertThat(acme.isEndedByGateway()).isFalse();
    acme.stalls(false);
    List<String> told = acme.takesAll();
    assertThat(told.subList(0, expected.size())).containsExactlyElementsOf(expected);
    assertThat(told.get(expected.size())).startsWith("E! 08006");
    assertThat(acme.isEndedByGateway()).isTrue();
  }
}
