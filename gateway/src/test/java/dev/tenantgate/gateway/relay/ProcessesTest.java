package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/** The process that a client is told to be served by, and knows its own notifications by. */
class ProcessesTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  @WireTest(Mode.SESSION)
  void clientWithABackendOfItsOwnIsToldTheServersProcess(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedServer own = wire.server();
    assertThat(acme.process()).isEqualTo(own.process());
    acme.sends("Q listen news; notify news");
    own.hasSeen(1).says("C LISTEN", "C NOTIFY", "A %d news ".formatted(own.process()), "Z I");
    acme.gets("C LISTEN", "C NOTIFY", "A %d news".formatted(acme.process()), "Z I");
    String signal = "Q select pg_terminate_backend(%d)".formatted(acme.process());
    acme.runs(signal, SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void clientOfAPoolHasANumberOfTenDigits(Wire wire) {
    assertThat(String.valueOf(wire.client("acme").process())).hasSize(10);
  }

  @WireTest(Mode.SESSION)
  void queryIsCancelledByTheKeyOfTheServersProcess(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.sends("Q select 1");
    globex.sends("Q select 2");
    acme.cancels();
    assertThat(wire.takeCancelled()).containsExactly(acme.process());
    acme.server().sees("Q select 1").says("E 57014", "Z I");
    acme.gets("E 57014", "Z I");
    globex.server().sees("Q select 2").says(SELECTED);
    globex.gets(SELECTED);
  }

  /** The number that the client was told stays: the second backend's is replaced by it. */
  @WireTest(Mode.SESSION)
  void backendThatReplacesALostOneIsKnownByTheFirstOnesProcess(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    int told = acme.process();
    acme.runs("Q select 1", SELECTED);
    wire.server().dies();
    acme.sends("Q listen news; notify news");
    ScriptedServer second = wire.servers().get(1);
    assertThat(second.process()).isNotEqualTo(told);
    second.hasSeen(1).says("C LISTEN", "C NOTIFY", "A %d news own".formatted(second.process()));
    second.says("A 7 news other", "Z I");
    acme.gets("C LISTEN", "C NOTIFY", "A %d news own".formatted(told), "A 7 news other", "Z I");
    acme.sends("Q select 2");
    acme.cancels();
    assertThat(wire.takeCancelled()).containsExactly(second.process());
    second.sees("Q select 2").says("E 57014", "Z I");
    acme.gets("E 57014", "Z I");
  }

  /** The gateway asks where the session is, and the server tells of a notification meanwhile. */
  @WireTest(Mode.SESSION)
  void notificationDuringAQuestionOfTheGatewaysIsTold(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedServer own = wire.server();
    acme.runs("Q listen news", "C LISTEN", "Z I");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("Q set search_path = tenant_globex", "C SET", "Z T");
    own.isSilent(true);
    acme.sends("Q rollback");
    own.sees("Q rollback").says("C ROLLBACK", "Z I").says("A 7 news x");
    own.isSilent(false);
    assertThat(acme.takesAll()).containsExactlyInAnyOrder("C ROLLBACK", "A 7 news x", "Z I");
  }
}
