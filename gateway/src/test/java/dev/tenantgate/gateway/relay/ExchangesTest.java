package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.config.PoolSettings.Unpoolable;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;
import java.util.Arrays;

/**
 * Exchanges as {@link Requests} count them: where one ends and the next begins, what is refused in
 * one, and whose the backend is until all of them are answered.
 */
class ExchangesTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String[] RUN = {"2", "D 1", "C SELECT 1", "Z I"};

  @WireTest(Mode.TRANSACTION)
  void backendIsLentUntilTheQueryBehindARefusedOneIsAnswered(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.sends("Q set search_path to tenant_nobody", "Q select 1");
    globex.sends("Q select 2");
    ScriptedServer server = acme.server().sees("Q REFUSED", "Q select 1").says("E REFUSED", "Z I");
    acme.gets("E 3F000", "Z I");
    server.seesNothing();
    server.says(SELECTED);
    acme.gets(SELECTED);
    server.sees("Q select 2").says(SELECTED);
    globex.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void clientThatSkipsToItsSyncIsNotIdle(Wire wire) {
    wire.pool(Duration.ofSeconds(7), 1, Unpoolable.PIN);
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    ScriptedClient other = wire.client("globex");
    acme.runs("Q begin", "C BEGIN", "Z T");
    globex.sends("Q select 1").getsNothing();
    other.sends("P - select 1").gets("E 53300");
    wire.drains();
    other.getsNothing();
    other.sends("S").gets("Z I", "E! 57P01");
    acme.sends("Q commit").server().sees("Q commit").says("C COMMIT", "Z I");
    acme.gets("C COMMIT", "Z I", "E! 57P01");
    globex.server().sees("Q select 1").says(SELECTED);
    globex.gets("T", "D 1", "C SELECT 1", "Z I", "E! 57P01");
  }

  @WireTest(Mode.TRANSACTION)
  void backendOfAQueryInABatchIsLeftAndTheNextIsNot(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - select 0", "Q select 1").server().sees("P - select 0", "Q select 1").says("1");
    ScriptedServer first = acme.server().says(SELECTED);
    acme.gets("1", "T", "D 1", "C SELECT 1", "Z I");
    assertThat(first.isLeft()).isTrue();
    acme.runs("Q select 2", SELECTED);
    acme.runs("Q select 3", SELECTED);
    assertThat(wire.servers()).hasSize(2);
    acme.sends("S").gets("Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void backendOfAFunctionCallInABatchIsLeft(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - select 0", "F 952", "S");
    acme.server().sees("P - select 0", "F 952", "D S -", "S");
    acme.server().says("1", "V 7", "Z I", "t", "T", "Z I");
    acme.gets("1", "V 7", "Z I", "Z I");
    assertThat(wire.server().isLeft()).isTrue();
    acme.runs("F 952", "V 7", "Z I");
    assertThat(wire.servers().get(1).isLeft()).isFalse();
  }

  @WireTest(Mode.TRANSACTION)
  void batchesAreSentAheadOnlySoFar(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select 1", "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    for (int i = 0; i < 120; i++) {
      acme.sends("B s", "E", "S");
    }
    ScriptedServer server = acme.server().hasSeen(3 * 86); // that many are owed 258 answers
    for (int i = 0; i < 86; i++) {
      server.says(RUN);
    }
    server.hasSeen(3 * 34);
    for (int i = 0; i < 34; i++) {
      server.says(RUN);
    }
    assertThat(acme.takesAll()).hasSize(4 * 120);
  }

  @WireTest(Mode.TRANSACTION)
  void messageThatIsPreparedAgainStandsBehindThoseBeforeIt(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - select 1", "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    wire.client("globex").runs("Q select 1", SELECTED);
    acme.sends("C P p", "B -", "E", "S");
    ScriptedServer server = acme.server().sees("C P p", "P - select 1", "D S -", "H");
    server.says("3", "1", "t", "T").sees("B -", "E", "S").says(RUN);
    acme.gets("3", "2", "D 1", "C SELECT 1", "Z I");
  }

  private static ScriptedClient prepared(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select 1", "S").server().sees("P s select 1", "D S s", "S");
    acme.server().says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    return acme;
  }

  @WireTest(Mode.TRANSACTION)
  void messagesOfTheGatewaysOwnStandBehindThoseBeforeThem(Wire wire) {
    ScriptedClient acme = prepared(wire);
    acme.sends("C P p", "P s select 2", "S"); // which is there already
    ScriptedServer server = acme.server();
    server.sees("C P p", "P v select 2", "C S v", "C S v", "B REFUSED", "S");
    server.says("3", "1", "3", "3", "E REFUSED", "Z I");
    acme.gets("3", "E 42P05", "Z I");
    acme.sends("C P p", "P - deallocate s", "B -", "E", "S").server().forgetsAll();
    server.says("3", "1", "2", "C DEALLOCATE", "Z I");
    acme.gets("3", "1", "2", "C DEALLOCATE", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void parseThatDropsAStatementStandsBehindTheMessageBeforeIt(Wire wire) {
    ScriptedClient acme = prepared(wire);
    acme.sends("C P p", "P - deallocate s", "H");
    acme.server().sees("C P p", "P - DEALLOCATE tenantgate_gone", "H").says("3", "1");
    acme.gets("3", "1");
    acme.leaves();
    wire.servers().forEach(ScriptedServer::forgetsAll);
  }

  @WireTest(Mode.TRANSACTION)
  void parseOfAPinnedSessionIsTriedBehindTheMessageBeforeIt(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q create temp table t()");
    acme.server().hasSeen(1).holds("TEMPORARY").says("C CREATE TABLE", "Z I");
    acme.gets("C CREATE TABLE", "Z I");
    acme.sends("C P p", "P s select 1", "H");
    String parse = "P s select 1"; // tried under its own name, which SQL may have taken
    acme.server().sees("C P p", parse, "C S s", "C S s", parse, "D S s", "H");
    acme.leaves();
    wire.servers().forEach(ScriptedServer::forgetsAll);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void questionDoesNotDropTheStatementThatIsAboutToBeBound(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    String set = "set work_mem to '8MB'";
    acme.sends("P s " + set, "S").server().hasSeen(3).says("1", "t", "n", "Z I");
    acme.gets("1", "Z I");
    acme.sends("B s", "E", "P - select 2", "S", "B -", "E", "S");
    ScriptedServer server = acme.server().sees("B s", "E", "P - select 2", "D S -", "S");
    server.has("work_mem", "8MB").says("2", "C SET", "1", "t", "T", "Z I");
    server.sees("B -", "E", "S").says(RUN);
    acme.gets("2", "C SET", "1", "Z I", "2", "D 1", "C SELECT 1", "Z I");
    wire.client("globex").runs("Q select 1", SELECTED);
    acme.runs("Q select 1", SELECTED);
    assertThat(server.setting("work_mem")).isEqualTo("8MB");
  }

  // ---- the end of a session among its messages

  @WireTest
  void messagesBehindATerminateAreNotRun(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    ScriptedServer server = acme.server();
    acme.sends("X", "Q select 2");
    server.seesNothing();
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  @WireTest
  void nothingIsKeptOfHalfAMessageBehindATerminate(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    byte[] both = FrontendNotation.encode("X", "Q select 2");
    acme.sendsBytes(Arrays.copyOf(both, both.length - 4)); // a leak fails the test
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  @WireTest
  void terminateInTwoPiecesEndsASessionThatWasHeld(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.lags("acme");
    acme.sends("Q select 1").getsNothing();
    wire.migrate();
    ScriptedServer server = acme.server().sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
    byte[] both = FrontendNotation.encode("X", "Q select 2");
    acme.sendsBytes(Arrays.copyOf(both, 3));
    acme.sendsBytes(Arrays.copyOfRange(both, 3, both.length));
    server.seesNothing();
    assertThat(acme.isEndedByGateway()).isTrue();
  }
}
