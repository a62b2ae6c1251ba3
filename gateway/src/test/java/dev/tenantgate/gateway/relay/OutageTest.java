package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;

/** A server that is away: transactions that haven't begun wait for it, and so do logins. */
class OutageTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  @WireTest
  void loginWaitsForTheServer(Wire wire) {
    wire.serverIsReachable(false);
    ScriptedClient acme = wire.connecting("acme");
    wire.passes(Duration.ofSeconds(20));
    assertThat(acme.isEndedByGateway()).isFalse();
    wire.serverIsReachable(true);
    wire.passes(Duration.ofSeconds(3));
    acme.takesAll();
    acme.sends("Q select 1");
    wire.server().sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
  }

  @WireTest
  void loginIsGivenUpAfterTheOutageTimeout(Wire wire) {
    wire.serverIsReachable(false);
    ScriptedClient acme = wire.connecting("acme");
    wire.passes(Duration.ofSeconds(29));
    assertThat(acme.isEndedByGateway()).isFalse();
    acme.takesAll();
    wire.passes(Duration.ofSeconds(2));
    acme.endsWith("E! 08006");
  }

  @WireTest(Mode.TRANSACTION)
  void transactionWaitsThroughARestart(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.serverIsReachable(false);
    wire.server().says("E! 57P01 terminating connection").dies();
    acme.sends("Q select 2");
    wire.passes(Duration.ofSeconds(20));
    assertThat(acme.takesAll()).allMatch(message -> message.startsWith("N"));
    wire.serverIsReachable(true);
    wire.passes(Duration.ofSeconds(3));
    acme.server().sees("Q select 2").says(SELECTED);
    acme.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void waitForTheServerCanBeCancelled(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.serverIsReachable(false);
    wire.server().dies();
    acme.sends("Q select 2");
    wire.passes(Duration.ofSeconds(1));
    acme.cancels();
    acme.gets("E 57014", "Z I");
    wire.serverIsReachable(true);
    wire.passes(Duration.ofSeconds(3));
    acme.sends("Q select 3").server().sees("Q select 3").says(SELECTED);
    acme.gets(SELECTED);
  }

  @WireTest(Mode.SESSION)
  void sessionGetsAnotherBackendBetweenTransactions(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q set application_name = 'billing'", "C SET", "Z I");
    acme.sends("P s1 select 1", "S");
    acme.server().sees("P s1 select 1", "S").says("1", "Z I");
    acme.gets("1", "Z I");
    wire.serverIsReachable(false);
    wire.servers().get(0).says("E! 57P01 terminating connection").dies();
    acme.getsNothing();
    acme.sends("Q select 2");
    wire.passes(Duration.ofSeconds(20));
    assertThat(acme.takesAll()).isNotEmpty().allMatch(message -> message.startsWith("N"));
    wire.serverIsReachable(true);
    wire.passes(Duration.ofSeconds(3));
    ScriptedServer second = wire.servers().get(1);
    assertThat(second.setting("application_name")).isEqualTo("billing");
    second.sees("P s1 select 1", "S", "Q select 2");
    second.says("1", "Z I").says(SELECTED);
    acme.gets(SELECTED);
  }

  /** Another backend would have no such limit reached. */
  @WireTest(Mode.SESSION)
  void sessionEndsByTheServersLimitForIdleOnes(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q set idle_session_timeout = '1s'", "C SET", "Z I");
    acme.server().says("E! 57P05 terminating connection due to idle-session timeout").dies();
    acme.endsWith("E! 57P05");
    assertThat(wire.servers()).hasSize(1);
  }

  @WireTest(Mode.SESSION)
  void sessionThatListensEndsWithItsBackend(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q listen news", "C LISTEN", "Z I");
    acme.server().says("E! 57P01 terminating connection").dies();
    acme.endsWith("E! 57P01");
  }

  @WireTest(Mode.SESSION)
  void writeInFlightIsNotRepeated(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q insert into t values (1)");
    acme.server().sees("Q insert into t values (1)").dies();
    acme.endsWith("E! 08006");
    assertThat(wire.servers()).hasSize(1);
  }
}
