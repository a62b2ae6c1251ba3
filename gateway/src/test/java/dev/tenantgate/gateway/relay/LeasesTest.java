package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;

/**
 * A backend's holder, from when to when, and the clients that wait for it: a {@link ClientLease},
 * which a {@link PinQuestion} makes last as long as it finds a reason.
 */
class LeasesTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  @WireTest(Mode.TRANSACTION)
  void aBackendIsLentForATransaction(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.runs("Q begin", "C BEGIN", "Z T");
    assertThat(wire.server().setting("search_path")).isEqualTo("tenant_acme");
    globex.sends("Q select 1").getsNothing();
    wire.server().seesNothing();
    acme.runs("Q select 1/0", "E 22012", "Z E");
    wire.server().seesNothing();
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
    wire.server().sees("Q select 1").says(SELECTED);
    assertThat(wire.server().setting("search_path")).isEqualTo("tenant_globex");
    globex.gets(SELECTED);
    acme.runs("Q select 1", SELECTED);
    assertThat(wire.server().setting("search_path")).isEqualTo("tenant_acme");
  }

  @WireTest(Mode.SESSION)
  void aBackendIsASessions(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.runs("Q begin", "C BEGIN", "Z T");
    globex.runs("Q select 1", SELECTED);
    acme.runs("Q commit", "C COMMIT", "Z I");
    assertThat(wire.servers()).hasSize(2);
    assertThat(acme.server().startup()).containsEntry("search_path", "tenant_acme");
    acme.sends("X");
    assertThat(acme.isEndedByGateway()).isTrue();
    assertThat(acme.server().isLeft()).isTrue();
    globex.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void whoWaitsForTooLongIsRefused(Wire wire) {
    wire.pool(Duration.ofSeconds(7), 100, PoolSettings.Unpoolable.PIN);
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.runs("Q begin", "C BEGIN", "Z T");
    globex.sends("Q select 1").getsNothing();
    wire.passes(Duration.ofSeconds(6));
    assertThat(globex.getsReport('M')).contains("for 5 s, behind 0 others");
    wire.passes(Duration.ofSeconds(2));
    globex.gets("E 53300", "Z I");
    acme.runs("Q commit", "C COMMIT", "Z I");
    globex.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void onlySoManyMayWait(Wire wire) {
    wire.pool(Duration.ofSeconds(7), 1, PoolSettings.Unpoolable.PIN);
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    ScriptedClient other = wire.client("globex");
    acme.runs("Q begin", "C BEGIN", "Z T");
    globex.sends("Q select 1").getsNothing();
    other.sends("Q select 2", "Q select 3").gets("E 53300", "Z I", "E 53300", "Z I");
    acme.runs("Q commit", "C COMMIT", "Z I");
    globex.server().sees("Q select 1").says(SELECTED);
    globex.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void whoWaitsLeavesOrCancels(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    ScriptedClient other = wire.client("globex");
    acme.runs("Q begin", "C BEGIN", "Z T");
    globex.sends("Q select 1").leaves();
    other.sends("Q select 2", "Q select 3").cancels();
    assertThat(wire.takeCancelled()).isEmpty();
    other.gets("E 57014", "Z I");
    acme.runs("Q commit", "C COMMIT", "Z I");
    other.server().sees("Q select 3").says(SELECTED);
    other.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void aBackendThatDiesIdleIsReplaced(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.server().says("E! 57P01 terminating connection").dies();
    acme.getsNothing();
    acme.sends("Q select 1");
    assertThat(wire.servers()).hasSize(2);
    acme.server().sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
  }

  @WireTest
  void aBackendThatDiesInATransactionEndsTheSession(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.server().dies();
    acme.gets("E! 08006");
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  @WireTest
  void aBackendThatDiesInAMessageEndsTheSessionWithoutAWord(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select 1").server().sees("Q select 1").says("T");
    acme.server().saysBytes((byte) 'D', (byte) 0, (byte) 0, (byte) 0, (byte) 20, (byte) 0).dies();
    acme.gets("T");
    acme.forgetsPartOfAMessage();
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  @WireTest
  void theServersReasonIsAllThatIsSaid(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.server().says("E! 57P01 terminating connection").dies();
    acme.gets("E! 57P01 terminating connection");
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  @WireTest
  void whoLeavesInATransactionLeavesItsBackendToBeRolledBack(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = acme.server();
    acme.leaves();
    if (wire.isPooled()) {
      server.sees("Q ROLLBACK").says("C ROLLBACK", "Z I");
      wire.client("globex").runs("Q select 1", SELECTED);
      assertThat(wire.servers()).hasSize(1);
    } else {
      assertThat(server.isLeft()).isTrue();
    }
  }

  @WireTest(Mode.TRANSACTION)
  void whoLeavesInABatchLeavesNothingOfIt(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - insert", "B -", "E").leaves();
    wire.server()
        .sees(
            "P - insert",
            "B -",
            "E",
            "f the client has left tenantgate",
            "P - the client has left tenantgate",
            "S")
        .says("1", "2", "C INSERT 0 1", "E 42601", "Z I");
    wire.client("globex").runs("Q select 1", SELECTED);
    assertThat(wire.servers()).hasSize(1);
  }

  @WireTest(Mode.TRANSACTION)
  void whoLeavesInAMessageEndsItsBackend(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = acme.server();
    acme.sendsBytes((byte) 'Q', (byte) 0, (byte) 0, (byte) 1, (byte) 0, (byte) 's').leaves();
    server.sees("Q ROLLBACK").says("C ROLLBACK", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void aTemporaryTablePinsASession(Wire wire) {
    pins(wire, "create temp table t()", "TEMPORARY", "drop table t");
  }

  @WireTest(Mode.TRANSACTION)
  void anAdvisoryLockPinsASession(Wire wire) {
    pins(wire, "select pg_advisory_lock(1)", "ADVISORY_LOCK", "select pg_advisory_unlock(1)");
  }

  @WireTest(Mode.TRANSACTION)
  void aCursorWithHoldPinsASession(Wire wire) {
    pins(wire, "declare c cursor with hold for select 1", "CURSOR", "close c");
  }

  @WireTest(Mode.TRANSACTION)
  void aStatementOfSqlsPinsASession(Wire wire) {
    pins(wire, "prepare p as select 1", "PREPARE", "deallocate p");
  }

  private static void pins(Wire wire, String pinning, String left, String unpinning) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.sends("Q " + pinning);
    acme.server().sees("Q " + pinning).holds(left).says("C DONE", "Z I");
    acme.gets("C DONE", "Z I");
    globex.sends("Q select 1").getsNothing();
    acme.runs("Q select 1", SELECTED);
    globex.getsNothing();
    acme.sends("Q " + unpinning);
    wire.server().sees("Q " + unpinning).holds().says("C DONE", "Z I");
    acme.gets("C DONE", "Z I");
    wire.passes(Duration.ofSeconds(10));
    wire.server().sees("Q select 1").says(SELECTED);
    globex.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void whatPinsIsRefusedWhereThatIsWanted(Wire wire) {
    wire.pool(Duration.ofSeconds(7), 100, PoolSettings.Unpoolable.REFUSE);
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q create temp table t()");
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z I");
    acme.gets("E 0A000", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void settingsFollowTheirClient(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.sends("Q set work_mem to '8MB'");
    acme.server().sees("Q set work_mem to '8MB'").has("work_mem", "8MB").says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    globex.runs("Q select 1", SELECTED);
    assertThat(wire.server().setting("work_mem")).isEqualTo("null");
    acme.runs("Q select 1", SELECTED);
    assertThat(wire.server().setting("work_mem")).isEqualTo("8MB");
  }

  @WireTest
  void whoIsIdleInATransactionForTooLongIsEnded(Wire wire) {
    wire.idleInTransaction(Duration.ofSeconds(20));
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = acme.server();
    wire.passes(Duration.ofSeconds(15));
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z T");
    wire.passes(Duration.ofSeconds(15));
    acme.getsNothing();
    wire.passes(Duration.ofSeconds(6)); // a timeout is kept to a second
    acme.gets("E! 25P03");
    if (wire.isPooled()) {
      server.sees("Q ROLLBACK").says("C ROLLBACK", "Z I");
    } else {
      assertThat(server.isLeft()).isTrue();
    }
  }

  @WireTest(Mode.TRANSACTION)
  void aBackendThatNobodyUsesIsClosed(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.passes(Duration.ofMinutes(9));
    assertThat(wire.server().isLeft()).isFalse();
    wire.passes(Duration.ofMinutes(2));
    assertThat(wire.server().isLeft()).isTrue();
    acme.sends("Q select 1").server().sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void aBackendThatWasIdleForLongIsTriedFirst(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.passes(Duration.ofMinutes(1));
    acme.sends("Q select 1");
    wire.server().sees("S").says("Z I");
    wire.server().sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
  }
}
