package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.Arrays;

/**
 * Clients that have the gateway keep more than it may: what one more would take is refused, by a
 * {@link StatementGate}, {@link ParseTranslation} or {@link VerbatimStatements}.
 */
class MemoryLimitsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  /** No statement is told a longer one. */
  private static final String VALUE = "x".repeat(8_000);

  private static ScriptedClient acme(Wire wire) {
    wire.settings().keptMebibytes(1);
    return wire.client("acme");
  }

  /** Statements that set a hundred parameters. */
  private static String sets(String name) {
    StringBuilder all = new StringBuilder("select 1");
    for (int i = 0; i < 100; i++) {
      all.append("; set app.").append(name).append(i).append(" to '").append(VALUE).append('\'');
    }
    return all.toString();
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void parametersAreRefused(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.sends("Q " + sets("a"));
    ScriptedServer server = acme.server().hasSeen(1);
    for (int i = 0; i < 100; i++) {
      server.has("app.a" + i, VALUE);
    }
    server.says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    acme.sends("Q " + sets("b"));
    server.sees("Q REFUSED").says("E REFUSED", "Z I");
    acme.gets("E 53200 out of memory for parameters, portals and channels", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void sessionThatHasSetFarTooMuchEnds(Wire wire) {
    ScriptedClient acme = acme(wire);
    for (String name : new String[] {"app.a", "app.b"}) {
      String set = "Q set " + name + " to 'x'";
      acme.sends(set).server().sees(set).has(name, "x".repeat(700_000)).says("C SET", "Z I");
      acme.gets("C SET", "Z I");
    }
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I", "E! 53200");
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void statementsOfAPoolsClientAreRefused(Wire wire) {
    ScriptedClient acme = acme(wire);
    String text = "select '" + "x".repeat(600_000) + "'";
    acme.sends("P s " + text, "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    acme.sends("P t " + text, "B t", "S").server().hasSeen(3).says("E REFUSED", "Z I");
    acme.gets("E 53200 out of memory for prepared statements", "Z I");
    acme.sends("B t", "S").server().hasSeen(2).says("E 26000", "Z I");
    acme.gets("E 26000", "Z I");
  }

  @WireTest(value = Mode.SESSION, large = true)
  void statementsWithEffectsAreRefused(Wire wire) {
    ScriptedClient acme = acme(wire);
    for (int i = 0; i < 60; i++) { // their texts are kept as well
      acme.runs("P s" + i + " set app.v to '" + VALUE + "' & S", "1", "Z I");
    }
    acme.sends("P s " + sets("a"), "S");
    acme.server().sees("B REFUSED", "S").says("E REFUSED", "Z I");
    acme.gets("E 53200 out of memory for prepared statements", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(value = Mode.SESSION, large = true)
  void portalsWithEffectsAreRefused(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("P - set app.v to '" + VALUE + "' & S", "1", "Z T");
    for (int i = 1; i < 127; i++) {
      acme.runs("B -@p" + i + " & S", "2", "Z T");
    }
    acme.sends("B -@p", "S");
    acme.server().sees("B REFUSED", "S").says("E REFUSED", "Z E");
    acme.gets("E 53200 out of memory for portals", "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  /** A session that has more than it may, and less than would end it. */
  private static ScriptedClient full(Wire wire) {
    ScriptedClient acme = acme(wire);
    for (String name : new String[] {"app.a", "app.b"}) {
      String set = "Q set " + name + " to 'x'";
      acme.sends(set).server().sees(set).has(name, "x".repeat(600_000)).says("C SET", "Z I");
      acme.gets("C SET", "Z I");
    }
    return acme;
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void longTextThatMayDoAnythingEndsASessionWithoutMemory(Wire wire) {
    ScriptedClient acme = full(wire);
    byte[] query = FrontendNotation.encode("Q do 'x' /*" + "x".repeat(1_100_000) + "*/");
    acme.sendsBytes(Arrays.copyOf(query, 500_000));
    acme.sendsBytes(Arrays.copyOfRange(query, 500_000, query.length));
    acme.endsWith("E! 53200 out of memory for parameters, portals and channels");
    wire.servers().forEach(ScriptedServer::seesNothing); // its end was never sent
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void longTextThatDoesNothingNeedsNoMemory(Wire wire) {
    ScriptedClient acme = full(wire);
    acme.runs("Q select 1 /*" + "x".repeat(1_100_000) + "*/", SELECTED);
  }
}
