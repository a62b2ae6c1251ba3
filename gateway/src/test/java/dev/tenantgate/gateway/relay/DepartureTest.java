package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.Arrays;

/** {@link Departure}: what becomes of the backend of a client that leaves. */
class DepartureTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  /** Pins a session, on whose backend something is left that nobody else may have. */
  private static ScriptedServer pinned(Wire wire, ScriptedClient client, String sql, String left) {
    client.sends("Q " + sql);
    ScriptedServer server = wire.server().sees("Q " + sql);
    if (!left.isEmpty()) {
      server.holds(left);
    }
    server.says("C DONE", "Z I");
    client.gets("C DONE", "Z I");
    client.runs("Q select 1", SELECTED);
    server.has("work_mem", "secret");
    return server;
  }

  @WireTest(Mode.TRANSACTION)
  void stateOfASessionThatWasKeptIsDiscardedForTheNext(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedServer server = pinned(wire, acme, "create temp table t()", "TEMPORARY");
    acme.leaves();
    wire.client("globex").runs("Q select 1", SELECTED);
    assertThat(wire.servers()).hasSize(1);
    assertThat(server.setting("work_mem")).isEqualTo("null");
  }

  @WireTest(Mode.TRANSACTION)
  void stateThatNobodyCanDiscardEndsTheBackend(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedServer server = pinned(wire, acme, "load 'library'", "");
    acme.leaves();
    assertThat(server.isLeft()).isTrue();
    ScriptedClient globex = wire.client("globex");
    globex.sends("Q select 1");
    assertThat(wire.servers()).hasSize(2);
    wire.servers().get(1).sees("Q select 1").says(SELECTED);
    globex.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void transactionIsRolledBackAndNothingElseIsDiscarded(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = acme.server().has("work_mem", "kept");
    acme.leaves();
    server.sees("Q ROLLBACK").says("C ROLLBACK", "Z I");
    wire.client("globex").runs("Q select 1", SELECTED);
    assertThat(server.setting("work_mem")).as("no DISCARD ALL").isEqualTo("kept");
  }

  @WireTest(Mode.TRANSACTION)
  void halfAMessageEndsTheBackend(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q copy t from stdin", "G");
    ScriptedServer server = acme.server();
    byte[] half = new byte[9_000];
    Arrays.fill(half, (byte) 'x');
    half[0] = 'd';
    half[1] = 0;
    half[2] = 1;
    acme.sendsBytes(half).leaves();
    assertThat(server.isLeft()).isTrue();
  }

  @WireTest(Mode.TRANSACTION)
  void whoLeavesWhileSettingsAreReadLeavesTheBackendToTheNext(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q set work_mem to '8MB'");
    ScriptedServer server = acme.server().sees("Q set work_mem to '8MB'").has("work_mem", "8MB");
    server.isSilent(true);
    server.says("C SET", "Z I");
    acme.leaves();
    ScriptedClient globex = wire.client("globex");
    globex.sends("Q select 1");
    server.isSilent(false);
    server.sees("Q select 1").says(SELECTED);
    globex.gets(SELECTED);
    acme.takesAll();
    assertThat(wire.servers()).hasSize(1);
    assertThat(server.setting("work_mem")).isEqualTo("null");
  }

  @WireTest(Mode.TRANSACTION)
  void stateThatIsFoundBehindAClientIsDiscarded(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q create temp table t()");
    ScriptedServer server = acme.server().sees("Q create temp table t()").holds("TEMPORARY");
    server.isSilent(true);
    server.says("C CREATE TABLE", "Z I").has("other.value", "secret");
    acme.leaves();
    server.isSilent(false);
    wire.client("globex").runs("Q select 1", SELECTED);
    acme.takesAll();
    assertThat(wire.servers()).hasSize(1);
    assertThat(server.setting("other.value")).isEqualTo("null");
  }

  @WireTest(Mode.SESSION)
  void aBackendOfOnesOwnEndsWithItsClient(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = acme.server();
    acme.leaves();
    assertThat(server.isLeft()).isTrue();
    ScriptedClient other = wire.client("acme");
    other.sends("P - insert", "B -", "E");
    ScriptedServer second = other.server().sees("P - insert", "B -", "E");
    other.leaves();
    second.says("1", "2", "C INSERT 0 1");
    second.seesNothing();
    assertThat(second.isLeft()).isTrue();
  }
}
