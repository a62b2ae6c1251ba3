package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;

/** A {@link PinQuestion}: when a session that keeps its backend is asked whether it still must. */
class PinQuestionTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  /** A client that is pinned by something that its backend says it holds. */
  private static ScriptedClient pinned(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q create temp table t()");
    acme.server().sees("Q create temp table t()").holds("TEMPORARY").says("C CREATE TABLE", "Z I");
    acme.gets("C CREATE TABLE", "Z I");
    return acme;
  }

  /** Another one that waits for the backend. */
  private static ScriptedClient waiting(Wire wire) {
    return wire.client("globex").sends("Q select 2").getsNothing();
  }

  private static void getsTheBackend(ScriptedClient client, ScriptedServer server) {
    server.sees("Q select 2").says(SELECTED);
    client.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void readyForQueryWaitsForWhatIsLeft(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q create temp table t()");
    ScriptedServer server = acme.server().sees("Q create temp table t()").holds("TEMPORARY");
    server.isSilent(true);
    server.says("C CREATE TABLE", "Z I");
    acme.gets("C CREATE TABLE");
    server.isSilent(false);
    acme.gets("Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void reasonThatHasEndedIsFoundWhileTheSessionIsIdle(Wire wire) {
    ScriptedClient acme = pinned(wire);
    acme.runs("Q select 1", SELECTED);
    ScriptedServer server = acme.server().holds();
    ScriptedClient globex = waiting(wire);
    server.seesNothing();
    wire.passes(SessionPin.INTERVAL);
    getsTheBackend(globex, server);
  }

  @WireTest(Mode.TRANSACTION)
  void sessionIsNotAskedInItsTransaction(Wire wire) {
    ScriptedClient acme = pinned(wire);
    acme.runs("Q select 1", SELECTED);
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = acme.server().holds();
    ScriptedClient globex = waiting(wire);
    wire.passes(Duration.ofSeconds(2));
    server.seesNothing();
    globex.getsNothing();
    acme.sends("Q commit");
    server.sees("Q commit").says("C COMMIT", "Z I");
    acme.gets("C COMMIT", "Z I");
    getsTheBackend(globex, server);
  }

  @WireTest(Mode.TRANSACTION)
  void sessionIsNotAskedInAQueryOrABatch(Wire wire) {
    for (String messages : new String[] {"Q select 3", "P - select 3 & B - & E & H"}) {
      ScriptedClient acme = pinned(wire);
      acme.runs("Q select 1", SELECTED);
      acme.sends(messages);
      ScriptedServer server = acme.server().sees(messages.split(" & ")).holds();
      wire.passes(Duration.ofSeconds(2));
      server.seesNothing();
      server.says(messages.startsWith("Q") ? "T" : "1");
      acme.takesAll();
      acme.leaves();
      server.forgetsAll();
      server.dies();
    }
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void valueThatCannotBeReadPinsUntilItCan(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q set app.v to 'x'");
    ScriptedServer server = acme.server().sees("Q set app.v to 'x'");
    server.has("app.v", "x".repeat((1 << 20) + 1)).says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    ScriptedClient globex = waiting(wire);
    server.seesNothing();
    acme.sends("Q set app.v to 'y'");
    server.sees("Q set app.v to 'y'").has("app.v", "y").says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    wire.passes(SessionPin.INTERVAL);
    getsTheBackend(globex, server);
    assertThat(server.setting("app.v")).isNotEqualTo("y");
    acme.runs("Q select 1", SELECTED);
    assertThat(server.setting("app.v")).isEqualTo("y");
  }

  @WireTest(Mode.TRANSACTION)
  void discardAllEndsWhatItDiscards(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select currval('s')", SELECTED);
    ScriptedServer server = acme.server();
    ScriptedClient globex = waiting(wire);
    discardsAll(acme);
    getsTheBackend(globex, server);
    assertThat(wire.servers()).hasSize(1);
  }

  @WireTest(Mode.TRANSACTION)
  void backendThatADiscardAllLeavesDifferentIsLeft(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q load 'library'", "C LOAD", "Z I");
    ScriptedServer server = acme.server();
    ScriptedClient globex = waiting(wire);
    discardsAll(acme);
    assertThat(server.isLeft()).isTrue();
    getsTheBackend(globex, wire.servers().get(1));
  }

  private static void discardsAll(ScriptedClient client) {
    client.sends("Q discard all").server().sees("Q discard all").keepsStatements(0);
    client.server().hasDefault("search_path").says("C DISCARD ALL", "Z I");
    client.gets("C DISCARD ALL", "Z I");
  }
}
