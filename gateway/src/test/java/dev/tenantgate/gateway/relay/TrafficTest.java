package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import dev.tenantgate.gateway.traffic.TrafficCount;
import dev.tenantgate.gateway.traffic.TrafficLevel;
import dev.tenantgate.gateway.traffic.TrafficTotals;
import java.time.Duration;
import java.util.Map;

/**
 * The events that each {@link Relay} counts, together with those of the same database and user by
 * what they share ({@link RelayShared}).
 */
class TrafficTest {

  private static final PoolKey KEY = new PoolKey("app", "app");
  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  private static TrafficTotals totals(Wire wire) {
    return wire.traffic().totals(KEY);
  }

  private static long seconds(Wire wire, TrafficCount nanos) {
    return Duration.ofNanos(totals(wire).of(nanos)).toSeconds();
  }

  @WireTest
  void transactionsAndQueriesAreCountedWithTheirTimes(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q begin");
    wire.passes(Duration.ofSeconds(1));
    acme.server().sees("Q begin").says("C BEGIN", "Z T");
    acme.gets("C BEGIN", "Z T");
    wire.passes(Duration.ofSeconds(4));
    acme.sends("Q select 1");
    wire.passes(Duration.ofSeconds(2));
    acme.server().sees("Q select 1").says("T", "D 1", "C SELECT 1", "Z T");
    acme.gets("T", "D 1", "C SELECT 1", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
    wire.passes(Duration.ofSeconds(9));
    acme.runs("Q select 1", SELECTED);

    TrafficTotals totals = totals(wire);
    assertThat(totals.of(TrafficCount.QUERIES)).isEqualTo(4);
    assertThat(totals.of(TrafficCount.TRANSACTIONS)).isEqualTo(2);
    assertThat(seconds(wire, TrafficCount.QUERY_NANOS)).isEqualTo(3);
    assertThat(seconds(wire, TrafficCount.TRANSACTION_NANOS)).isEqualTo(7);
    assertThat(totals.of(TrafficCount.SERVER_ASSIGNMENTS)).isEqualTo(wire.isPooled() ? 2 : 1);
    long sent = ("begin" + "commit" + "select 1" + "select 1").length() + 4L * 6;
    assertThat(totals.of(TrafficCount.RECEIVED_BYTES)).isEqualTo(sent);
    assertThat(totals.of(TrafficCount.SENT_BYTES)).isGreaterThan(4 * 6);
  }

  @WireTest
  void thoseWhoAreThereAreCountedUntilTheyLeave(Wire wire) {
    wire.poolOf(2);
    ScriptedClient acme = wire.client("acme");
    wire.client("globex");
    acme.runs("Q begin", "C BEGIN", "Z T");
    assertThat(totals(wire).of(TrafficLevel.CLIENTS)).isEqualTo(2);
    assertThat(totals(wire).of(TrafficLevel.SERVERS_ACTIVE)).isEqualTo(wire.isPooled() ? 1 : 2);
    acme.runs("Q commit", "C COMMIT", "Z I");
    assertThat(totals(wire).of(TrafficLevel.SERVERS_ACTIVE)).isEqualTo(wire.isPooled() ? 0 : 2);
    acme.sends("X");
    assertThat(acme.isEndedByGateway()).isTrue();
    assertThat(totals(wire).of(TrafficLevel.CLIENTS)).isEqualTo(1);
  }

  @WireTest(Mode.TRANSACTION)
  void whoWaitsForAServerIsCountedWithTheTime(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.runs("Q begin", "C BEGIN", "Z T");
    globex.sends("Q select 1").getsNothing();
    wire.passes(Duration.ofSeconds(3));
    assertThat(totals(wire).of(TrafficLevel.CLIENTS_WAITING)).isEqualTo(1);
    assertThat(Duration.ofNanos(wire.traffic().longestWaitNanos(KEY, wire.nanoTime())).toSeconds())
        .isEqualTo(3);
    acme.runs("Q commit", "C COMMIT", "Z I");
    globex.server().sees("Q select 1").says(SELECTED);
    globex.gets(SELECTED);
    wire.passes(Duration.ofSeconds(1));
    assertThat(totals(wire).of(TrafficLevel.CLIENTS_WAITING)).isZero();
    assertThat(seconds(wire, TrafficCount.WAIT_NANOS)).isEqualTo(3);
    assertThat(wire.traffic().longestWaitNanos(KEY, wire.nanoTime())).isZero();
    // The wait is no part of the query's time.
    assertThat(seconds(wire, TrafficCount.QUERY_NANOS)).isZero();
  }

  @WireTest
  void parsesAndBindsAreCountedForClientAndServer(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P s select 1 & D S s & S", "1", "t", "T", "Z I");
    acme.runs("B s & E & S", "2", "D 1", "C SELECT 1", "Z I");
    acme.runs("B s & E & S", "2", "D 1", "C SELECT 1", "Z I");
    TrafficTotals totals = totals(wire);
    assertThat(totals.of(TrafficCount.CLIENT_PARSES)).isEqualTo(1);
    assertThat(totals.of(TrafficCount.SERVER_PARSES)).isEqualTo(1);
    assertThat(totals.of(TrafficCount.BINDS)).isEqualTo(2);
    assertThat(totals.of(TrafficCount.QUERIES)).isEqualTo(3);
  }

  @WireTest(Mode.SESSION)
  void eachDatabaseAndUserHasItsOwn(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient other =
        wire.connecting(Map.of("search_path", "tenant_acme", "user", "other")).isIn();
    acme.runs("Q select 1", SELECTED);
    other.runs("Q select 1", SELECTED);
    other.runs("Q select 1", SELECTED);
    assertThat(wire.traffic().keys()).containsExactly(KEY, new PoolKey("app", "other"));
    assertThat(totals(wire).of(TrafficCount.QUERIES)).isEqualTo(1);
    assertThat(wire.traffic().totals(new PoolKey("app", "other")).of(TrafficCount.QUERIES))
        .isEqualTo(2);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void statementsThatArePreparedAgainAreCountedForTheServer(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select 1", "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.sends("P - select 1", "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.gets("1", "Z I", "1", "Z I");
    assertThat(totals(wire).of(TrafficCount.CLIENT_PARSES)).isEqualTo(2);
    assertThat(totals(wire).of(TrafficCount.SERVER_PARSES)).isEqualTo(2);
    wire.server().dies();
    acme.sends("B -", "B s", "S");
    ScriptedServer next = wire.servers().get(1);
    next.sees("P - select 1", "D S -", "H").says("1", "t", "T").hasSeen(4);
    next.says("2", "1", "t", "T").hasSeen(2).says("2", "Z I");
    acme.gets("2", "2", "Z I");
    assertThat(totals(wire).of(TrafficCount.SERVER_PARSES)).isEqualTo(4);
    assertThat(totals(wire).of(TrafficCount.BINDS)).isEqualTo(2);
    String filler = "x".repeat(1_100_000);
    acme.sends("P - select '" + filler + "'", "B -", "P t select '" + filler + "'", "S");
    next.hasSeen(4).says("1", "2", "1", "Z I");
    acme.gets("1", "2", "1", "Z I");
    assertThat(totals(wire).of(TrafficCount.CLIENT_PARSES)).isEqualTo(4);
    assertThat(totals(wire).of(TrafficCount.SERVER_PARSES)).isEqualTo(6);
  }
}
