package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;
import java.util.Map;

/**
 * A {@link ClientLease} while it waits for a backend, for its settings, or for what a transaction
 * has left.
 */
class LeaseWaitsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  private static void sets(ScriptedClient client, String name, String value) {
    String set = "Q set " + name + " to '" + value + "'";
    client.sends(set).server().sees(set).has(name, value).says("C SET", "Z I");
    client.gets("C SET", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void clientWhoseTenantLagsWhenABackendIsFreeIsHeld(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.runs("Q begin", "C BEGIN", "Z T");
    globex.sends("Q select 2").getsNothing();
    wire.lags("globex");
    acme.runs("Q commit", "C COMMIT", "Z I");
    wire.server().seesNothing();
    acme.runs("Q select 1", SELECTED); // the backend is free
    wire.migrate();
    wire.server().sees("Q select 2").says(SELECTED);
    globex.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void pathOfTemporaryObjectsKeepsItsBackendFromTheBegin(Wire wire) {
    ScriptedClient acme = wire.connecting(Map.of("search_path", "pg_temp, tenant_acme")).isIn();
    acme.runs("Q select 1", SELECTED);
    wire.client("globex").sends("Q select 2").getsNothing();
    wire.server().seesNothing();
    acme.leaves();
    wire.servers().forEach(ScriptedServer::forgetsAll);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void longStatementThatIsNeverBoundCountsAsIdle(Wire wire) {
    wire.idleInTransaction(Duration.ofSeconds(10));
    ScriptedClient acme = wire.client("acme");
    String parse = "P - select '" + "x".repeat(1_100_000) + "'";
    acme.sends(parse, "S").server().sees(parse, "S").says("1", "Z I");
    acme.gets("1", "Z I");
    wire.passes(Duration.ofSeconds(9));
    acme.getsNothing();
    wire.passes(Duration.ofSeconds(2));
    acme.gets("E! 25P03");
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void longStatementThatIsBoundDoesNot(Wire wire) {
    wire.idleInTransaction(Duration.ofSeconds(10));
    ScriptedClient acme = wire.client("acme");
    String parse = "P - select '" + "x".repeat(1_100_000) + "'";
    acme.sends(parse, "S").server().sees(parse, "S").says("1", "Z I");
    acme.gets("1", "Z I");
    acme.runs("B - & E & S", "2", "D x", "C SELECT 1", "Z I");
    wire.passes(Duration.ofSeconds(20));
    acme.getsNothing();
  }

  @WireTest
  void transactionWhoseHeldSwitchWasCancelledMayBeIdleForOnlySoLong(Wire wire) {
    wire.idleInTransaction(Duration.ofSeconds(10)).lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q set search_path to tenant_globex").cancels();
    ScriptedServer server = acme.server().sees("Q REFUSED").says("E REFUSED", "Z E");
    acme.gets("E 57014", "Z E");
    wire.passes(Duration.ofSeconds(12));
    acme.gets("E! 25P03");
    server.forgetsAll();
    server.dies();
  }

  @WireTest
  void sessionEndsBehindWhatItsTransactionHasLeft(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q create temp table t()");
    ScriptedServer server = acme.server().sees("Q create temp table t()").holds("TEMPORARY");
    server.says("C CREATE TABLE", "Z I");
    acme.gets("C CREATE TABLE", "Z I");
    acme.sends("Q set work_mem to '8MB'").server().sees("Q set work_mem to '8MB'").isSilent(true);
    server.says("C SET", "Z I");
    wire.drains();
    server.isSilent(false);
    acme.gets("C SET", "Z I", "E! 57P01");
  }

  @WireTest(Mode.TRANSACTION)
  void clientLeavesWhileItsSettingsAreBrought(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    sets(acme, "jit_cost", "8");
    wire.client("globex").runs("Q select 1", SELECTED);
    ScriptedServer server = wire.server();
    server.isSilent(true);
    acme.sends("Q select 1").server().seesNothing();
    acme.leaves();
    assertThat(server.isLeft()).isTrue();
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void nextClientOfABackendIsReadAlthoughTheOneBeforeReadsNothing(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select 1");
    ScriptedServer server = acme.server().sees("Q select 1");
    acme.stalls(true);
    String row = "D " + "x".repeat(100_000);
    server.says("T", row, "C SELECT 1", "Z I");
    wire.client("globex").runs("Q select 1", SELECTED);
    assertThat(wire.servers()).hasSize(1);
    acme.stalls(false);
    acme.gets("T", row, "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void serverThatIsAwayForTooLongEndsWhoWaitsForABackend(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.serverIsReachable(false);
    wire.server().dies();
    acme.sends("Q select 1");
    wire.passes(Duration.ofSeconds(29));
    assertThat(acme.isEndedByGateway()).isFalse();
    wire.passes(Duration.ofSeconds(2));
    acme.endsWith("E! 08006");
  }
}
