package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;

/** CancelRequests: whose query they reach, before, while and after it runs. */
class CancelsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  @WireTest
  void aQueryThatRunsIsCancelled(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select pg_sleep(10)");
    ScriptedServer server = acme.server().sees("Q select pg_sleep(10)");
    acme.cancels();
    assertThat(wire.takeCancelled()).containsExactly(server.process());
    server.says("E 57014", "Z I");
    if (wire.isPooled()) {
      server.sees("S").says("Z I"); // the signal may come late: nobody's query is there for it
    }
    acme.gets("E 57014", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void aClientWithoutALeaseCancelsNobody(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.runs("Q select 1", SELECTED);
    globex.sends("Q select 2").server().sees("Q select 2");
    acme.cancels();
    assertThat(wire.takeCancelled()).isEmpty();
    globex.server().says(SELECTED);
    globex.gets(SELECTED);
  }

  @WireTest
  void whoLeavesInAQueryLeavesItToTheServer(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select pg_sleep(10)");
    ScriptedServer server = acme.server().sees("Q select pg_sleep(10)");
    acme.leaves();
    acme.cancels();
    assertThat(wire.takeCancelled()).containsExactly(server.process());
    server.says("E 57014", "Z I");
    if (wire.isPooled() && !server.isLeft()) {
      server.sees("S").says("Z I");
    }
  }

  @WireTest(Mode.TRANSACTION)
  void aQueryThatGoesOnWithoutItsClientIsCancelledWhereItsWorkIsLost(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q select pg_sleep(10)");
    ScriptedServer server = acme.server().sees("Q select pg_sleep(10)");
    acme.leaves();
    wire.passes(Duration.ofMillis(1_900));
    assertThat(wire.takeCancelled()).isEmpty();
    wire.passes(Duration.ofMillis(200));
    assertThat(wire.takeCancelled()).containsExactly(server.process());
    server.says("E 57014", "Z E");
    server.sees("Q ROLLBACK").says("C ROLLBACK", "Z I");
    server.sees("S").says("Z I");
    wire.client("globex").runs("Q select 1", SELECTED);
    assertThat(wire.servers()).hasSize(1);
  }

  @WireTest(Mode.TRANSACTION)
  void aQueryThatWouldBeCommittedGoesOnWithoutItsClient(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q insert");
    ScriptedServer server = acme.server().sees("Q insert");
    acme.leaves();
    wire.passes(Duration.ofSeconds(3));
    assertThat(wire.takeCancelled()).isEmpty();
    assertThat(server.isLeft()).isTrue();
    acme.cancels(); // the key is good as long as the query
    assertThat(wire.takeCancelled()).containsExactly(server.process());
    server.says("E 57014", "Z I");
    acme.cancels();
    assertThat(wire.takeCancelled()).isEmpty();
  }

  @WireTest
  void aKeyThatNobodyHasCancelsNothing(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select 1").server().sees("Q select 1");
    acme.cancelsWithAnotherKey();
    assertThat(wire.takeCancelled()).isEmpty();
    acme.server().says(SELECTED);
    acme.gets(SELECTED);
  }

  @WireTest
  void whoIsHeldAtTheDoorCancels(Wire wire) {
    wire.lags("acme");
    ScriptedClient acme = wire.connecting("acme");
    acme.readsKey().cancels();
    acme.gets("E! 57014");
  }
}
