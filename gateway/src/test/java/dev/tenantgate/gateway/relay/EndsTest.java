package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/**
 * How sessions end, and statements that name processes, statements and sequences of the gateway's.
 */
class EndsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  @WireTest
  void anIdleSessionEndsAtOnceWhenTheGatewayStops(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.drains();
    acme.gets("E! 57P01");
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  @WireTest
  void aTransactionIsFinishedBeforeTheGatewayStops(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    wire.drains();
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z T");
    acme.sends("Q commit").server().sees("Q commit").says("C COMMIT", "Z I");
    acme.gets("C COMMIT", "Z I", "E! 57P01");
  }

  @WireTest
  void aBatchIsFinishedBeforeTheGatewayStops(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P - select 1 & B - & E & H", "1", "2", "D 1", "C SELECT 1");
    wire.drains();
    acme.getsNothing();
    acme.sends("S").server().sees("S").says("Z I");
    acme.gets("Z I", "E! 57P01");
  }

  @WireTest
  void whoIsHeldIsEndedWhenTheGatewayStops(Wire wire) {
    wire.lags("acme");
    ScriptedClient acme = wire.connecting("acme");
    wire.drains();
    acme.endsWith("E! 57P01");
  }

  @WireTest(Mode.TRANSACTION)
  void whoWaitsForABackendIsServedBeforeTheGatewayStops(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.runs("Q begin", "C BEGIN", "Z T");
    globex.sends("Q select 1");
    wire.drains();
    globex.getsNothing();
    acme.sends("Q commit").server().sees("Q commit").says("C COMMIT", "Z I");
    acme.gets("C COMMIT", "Z I", "E! 57P01");
    globex.server().sees("Q select 1").says(SELECTED);
    globex.gets("T", "D 1", "C SELECT 1", "Z I", "E! 57P01");
  }

  @WireTest(Mode.TRANSACTION)
  void sqlExecutesWhatTheProtocolHasPrepared(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select 1", "S").server().sees("P s select 1", "D S s", "S");
    acme.server().says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    acme.sends("Q execute s"); // there under its own name for as long as it takes
    acme.server().sees("P s select 1", "S", "Q execute s", "C S s", "S");
    acme.server().says("1", "Z I").says(SELECTED).says("3", "Z I");
    acme.gets(SELECTED);
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void aSequencesValueThatNobodyHasIsNotRead(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    acme.sends("Q select currval('s')");
    acme.server().hasSeen(1).says("E 55000", "Z I");
    acme.gets("E 55000", "Z I");
  }
}
