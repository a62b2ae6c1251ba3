package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.ArrayList;
import java.util.List;

/** Statements that may lead elsewhere without showing it: their answers are withheld to the end. */
class UnforeseenTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  private static ScriptedClient acme(Wire wire) {
    wire.unproven("go").lags("globex");
    wire.fleet().migrationsFail(true);
    return wire.client("acme");
  }

  @WireTest
  void anAnswerInATransactionIsWithheld(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q select go()", "Q select 2");
    acme.server().sees("Q select go()").says("T", "D mine", "C SELECT 1");
    acme.getsNothing();
    acme.server().says("Z T");
    acme.gets("T", "D mine", "C SELECT 1", "Z T");
    acme.server().sees("Q select 2").says("T", "D 2", "C SELECT 1", "Z T");
    acme.gets("T", "D 2", "C SELECT 1", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest
  void anAnswerInABatchIsWithheld(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("P - select go()", "B -", "E", "S");
    acme.server().sees("P - select go()", "B -", "E", "S").says("1", "2", "D mine");
    acme.getsNothing();
    acme.server().says("C SELECT 1", "Z I");
    acme.gets("1", "2", "D mine", "C SELECT 1", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest
  void whatFailsIsToldAtOnce(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("Q select go()", "E 22012", "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
    acme.runs("Q select go()", "E 22012", "Z I");
  }

  @WireTest
  void aFlushLetsOutWhatTheClientWaitsFor(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("P - select go() & D S - & H", "1", "t", "T");
    acme.sends("B -", "E", "S");
    acme.server().sees("B -", "E", "S").says("2", "D mine");
    acme.getsNothing();
    acme.server().says("C SELECT 1", "Z I");
    acme.gets("2", "D mine", "C SELECT 1", "Z I");
  }

  @WireTest
  void rowsOfAnotherTenantInATransactionGoNoFurther(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q select go(); select secret");
    ScriptedServer server = acme.server().sees("Q select go(); select secret");
    server.has("search_path", "tenant_globex");
    server.says("T", "D", "C SELECT 1", "T", "D secret", "C SELECT 1", "Z T");
    wire.migrate();
    server.sees("Q REFUSED").says("E REFUSED", "Z E");
    acme.gets("T", "E 57P03", "Z E");
    acme.sends("Q rollback").server().sees("Q rollback").has("search_path", "tenant_acme");
    acme.server().says("C ROLLBACK", "Z I");
    acme.gets("C ROLLBACK", "Z I");
  }

  @WireTest
  void aLongAnswerIsWithheldWhole(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q select go()").server().sees("Q select go()").says("T");
    List<String> expected = new ArrayList<>(List.of("T ?column?"));
    for (int i = 0; i < 40; i++) {
      String row = "D " + "x".repeat(2_000) + i;
      acme.server().says(row);
      expected.add(row);
    }
    acme.getsNothing();
    acme.server().says("C SELECT 40", "Z I");
    expected.addAll(List.of("C SELECT 40", "Z I"));
    assertThat(acme.takesAll()).containsExactlyElementsOf(expected);
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest
  void aClientLeavesWhileItsAnswerIsWithheld(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q select go()");
    ScriptedServer server = acme.server().sees("Q select go()").says("T", "D mine");
    acme.leaves();
    server.says("C SELECT 1", "Z I");
    acme.getsNothing();
  }

  @WireTest
  void aBackendDiesWhileItsAnswerIsWithheld(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q select go()").server().sees("Q select go()").says("T", "D mine").dies();
    acme.gets("E! 08006");
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  @WireTest
  void dataIsCopiedInWithFunctionsThatMaySwitch(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q copy t from stdin where go()", "G");
    acme.runs("d 1 & c", "C COPY 1", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  /** Its first Sync is there before the server asks for the data, and is passed over. */
  @WireTest
  void dataIsCopiedInByABatchWithFunctionsThatMaySwitch(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("P - copy t from stdin where go()", "B -", "E", "S");
    ScriptedServer server =
        acme.server().sees("P - copy t from stdin where go()", "B -", "E", "S").says("1", "2", "G");
    server.passesOver(1);
    acme.gets("1", "2", "G");
    acme.sends("d 1", "c", "S");
    server.sees("d 1", "c", "S").says("C COPY 1", "Z I");
    acme.gets("C COPY 1", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest
  void dataIsSentAheadToABatchWithFunctionsThatMaySwitch(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("P - copy t from stdin where go()", "B -", "E", "S", "d 1", "c", "S");
    ScriptedServer server =
        acme.server().sees("P - copy t from stdin where go()", "B -", "E", "S", "d 1", "c");
    server.says("1", "2", "G").passesOver(1);
    server.sees("S").says("C COPY 1", "Z I");
    acme.gets("1", "2", "G", "C COPY 1", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest
  void dataOfABatchWithFunctionsThatMaySwitchIsRefused(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("P - copy t from stdin where go()", "B -", "E", "S");
    ScriptedServer server =
        acme.server().sees("P - copy t from stdin where go()", "B -", "E", "S").says("1", "2", "G");
    server.passesOver(1);
    acme.gets("1", "2", "G");
    acme.sends("d bad").server().sees("d bad").says("E 22P02");
    acme.sends("c", "S");
    server.sees("c", "S").says("Z I");
    acme.gets("E 22P02", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest
  void aSwitchUnseenToATenantThatIsCurrentGoesOn(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select go()");
    acme.server().sees("Q select go()").has("search_path", "tenant_globex").says(SELECTED);
    acme.gets(SELECTED);
    acme.runs("Q select 1", SELECTED);
    assertThat(acme.server().setting("search_path")).isEqualTo("tenant_globex");
  }
}
