package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.config.PoolSettings.Unpoolable;
import dev.tenantgate.gateway.testing.TestPools;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;

/**
 * {@link Preparations}: a client's statement on whichever backend it has, as {@link
 * ParseTranslation} and {@link PortalTranslation} name it there.
 */
class PreparationsTest {

  private static final String[] RUN = {"2", "D 1", "C SELECT 1", "Z I"};
  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  private static void prepared(ScriptedClient client, String name, String sql) {
    client.sends("P " + name + " " + sql, "S");
    client.server().sees("P " + name + " " + sql, "D S " + name, "S");
    client.server().says("1", "t", "T", "Z I");
    client.gets("1", "Z I");
  }

  private static Wire keeping(Wire wire, int statements) {
    return wire.pool(
        TestPools.of(Mode.TRANSACTION, Duration.ofSeconds(7), 100, statements, Unpoolable.PIN));
  }

  @WireTest(Mode.TRANSACTION)
  void statementsMakeWayForOthers(Wire wire) {
    keeping(wire, 2);
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    prepared(acme, "t", "select 2");
    acme.runs("B s & E & S", RUN);
    acme.sends("P u select 3", "S"); // the one that was used least recently goes
    ScriptedServer server = acme.server();
    server.sees("C S t", "P u select 3", "D S u", "S").says("3", "1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    acme.runs("B s & E & S", RUN);
    acme.sends("B t", "E", "S");
    server.sees("C S u", "P t2 select 2", "D S t2", "H").says("3", "1", "t", "T");
    server.sees("B t2", "E", "S").says(RUN);
    acme.gets(RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void statementsOfTwoClientsAreTwo(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    prepared(acme, "s", "select 1");
    prepared(globex, "z", "select 2");
    acme.runs("B s & E & S", RUN);
    globex.runs("B z & E & S", RUN);
    acme.runs("D S s & S", "t", "T", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void firstUseInTheSameBatchNeedsNoAnswer(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select 1", "D S s", "B s", "E", "S");
    acme.server().sees("P s select 1", "D S s", "B s", "E", "S").says("1", "t", "T").says(RUN);
    acme.gets("1", "t", "T", "2", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void eachParseIsDescribedBeforeTheNext(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select 1", "P t select 2", "D S s", "S");
    acme.server().sees("P s select 1", "D S s", "P t select 2", "D S t", "D S s", "S");
    acme.server().says("1", "t", "T", "1", "t", "T", "t", "T", "Z I");
    acme.gets("1", "1", "t", "T", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void closedStatementIsClosedOnItsBackendAlone(Wire wire) {
    wire.poolOf(2);
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    prepared(acme, "s", "select 1");
    globex.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("C S s", "S"); // the other backend has none
    assertThat(wire.servers()).hasSize(2);
    wire.servers().get(1).hasSeen(2).says("3", "Z I");
    acme.gets("3", "Z I");
    globex.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void closeThatIsSkippedLeavesTheStatement(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    acme.sends("B nobodys", "C S s", "S").server().sees("B nobodys", "C S s", "S");
    acme.server().says("E 26000", "Z I");
    acme.gets("E 26000", "Z I");
    acme.sends("B s", "E", "S");
    ScriptedServer server = acme.server();
    server.sees("C S s", "P again select 1", "D S again", "H").says("3", "1", "t", "T");
    server.sees("B again", "E", "S").says(RUN);
    acme.gets(RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void statementsAreGoneWithTheirBackend(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    acme.runs("B s & E & S", RUN);
    wire.server().dies();
    acme.sends("B s", "E", "S");
    ScriptedServer next = wire.servers().get(1);
    next.sees("P s select 1", "D S s", "H").says("1", "t", "T");
    next.sees("B s", "E", "S").says(RUN);
    acme.gets(RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void preparationThatFailsIsTheClientsError(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select * from gone");
    wire.server().dies();
    acme.sends("B s", "E", "S");
    ScriptedServer next = wire.servers().get(1);
    next.sees("P s select * from gone", "D S s", "H").says("E 42P01");
    next.sees("B s", "E", "S").says("Z I");
    acme.gets("E 42P01", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void nameThatSqlMayHaveTakenIsTriedWhereASessionIsPinned(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q prepare p as select 1");
    acme.server().sees("Q prepare p as select 1").holds("PREPARE").says("C PREPARE", "Z I");
    acme.gets("C PREPARE", "Z I");
    acme.sends("P p select 2", "S");
    ScriptedServer server = acme.server();
    server.hasSeen(6).says("E 42P05", "Z I");
    acme.gets("E 42P05", "Z I");
    acme.sends("P q select 2", "S");
    server.hasSeen(6).says("1", "3", "3", "1", "t", "T", "Z I");
    acme.gets("1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void keptStatementsCountByTheirBytes(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    long start = wire.keptBytes(acme);
    prepared(acme, "s", "select 1");
    assertThat(wire.keptBytes(acme)).isGreaterThan(start);
    acme.runs("C S s & S", "3", "Z I");
    assertThat(wire.keptBytes(acme)).isEqualTo(start);
  }
}
