package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/**
 * An {@link UnnamedStatement} and its {@link UnnamedText}s: which one a client has, by what the
 * server has run and what it has skipped.
 */
class UnnamedStatementTest {

  private static final String[] RUN = {"2", "D 1", "C SELECT 1", "Z I"};
  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  /** Prepares "select 1", to be bound in another batch. */
  private static ScriptedClient prepared(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - select 1", "S").server().sees("P - select 1", "D S -", "S");
    acme.server().says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    return acme;
  }

  /** It is "select 1" that a Bind gets, prepared once more. */
  private static void isStillThere(ScriptedClient client) {
    client.sends("B -", "E", "S");
    client.server().sees("P - select 1", "D S -", "H").says("1", "t", "T");
    client.server().sees("B -", "E", "S").says(RUN);
    client.gets(RUN);
  }

  private static void isGone(ScriptedClient client) {
    client.sends("B -", "S");
    client.server().sees("B REFUSED", "S").says("E REFUSED", "Z I");
    client.gets("E 26000 unnamed prepared statement does not exist", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void isThereOnItsBackendWithoutAWord(Wire wire) {
    ScriptedClient acme = prepared(wire);
    acme.runs("B - & E & S", RUN);
    acme.runs("B - & E & S", RUN);
    wire.client("globex").runs("Q select 1", SELECTED);
    isStillThere(acme);
  }

  @WireTest(Mode.TRANSACTION)
  void aQueryEndsIt(Wire wire) {
    ScriptedClient acme = prepared(wire);
    acme.runs("Q select 2", SELECTED);
    isGone(acme);
  }

  @WireTest(Mode.TRANSACTION)
  void aCloseEndsIt(Wire wire) {
    ScriptedClient acme = prepared(wire);
    acme.runs("C S - & S", "3", "Z I");
    isGone(acme);
  }

  @WireTest(Mode.TRANSACTION)
  void aParseThatFailsEndsIt(Wire wire) {
    ScriptedClient acme = prepared(wire);
    acme.sends("P - nonsense", "S").server().sees("P - nonsense", "D S -", "S");
    acme.server().says("E 42601", "Z I");
    acme.gets("E 42601", "Z I");
    isGone(acme);
  }

  @WireTest(Mode.TRANSACTION)
  void aParseThatIsSkippedLeavesIt(Wire wire) {
    ScriptedClient acme = prepared(wire);
    acme.sends("B nobodys", "P - select 2", "P - select 3", "S");
    acme.server().sees("B nobodys", "P - select 2", "P - select 3", "D S -", "S");
    acme.server().says("E 26000", "Z I");
    acme.gets("E 26000", "Z I");
    isStillThere(acme);
  }

  @WireTest(Mode.TRANSACTION)
  void ofTwoParsesTheOneThatWasRunIsKept(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - select 1", "B nobodys", "P - select 2", "S");
    acme.server().sees("P - select 1", "B nobodys", "P - select 2", "D S -", "S");
    acme.server().says("1", "E 26000", "Z I");
    acme.gets("1", "E 26000", "Z I");
    acme.sends("B -", "E", "S");
    acme.server().sees("P - select 1", "B -", "E", "S").says("1").says(RUN);
    acme.gets(RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void aCloseThatIsSkippedLeavesIt(Wire wire) {
    ScriptedClient acme = prepared(wire);
    acme.sends("B nobodys", "C S -", "S").server().sees("B nobodys", "C S -", "S");
    acme.server().says("E 26000", "Z I");
    acme.gets("E 26000", "Z I");
    isStillThere(acme);
  }

  @WireTest(Mode.TRANSACTION)
  void aQueryThatIsPassedOverLeavesIt(Wire wire) {
    ScriptedClient acme = prepared(wire);
    acme.sends("B nobodys", "Q select 2", "S").server().sees("B nobodys", "Q select 2", "S");
    acme.server().says("E 26000").passesOver(1).says("Z I");
    acme.gets("E 26000", "Z I");
    isStillThere(acme);
  }

  @WireTest(Mode.TRANSACTION)
  void aBindWaitsForTheBatchThatDecides(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("B nobodys", "P - select 2", "S", "B -", "E", "S");
    ScriptedServer server = acme.server();
    server.sees("B nobodys", "P - select 2", "D S -", "S").says("E 26000", "Z I");
    acme.gets("E 26000", "Z I");
    server.sees("B REFUSED", "E", "S").says("E REFUSED", "Z I");
    acme.gets("E 26000", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void whatIsAnotherStatementElsewhereIsToldOfOnce(Wire wire) {
    ScriptedClient acme = prepared(wire);
    wire.client("globex").runs("Q select 1", SELECTED);
    acme.sends("B -", "E", "S");
    ScriptedServer server = acme.server();
    server.sees("P - select 1", "D S -", "H").says("1", "t", "T one|more");
    server.sees("B REFUSED", "E", "S").says("E REFUSED", "Z I");
    acme.gets("E 0A000 cached plan must not change result type (RevalidateCachedQuery)", "Z I");
    isStillThere(acme);
  }

  @WireTest(Mode.TRANSACTION)
  void whatCannotBePreparedElsewhereFailsThere(Wire wire) {
    ScriptedClient acme = prepared(wire);
    wire.client("globex").runs("Q select 1", SELECTED);
    acme.sends("B -", "E", "S");
    ScriptedServer server = acme.server();
    server.sees("P - select 1", "D S -", "H").says("E 42P01");
    server.sees("B -", "E", "S").says("Z I");
    acme.gets("E 42P01", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void isDescribedForItsClient(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P - select 1 & D S - & S", "1", "t", "T", "Z I");
    wire.client("globex").runs("Q select 1", SELECTED);
    isStillThere(acme);
  }

  @WireTest(Mode.TRANSACTION)
  void textOfMoreThanAFewBytesCountsAsLongAsItIsKept(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    long start = wire.keptBytes(acme);
    int[] bytes = {4_096, 4_097, 9_000, 7_000, 100, 9_000};
    int[] counted = {0, 4_097, 9_000, 9_000, 0, 9_000}; // a buffer is used again for what fits
    for (int i = 0; i < bytes.length; i++) {
      String text = "select" + " ".repeat(bytes[i] - 10) + "1"; // and a NUL, and no types
      acme.sends("P - " + text, "S").server().sees("P - " + text, "D S -", "S");
      acme.server().says("1", "t", "T", "Z I");
      acme.gets("1", "Z I");
      assertThat(wire.keptBytes(acme) - start).as("%d bytes", bytes[i]).isEqualTo(counted[i]);
    }
    acme.runs("Q select 1", SELECTED);
    assertThat(wire.keptBytes(acme)).isEqualTo(start);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void textThatIsTooLongToBeKeptKeepsItsBackendUntilItIsBound(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    String parse = "P - select '" + "x".repeat(1_100_000) + "'";
    acme.runs(parse + " & S", "1", "Z I");
    globex.sends("Q select 2").getsNothing();
    acme.runs("B - & E & S", RUN);
    wire.server().sees("Q select 2").says(SELECTED);
    globex.gets(SELECTED);
    isGone(acme);
  }
}
