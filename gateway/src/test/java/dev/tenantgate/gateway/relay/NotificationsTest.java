package dev.tenantgate.gateway.relay;

import static dev.tenantgate.gateway.relay.ListeningTest.ear;
import static dev.tenantgate.gateway.relay.ListeningTest.handsOver;
import static dev.tenantgate.gateway.relay.ListeningTest.hasToldAll;
import static dev.tenantgate.gateway.relay.ListeningTest.listening;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@link Listening} in what happens beside a LISTEN: failures, messages sent ahead, withheld
 * answers, and clients that read late.
 */
class NotificationsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  private static ScriptedServer own(Wire wire) {
    return wire.servers().get(0);
  }

  // ---- statements

  @WireTest(Mode.TRANSACTION)
  void messageBehindAListenWaitsForItsOutcome(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    acme.sends("Q listen news", "Q select 1");
    ScriptedServer own = own(wire).sees("Q listen news").says("E 42501", "Z I");
    acme.gets("E 42501", "Z I");
    own.sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
    assertThat(wire.servers()).hasSize(1);
  }

  @WireTest(Mode.TRANSACTION)
  void channelThatIsListenedOnAgainInTheSameTransactionIsKept(Wire wire) {
    ScriptedClient acme = listening(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q unlisten news");
    String seen = own(wire).isAskedFor();
    String marker = seen.substring(seen.indexOf('"') + 1, seen.length() - 1);
    own(wire).says("C UNLISTEN", "C LISTEN", "Z T");
    acme.gets("C UNLISTEN", "Z T");
    acme.runs("Q listen news", "C LISTEN", "Z T");
    acme.sends("Q commit");
    own(wire).sees("Q commit").listensOn(marker, "news").says("C COMMIT", "Z I");
    hasToldAll(wire);
    own(wire).sees("Q UNLISTEN *").listensOn().says("C UNLISTEN", "Z I");
    acme.gets("C COMMIT", "Z I");
    ear(wire).says("A 7 news told");
    acme.gets("A 7 news told");
  }

  @WireTest(Mode.TRANSACTION)
  void clientThatListensNoMoreTakesNoMemoryAndMayListenAgain(Wire wire) {
    ScriptedClient acme = listening(wire);
    long before = wire.keptBytes(acme) - 320 - "news".length();
    for (int i = 0; i < 2; i++) {
      acme.sends("Q unlisten *");
      String seen = own(wire).isAskedFor();
      String marker = seen.substring(seen.indexOf('"') + 1, seen.length() - 1);
      own(wire).listensOn(marker).says("C UNLISTEN", "C LISTEN", "Z I");
      ear(wire).sees("Q UNLISTEN \"news\";").says("C UNLISTEN", "Z I");
      own(wire).sees("Q UNLISTEN *").listensOn().says("C UNLISTEN", "Z I");
      acme.gets("C UNLISTEN", "Z I");
      assertThat(wire.keptBytes(acme)).isEqualTo(before);
      acme.sends("Q listen news");
      own(wire).sees("Q listen news").listensOn("news").says("C LISTEN", "Z I");
      ear(wire).sees("Q LISTEN \"news\";").says("C LISTEN", "Z I");
      handsOver(wire, own(wire));
      acme.gets("C LISTEN", "Z I");
    }
  }

  @WireTest(Mode.TRANSACTION)
  void clientThatNotifiesIsDoneWhenAllWhoListenWereTold(Wire wire) {
    listening(wire);
    ScriptedClient globex = wire.client("globex");
    for (String notify : new String[] {"notify news", "notify news; select 1"}) {
      globex.sends("Q " + notify);
      own(wire).sees("Q " + notify).says("C NOTIFY");
      if (notify.endsWith("1")) {
        own(wire).says("T", "D 1", "C SELECT 1");
      }
      own(wire).says("Z I");
      assertThat(globex.takesAll()).isNotEmpty().doesNotContain("Z I");
      hasToldAll(wire);
      globex.gets("Z I");
    }
  }

  @WireTest(Mode.TRANSACTION)
  void clientThatNotifiesNobodyIsDoneAtOnce(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q notify news", "C NOTIFY", "Z I");
    assertThat(wire.servers()).hasSize(1);
  }

  @WireTest(Mode.TRANSACTION)
  void copiedDataDoesNotWaitForItsCopy(Wire wire) {
    ScriptedClient acme = listening(wire);
    acme.sends("Q copy t from stdin", "d 1", "c");
    own(wire).sees("Q copy t from stdin").says("G");
    own(wire).sees("d 1", "c").says("C COPY 1", "Z I");
    hasToldAll(wire);
    acme.gets("G", "C COPY 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void eachBatchOfAClientThatListensWaitsForTheOneBefore(Wire wire) {
    ScriptedClient acme = listening(wire);
    acme.sends("P - select 1", "B -", "E", "S", "P - select 2", "B -", "E", "S");
    own(wire).sees("P - select 1", "B -", "E", "S").says("1", "2", "D 1", "C SELECT 1", "Z I");
    hasToldAll(wire);
    own(wire).sees("P - select 2", "B -", "E", "S").says("1", "2", "D 2", "C SELECT 1", "Z I");
    hasToldAll(wire);
    acme.gets("1", "2", "D 1", "C SELECT 1", "Z I", "1", "2", "D 2", "C SELECT 1", "Z I");
  }

  // ---- notifications

  @WireTest(Mode.TRANSACTION)
  void clientThatReadsLateIsToldOfAll(Wire wire) {
    ScriptedClient acme = listening(wire);
    acme.stalls(true);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      String told = "A 7 news " + i + "x".repeat(7_000);
      expected.add(told);
      ear(wire).says(told);
    }
    acme.stalls(false);
    assertThat(acme.takesAll()).containsExactlyElementsOf(expected);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void clientThatReadsMayBeToldOfMuch(Wire wire) {
    ScriptedClient acme = listening(wire);
    String[] some = new String[128];
    Arrays.fill(some, "A 7 news " + "x".repeat(7_900));
    for (int i = 0; i < 10; i++) {
      ear(wire).says(some);
      acme.gets(some);
    }
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void clientThatIsToldOfTooMuchLearnsHowMuchItWas(Wire wire) {
    ScriptedClient acme = listening(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    String[] some = new String[128];
    Arrays.fill(some, "A 7 news " + "x".repeat(7_900));
    for (int i = 0; i < 9; i++) {
      ear(wire).says(some);
    }
    assertThat(acme.getsReport('D')).matches(".* the last 8[12]\\d\\d KiB of them\\.");
    wire.servers().forEach(ScriptedServer::forgetsAll);
    own(wire).dies();
  }

  @WireTest(Mode.TRANSACTION)
  void sessionThatMayHaveMissedSomethingEndsBehindItsTransaction(Wire wire) {
    ScriptedClient acme = listening(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    wire.serverIsReachable(false);
    ear(wire).dies();
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z T");
    assertThat(acme.isEndedByGateway()).isFalse();
    acme.sends("Q commit").server();
    own(wire).sees("Q commit").says("C COMMIT", "Z I");
    assertThat(acme.isEndedByGateway()).isTrue();
    assertThat(acme.takesAll()).startsWith("C COMMIT").last().asString().startsWith("E! ");
  }

  @WireTest(Mode.TRANSACTION)
  void notificationStandsBeforeAnAnswerThatIsWithheld(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = listening(wire);
    acme.sends("Q select go()");
    own(wire).sees("Q select go()").says("T", "D 1", "C SELECT 1");
    ear(wire).says("A 7 news told");
    acme.getsNothing();
    own(wire).says("Z I");
    hasToldAll(wire);
    acme.gets("A 7 news told", "T", "D 1", "C SELECT 1", "Z I");
  }
}
