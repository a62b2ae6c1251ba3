package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;
import java.util.Map;

/**
 * {@link VerbatimStatements}: a session's own backend gets its messages, and the gate their
 * effects.
 */
class VerbatimStatementsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String AWAY = "set search_path to tenant_globex";

  private static ScriptedClient acme(Wire wire) {
    wire.lags("globex");
    return wire.client("acme");
  }

  /** A message waits for the tenant that it leads to. */
  private static void waits(Wire wire, ScriptedClient client, String messages, String... seen) {
    client.sends(messages.split(" & ", -1)).getsNothing();
    wire.migrate();
    ScriptedServer server = client.server();
    server.sees(seen).has("search_path", "tenant_globex").says("C SET", "Z I");
    client.gets("C SET", "Z I");
  }

  @WireTest(Mode.SESSION)
  void namedPortalIsHeldWhenItIsExecuted(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("P - " + AWAY + " & B -@p & S", "1", "2", "Z T");
    acme.runs("P - select 1 & B -@q & E q 0 & S", "1", "2", "D 1", "C SELECT 1", "Z T");
    acme.sends("E p 0", "S").getsNothing();
    wire.migrate();
    acme.server().sees("E p 0", "S").has("search_path", "tenant_globex").says("C SET", "Z T");
    acme.gets("C SET", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(Mode.SESSION)
  void statementThatIsClosedLeadsNowhere(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("P s " + AWAY + " & S", "1", "Z I");
    acme.runs("P t select 1 & S", "1", "Z I");
    acme.runs("C S s & S", "3", "Z I");
    acme.runs("B s & E & S", "E 26000", "Z I");
    acme.runs("B t & E & S", "2", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.SESSION)
  void closeOfAPortalClosesNoStatement(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("P s " + AWAY + " & S", "1", "Z I");
    acme.runs("C P s & S", "3", "Z I");
    acme.sends("B s", "E", "S").getsNothing();
    wire.migrate();
    acme.server().sees("B s", "E", "S").has("search_path", "tenant_globex");
    acme.server().says("2", "C SET", "Z I");
    acme.gets("2", "C SET", "Z I");
  }

  @WireTest(Mode.SESSION)
  void statementThatIsPreparedAnewLeadsElsewhere(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("P - " + AWAY + " & S", "1", "Z I");
    acme.runs("P - select 1 & S", "1", "Z I");
    acme.runs("B - & E & S", "2", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.SESSION)
  void sqlExecutesWhatSqlHasPrepared(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q prepare p as select set_config('search_path', $1, false)", "C PREPARE", "Z I");
    acme.runs("Q execute p('tenant_acme')", "T", "D x", "C SELECT 1", "Z I");
    waits(wire, acme, "Q execute p('tenant_globex')", "Q execute p('tenant_globex')");
    acme.runs("Q deallocate p", "C DEALLOCATE", "Z I");
    acme.runs("Q execute p('tenant_acme')", "E 26000", "Z I");
  }

  @WireTest(Mode.SESSION)
  void portalEndsWithItsTransaction(Wire wire) {
    ScriptedClient acme = acme(wire);
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("P - " + AWAY + " & B -@p & S", "1", "2", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
    acme.runs("E p 0 & S", "E 34000", "Z I");
  }

  @WireTest(Mode.SESSION)
  void statementsAreCounted(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    long start = wire.keptBytes(acme);
    acme.runs("P s select 1 & P t select 2 & P - select 3 & S", "1", "1", "1", "Z I");
    int bytes = "s select 1".length() + "t select 2".length() + 2 * 3;
    assertThat(wire.keptBytes(acme) - start).isEqualTo(bytes);
    acme.runs("C S s & S", "3", "Z I");
    assertThat(wire.keptBytes(acme) - start).isEqualTo(bytes / 2);
  }

  @WireTest(Mode.SESSION)
  void statementThatIsClosedIsNotPreparedElsewhere(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P s select 1 & P t select 2 & S", "1", "1", "Z I");
    acme.runs("C S s & C P t & S", "3", "3", "Z I");
    acme.server().dies();
    acme.sends("Q select 1");
    wire.passes(Duration.ofSeconds(3));
    ScriptedServer next = wire.servers().get(1);
    next.sees("P t select 2", "S", "Q select 1").says("1", "Z I").says(SELECTED);
    acme.gets(SELECTED);
  }

  @WireTest(Mode.SESSION)
  void statementThatAnotherBackendRefusesEndsTheSession(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P s select * from gone & S", "1", "Z I");
    acme.server().dies();
    acme.sends("Q select 1");
    wire.passes(Duration.ofSeconds(3));
    ScriptedServer next = wire.servers().get(1);
    next.sees("P s select * from gone", "S", "Q select 1").says("E 42P01 it is gone", "Z I");
    acme.endsWith("E! 08006 the connection to the backend was lost");
    next.forgetsAll();
  }

  @WireTest(value = Mode.SESSION, large = true)
  void textThatIsTooLongToBeKeptIsLostWithItsBackend(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P s select '" + "x".repeat(1_100_000) + "' & S", "1", "Z I");
    acme.server().dies();
    acme.endsWith("E! 08006");
  }

  @WireTest(value = Mode.SESSION, large = true)
  void longTextIsLookedAtAsItStreams(Wire wire) {
    ScriptedClient acme = acme(wire);
    String filler = "/*" + "x".repeat(1_100_000) + "*/";
    acme.sends("Q do 'x'" + filler).server().hasSeen(1).says("C DO");
    acme.getsNothing();
    acme.server().says("Z I");
    acme.gets("C DO", "Z I");
    acme.runs("P s do 'x'" + filler + " & S", "1", "Z I");
    acme.sends("B s", "E", "S").server().sees("B s", "E", "S").says("2", "C DO");
    acme.getsNothing();
    acme.server().says("Z I");
    acme.gets("2", "C DO", "Z I");
  }

  @WireTest(Mode.SESSION)
  void sessionOfAnotherDatabaseIsLookedAtByNobody(Wire wire) {
    wire.unproven("go").settings().others(PassOrReject.PASS);
    ScriptedClient other = wire.connecting(Map.of("database", "other")).isIn();
    other.sends("Q select go()").server().sees("Q select go()").says("T", "D 1");
    other.gets("T", "D 1");
    other.server().says("C SELECT 1", "Z I");
    other.gets("C SELECT 1", "Z I");
    other.runs(
        "P s select 1 & B s & E & D S s & C S s & S",
        "1",
        "2",
        "D 1",
        "C SELECT 1",
        "t",
        "T",
        "3",
        "Z I");
  }
}
