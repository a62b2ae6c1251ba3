package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.gate.GateWorld;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/**
 * An {@link UnnamedText}: how much of the client's memory it takes, what its client was told of it,
 * and when that may be something else.
 */
class UnnamedTextTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String[] RUN = {"2", "D 1", "C SELECT 1", "Z I"};
  private static final String OUTDATED =
      "E 0A000 cached plan must not change result type (RevalidateCachedQuery)";

  /** A text of so many bytes with its NUL and no types. */
  private static String text(int bytes) {
    return "select" + " ".repeat(bytes - 10) + "1";
  }

  private static void parses(ScriptedClient client, String text) {
    client.sends("P - " + text, "S").server().sees("P - " + text, "D S -", "S");
    client.server().says("1", "t", "T", "Z I");
    client.gets("1", "Z I");
  }

  /** Another client has had the backend. */
  private static void comesBack(Wire wire) {
    wire.client("globex").runs("Q select 1", SELECTED);
  }

  // ---- memory

  @WireTest(Mode.TRANSACTION)
  void textThatIsShortAgainTakesNothing(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    long start = wire.keptBytes(acme);
    parses(acme, text(9_000));
    parses(acme, text(4_096));
    assertThat(wire.keptBytes(acme)).isEqualTo(start);
    acme.runs("B - & E & S", RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void textBeforeIsKeptUntilTheNextIsThere(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    long start = wire.keptBytes(acme);
    String first = text(5_000);
    String second = text(6_000);
    acme.sends("P - " + first, "P - " + second, "S");
    acme.server().sees("P - " + first, "P - " + second, "D S -", "S").says("1");
    acme.gets("1");
    assertThat(wire.keptBytes(acme) - start).isEqualTo(11_000);
    acme.server().says("1");
    acme.gets("1");
    assertThat(wire.keptBytes(acme) - start).isEqualTo(6_000);
    acme.server().says("t", "T", "Z I");
    acme.gets("Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void textThatFailsTakesNothing(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    long start = wire.keptBytes(acme);
    String first = text(5_000);
    String second = text(6_000);
    acme.sends("P - " + first, "P - " + second, "S");
    acme.server().sees("P - " + first, "P - " + second, "D S -", "S").says("1", "E 42601", "Z I");
    acme.gets("1", "E 42601", "Z I");
    assertThat(wire.keptBytes(acme)).isEqualTo(start);
    acme.sends("B -", "S").server().sees("B REFUSED", "S").says("E REFUSED", "Z I");
    acme.gets("E 26000 unnamed prepared statement does not exist", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void textThatIsSkippedTakesNothing(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    parses(acme, text(5_000));
    long before = wire.keptBytes(acme);
    String second = text(6_000);
    acme.sends("B nobodys", "P - " + second, "S");
    acme.server().sees("B nobodys", "P - " + second, "D S -", "S").says("E 26000", "Z I");
    acme.gets("E 26000", "Z I");
    assertThat(wire.keptBytes(acme)).isEqualTo(before);
  }

  @WireTest(Mode.TRANSACTION)
  void textInTheMiddleIsSkippedWithThoseBehindIt(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    parses(acme, "select 1");
    acme.sends("B nobodys", "P - select 2", "S", "P - select 3", "S");
    ScriptedServer server = acme.server();
    server.hasSeen(7).says("E 26000", "Z I").says("1", "t", "T", "Z I");
    acme.gets("E 26000", "Z I", "1", "Z I");
    comesBack(wire);
    acme.sends("B -", "E", "S");
    server.sees("P - select 3", "D S -", "H").says("1", "t", "T");
    server.sees("B -", "E", "S").says(RUN);
    acme.gets(RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void textThatDropsAStatementTakesNothing(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select 1", "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    long start = wire.keptBytes(acme);
    acme.runs("P - " + text(9_000) + " & D S - & S", "1", "t", "T", "Z I");
    acme.sends("P - deallocate s", "S");
    acme.server().sees("P - DEALLOCATE tenantgate_gone", "D S -", "S").says("1", "t", "n", "Z I");
    acme.gets("1", "Z I");
    assertThat(wire.keptBytes(acme)).isEqualTo(start);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void textThatIsTooLongToBeKeptTakesNothing(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    long start = wire.keptBytes(acme);
    parses(acme, text(9_000));
    String parse = "P - " + text(1_100_000);
    acme.runs(parse + " & S", "1", "Z I");
    assertThat(wire.keptBytes(acme)).isEqualTo(start);
    acme.runs("B - & E & S", RUN);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void textThatFindsNoMemoryIsThereOnItsBackendAlone(Wire wire) {
    wire.settings().keptMebibytes(1);
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s " + text(700_000), "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    String parse = "P - " + text(600_000);
    acme.runs(parse + " & B - & E & S", "1", "2", "D 1", "C SELECT 1", "Z I");
    comesBack(wire);
    acme.sends("B -", "E", "S").server().sees("B REFUSED", "E", "S").says("E REFUSED", "Z I");
    acme.gets("E 53200 out of memory for the unnamed prepared statement", "Z I");
  }

  // ---- what the client was told

  @WireTest(Mode.TRANSACTION)
  void answerAboutTheTextBeforeIsNotTheNextOnes(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - select 1", "S");
    ScriptedServer server = acme.server().sees("P - select 1", "D S -", "S").says("1");
    acme.gets("1");
    acme.sends("P - select 2", "S");
    server.sees("P - select 2", "D S -", "S").says("t", "T one", "Z I");
    server.says("1", "t", "T two", "Z I");
    acme.gets("Z I", "1", "Z I");
    comesBack(wire);
    acme.sends("B -", "E", "S");
    server.sees("P - select 2", "D S -", "H").says("1", "t", "T two");
    server.sees("B -", "E", "S").says(RUN);
    acme.gets(RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void textThatMayMeanSomethingElseByNowIsToldOf(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P - select v from t & B - & E & S", "1", "2", "D 1", "C SELECT 1", "Z I");
    wire.client("globex").runs("Q alter table t add w int", "C ALTER TABLE", "Z I");
    acme.sends("B -", "E", "S").server().sees("B REFUSED", "E", "S").says("E REFUSED", "Z I");
    acme.gets(OUTDATED, "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void textThatIsOlderThanAMigrationIsToldOf(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P - select v from t & B - & E & S", "1", "2", "D 1", "C SELECT 1", "Z I");
    comesBack(wire);
    wire.fleet().falls(GateWorld.ACME, 8); // somebody has migrated it further
    acme.sends("B -", "E", "S");
    acme.server().sees("B REFUSED", "E", "S").says("E REFUSED", "Z I");
    acme.gets(OUTDATED, "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void textThatReturnsNoRowsMeansTheSame(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P - vacuum t & B - & E & S", "1", "2", "C VACUUM", "Z I");
    wire.client("globex").runs("Q alter table t add w int", "C ALTER TABLE", "Z I");
    acme.sends("B -", "E", "S").server().sees("P - vacuum t", "B -", "E", "S");
    acme.server().says("1", "2", "C VACUUM", "Z I");
    acme.gets("2", "C VACUUM", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void textIsPreparedAnewAsLongAsNothingHasChanged(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P - select v from t & B - & E & S", "1", "2", "D 1", "C SELECT 1", "Z I");
    comesBack(wire);
    acme.sends("B -", "E", "S").server().sees("P - select v from t", "B -", "E", "S").says("1");
    acme.server().says(RUN);
    acme.gets(RUN);
  }

  // ---- refusals

  @WireTest(Mode.TRANSACTION)
  void queryThatIsRefusedEndsIt(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    parses(acme, "select 1");
    acme.sends("Q set search_path to tenant_nobody");
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z I");
    acme.gets("E 3F000", "Z I");
    acme.sends("B -", "S").server().sees("B REFUSED", "S").says("E REFUSED", "Z I");
    acme.gets("E 26000 unnamed prepared statement does not exist", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void refusalOfABindIsNotToldInThePlaceOfAnEarlierError(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    for (String first : new String[] {"D P p", "D S nobodys", "E p 1", "B nobodys"}) {
      acme.sends(first, "B -", "S").server().sees(first, "B REFUSED", "S");
      acme.server().says("E 34000 the server's", "Z I");
      acme.gets("E 34000 the server's", "Z I");
    }
  }
}
