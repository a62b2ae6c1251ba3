package dev.tenantgate.gateway.timeout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.ClientTimeouts;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.TestPools;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;
import java.util.Map;

/**
 * Clients, queries and transactions that take too long: a {@link ClientWatch} and its {@link
 * QueryTimeout} hold them against their limits, by what {@link ClientActivity} says of them, and
 * whether they are replicas ({@link RelayIdentity}).
 */
class TimeoutsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final Duration NONE = Duration.ZERO;
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** Not too long yet; and too long, by less than a second. */
  private static final Duration SHORT = Duration.ofSeconds(9);

  private static final Duration LONG = Duration.ofSeconds(2);

  private static Wire queries(Wire wire) {
    return wire.timeouts(new ClientTimeouts(LIMIT, NONE, NONE, NONE));
  }

  private static Wire transactions(Wire wire) {
    return wire.timeouts(new ClientTimeouts(NONE, LIMIT, NONE, NONE));
  }

  private static Wire idleClients(Wire wire) {
    return wire.timeouts(new ClientTimeouts(NONE, NONE, NONE, LIMIT));
  }

  /** A pooled backend that was asked to cancel something answers before anybody gets it. */
  private static void isChecked(Wire wire, ScriptedServer server) {
    if (wire.isPooled()) {
      server.sees("S").says("Z I");
    }
  }

  // ---- queries

  @WireTest
  void aQueryThatTakesTooLongIsCancelledAndTheSessionGoesOn(Wire wire) {
    queries(wire);
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select pg_sleep(60)");
    ScriptedServer server = acme.server().sees("Q select pg_sleep(60)");
    wire.passes(SHORT);
    assertThat(wire.takeCancelled()).isEmpty();
    wire.passes(LONG);
    assertThat(wire.takeCancelled()).containsExactly(server.process());
    server.says("E 57014");
    assertThat(acme.getsReport('D'))
        .isEqualTo("It ran for longer than 10000 ms (pool.query-timeout).");
    server.says("Z I");
    isChecked(wire, server);
    acme.gets("Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest
  void anUsersOwnLimitIsInForceAndNamed(Wire wire) {
    wire.pool(
        PoolSettings.of(wire.isPooled() ? Mode.TRANSACTION : Mode.SESSION, 1)
            .with("pool.per-user.app.query-timeout", LIMIT));
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select 1");
    ScriptedServer server = acme.server().sees("Q select 1");
    wire.passes(SHORT.plus(LONG));
    assertThat(wire.takeCancelled()).containsExactly(server.process());
    server.says("E 57014");
    assertThat(acme.getsReport('D')).contains("(pool.per-user.app.query-timeout)");
    server.says("Z I");
    isChecked(wire, server);
    acme.gets("Z I");
  }

  @WireTest
  void anErrorOfTheQuerysOwnIsToldAsItIs(Wire wire) {
    queries(wire);
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select 1/0");
    ScriptedServer server = acme.server().sees("Q select 1/0");
    wire.passes(SHORT.plus(LONG));
    assertThat(wire.takeCancelled()).hasSize(1);
    server.says("E 22012", "Z I");
    isChecked(wire, server);
    acme.gets("E 22012", "Z I");
  }

  @WireTest
  void aCancelOfAnotherIsToldAsItIs(Wire wire) {
    queries(wire);
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q select 1");
    ScriptedServer server = acme.server().sees("Q select 1");
    wire.passes(SHORT.plus(LONG));
    assertThat(wire.takeCancelled()).hasSize(1);
    server.says("T", "D 1", "C SELECT 1", "Z T"); // it came too late
    acme.gets("T", "D 1", "C SELECT 1", "Z T");
    acme.sends("Q select 2").server().sees("Q select 2").says("E 57014");
    assertThat(acme.getsReport('M')).doesNotContain("query timeout");
    acme.server().says("Z E");
    acme.gets("Z E");
  }

  @WireTest
  void eachOfManyQueriesSentAheadHasItsOwnTime(Wire wire) {
    queries(wire);
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q select 1", "Q select 2", "Q select 3");
    ScriptedServer server = acme.server().sees("Q select 1", "Q select 2", "Q select 3");
    for (int i = 0; i < 2; i++) {
      wire.passes(SHORT.minusSeconds(1));
      server.says("T", "D 1", "C SELECT 1", "Z T");
      acme.gets("T", "D 1", "C SELECT 1", "Z T");
    }
    assertThat(wire.takeCancelled()).isEmpty();
    wire.passes(SHORT.plus(LONG).plusSeconds(1));
    assertThat(wire.takeCancelled()).hasSize(1);
    server.says("E 57014", "Z E");
    acme.gets("E 57014", "Z E");
  }

  @WireTest
  void aQueryThatCannotBeCancelledEndsItsClient(Wire wire) {
    queries(wire);
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select 1");
    acme.server().sees("Q select 1");
    wire.passes(SHORT.plus(LONG));
    assertThat(wire.takeCancelled()).hasSize(1);
    wire.passes(Duration.ofSeconds(6));
    acme.gets("E! 57014");
    wire.takeCancelled();
  }

  @WireTest(Mode.TRANSACTION)
  void waitingForABackendDoesNotCount(Wire wire) {
    queries(wire);
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = acme.server();
    ScriptedClient globex = wire.client("globex");
    globex.sends("Q select 1");
    wire.passes(Duration.ofSeconds(4));
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
    server.sees("Q select 1");
    wire.passes(SHORT);
    assertThat(wire.takeCancelled()).isEmpty();
    server.says(SELECTED);
    globex.gets(SELECTED);
  }

  @WireTest
  void aBatchThatWaitsForItsClientIsNoQuery(Wire wire) {
    queries(wire);
    ScriptedClient acme = wire.client("acme");
    acme.runs("P - select 1 & B - & E & H", "1", "2", "D 1", "C SELECT 1");
    ScriptedServer server = acme.server();
    wire.passes(Duration.ofMinutes(1));
    assertThat(wire.takeCancelled()).isEmpty();
    acme.sends("S");
    server.sees("S").says("Z I");
    acme.gets("Z I");
  }

  // ---- transactions

  @WireTest
  void aTransactionThatTakesTooLongEndsItsClientAndIsRolledBack(Wire wire) {
    transactions(wire);
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    ScriptedServer server = acme.server();
    for (int i = 0; i < 3; i++) {
      wire.passes(Duration.ofSeconds(3));
      acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z T");
    }
    wire.passes(LONG);
    assertThat(acme.getsReport('D')).contains("(pool.transaction-timeout)");
    if (wire.isPooled()) {
      server.sees("Q ROLLBACK").says("C ROLLBACK", "Z I");
      wire.client("globex").runs("Q select 1", SELECTED);
    } else {
      assertThat(server.isLeft()).isTrue();
    }
  }

  @WireTest
  void whatRunsInATransactionThatTakesTooLongIsCancelled(Wire wire) {
    transactions(wire);
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q select pg_sleep(60)");
    ScriptedServer server = acme.server().sees("Q select pg_sleep(60)");
    wire.passes(SHORT.plus(LONG));
    acme.gets("E! 25P04");
    assertThat(wire.takeCancelled()).containsExactly(server.process());
    server.says("E 57014", "Z E");
    if (wire.isPooled()) {
      server.sees("Q ROLLBACK").says("C ROLLBACK", "Z I");
      server.sees("S").says("Z I");
    }
  }

  @WireTest
  void manyShortTransactionsMayTakeLong(Wire wire) {
    transactions(wire);
    ScriptedClient acme = wire.client("acme");
    for (int i = 0; i < 6; i++) {
      acme.runs("Q select 1", SELECTED);
      wire.passes(Duration.ofSeconds(4));
    }
    acme.getsNothing();
  }

  // ---- clients

  /** It has no backend that others miss. */
  @WireTest(Mode.TRANSACTION)
  void aClientThatSendsNothingBehindADeferredBeginIsIdle(Wire wire) {
    wire.pool(
        TestPools.deferringBegin(Mode.TRANSACTION)
            .withTimeouts(new ClientTimeouts(NONE, LIMIT, LIMIT, LIMIT.multipliedBy(2))));
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q begin").gets("C BEGIN", "Z T");
    wire.passes(SHORT.plus(LONG));
    acme.getsNothing();
    wire.passes(SHORT.plus(LONG));
    assertThat(acme.getsReport('C')).isEqualTo("57P05");
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  @WireTest
  void aClientThatDoesNothingForTooLongIsEnded(Wire wire) {
    idleClients(wire);
    ScriptedClient acme = wire.client("acme");
    wire.passes(SHORT);
    acme.runs("Q select 1", SELECTED);
    wire.passes(SHORT);
    acme.getsNothing();
    wire.passes(LONG);
    assertThat(acme.getsReport('C')).isEqualTo("57P05");
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  @WireTest
  void aTransactionOrAQueryIsNoIdleness(Wire wire) {
    idleClients(wire);
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select 1").server().sees("Q select 1");
    wire.passes(Duration.ofMinutes(1));
    acme.server().says(SELECTED);
    acme.gets(SELECTED);
    acme.runs("Q begin", "C BEGIN", "Z T");
    wire.passes(Duration.ofMinutes(1));
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest
  void whoIsHeldAtTheGateIsNotIdle(Wire wire) {
    idleClients(wire);
    wire.lags("acme");
    ScriptedClient acme = wire.connecting("acme");
    wire.passes(Duration.ofSeconds(20));
    wire.migrate();
    acme.takesAll();
    wire.passes(SHORT);
    acme.getsNothing();
  }

  @WireTest
  void idlenessInATransactionBeginsWithTheAnswer(Wire wire) {
    wire.idleInTransaction(LIMIT);
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q select 1");
    ScriptedServer server = acme.server().sees("Q select 1");
    wire.passes(SHORT);
    server.says("T", "D 1", "C SELECT 1", "Z T");
    acme.gets("T", "D 1", "C SELECT 1", "Z T");
    wire.passes(SHORT);
    acme.getsNothing();
    wire.passes(LONG);
    acme.gets("E! 25P03");
    server.forgetsAll();
    if (wire.isPooled()) {
      server.says("C ROLLBACK", "Z I");
    }
  }

  // ---- replicas

  private static ScriptedClient replica(Wire wire) {
    return wire.connecting(Map.of("search_path", "tenant_acme", "replication", "database")).isIn();
  }

  @WireTest(Mode.SESSION)
  void replicaMayStreamAndWaitAsLongAsItTakes(Wire wire) {
    wire.timeouts(new ClientTimeouts(LIMIT, LIMIT, NONE, LIMIT));
    wire.settings().replication(PassOrReject.PASS);
    ScriptedClient replica = replica(wire);
    wire.passes(Duration.ofMinutes(1));
    replica.sends("Q START_REPLICATION 0/0");
    ScriptedServer server = replica.server().sees("Q START_REPLICATION 0/0").says("W");
    replica.gets("W");
    wire.passes(Duration.ofMinutes(1));
    assertThat(wire.takeCancelled()).isEmpty();
    server.says("d more");
    replica.gets("d more");
  }

  @WireTest(Mode.SESSION)
  void replicaMayNotLeaveItsTransactionIdle(Wire wire) {
    wire.idleInTransaction(LIMIT);
    wire.settings().replication(PassOrReject.PASS);
    ScriptedClient replica = replica(wire);
    replica.runs("Q begin", "C BEGIN", "Z T");
    wire.passes(SHORT.plus(LONG));
    replica.gets("E! 25P03");
  }
}
