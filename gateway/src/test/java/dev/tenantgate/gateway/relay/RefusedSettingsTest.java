package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/** A {@link ClientLease} whose backend takes the client's settings no more. */
class RefusedSettingsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  /** Has set something that the backend hasn't any more: another client had it. */
  private static ScriptedClient set(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q set jit_cost to 8");
    acme.server().sees("Q set jit_cost to 8").has("jit_cost", "8").says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    wire.client("globex").runs("Q select 1", SELECTED);
    return acme;
  }

  @WireTest(Mode.TRANSACTION)
  void anotherBackendIsTried(Wire wire) {
    ScriptedClient acme = set(wire);
    wire.refusesSettings(3);
    acme.sends("Q select 1");
    assertThat(wire.servers()).hasSize(4);
    wire.servers().get(3).sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
    assertThat(wire.servers().get(3).setting("jit_cost")).isEqualTo("8");
    assertThat(wire.servers().get(0).isLeft()).isTrue();
    wire.client("globex").runs("Q select 1", SELECTED);
    wire.refusesSettings(3); // the count begins anew
    acme.sends("Q select 1");
    assertThat(wire.servers()).hasSizeGreaterThan(5);
    acme.server().sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void sessionEndsWhereAllBackendsRefuse(Wire wire) {
    ScriptedClient acme = set(wire);
    wire.refusesSettings(100);
    acme.sends("Q select 1");
    acme.gets("E! 22023 the session's settings can't be restored: it may not be set");
    assertThat(acme.isEndedByGateway()).isTrue();
    assertThat(wire.servers()).hasSize(4).allMatch(server -> server.isLeft());
  }
}
