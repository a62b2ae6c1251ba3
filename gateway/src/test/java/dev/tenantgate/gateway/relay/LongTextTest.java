package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/**
 * Texts beyond the bounds. A finding of a {@link LongLook} beside the event loop counts for its own
 * message. The effects of a {@link LongText} are known by the time that its end has come.
 */
class LongTextTest {

  private static final String[] RUN = {"2", "D 1", "C SELECT 1", "Z I"};
  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  /** Looked at beside the event loop. */
  private static final String LONG = " /*" + "x".repeat(40_000) + "*/";

  /** Looked at as it streams. */
  private static final String ENDLESS = " /*" + "x".repeat(1_100_000) + "*/";

  private static void sets(ScriptedClient client, String sql, String path) {
    client.sends("Q " + sql);
    client.server().sees("Q " + sql).has("search_path", path).says("C SET", "Z I");
    client.gets("C SET", "Z I");
  }

  @WireTest(large = true)
  void whatIsFoundInATextCountsForItAlone(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    sets(acme, "set search_path to tenant_globex" + LONG, "tenant_globex");
    sets(acme, "set search_path to tenant_acme", "tenant_acme");
    acme.runs("Q select 1" + LONG, SELECTED);
    wire.lags("globex");
    acme.runs("Q select 1", SELECTED);
    String away = "set search_path to tenant_globex" + LONG;
    acme.sends("Q " + away, "Q select 2").getsNothing();
    wire.migrate();
    acme.server().sees("Q " + away, "Q select 2").has("search_path", "tenant_globex");
    acme.server().says("C SET", "Z I").says(SELECTED);
    acme.gets("C SET", "Z I", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void parametersThatALongTextMayNameAreAskedFor(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    String sql = "select set_config(n, '8', false) from (values ('app.limit')) v(n)" + LONG;
    acme.sends("Q " + sql).server().sees("Q " + sql).has("app.limit", "8").says(SELECTED);
    acme.gets(SELECTED);
    // A parameter that may be any keeps the session on its backend.
    wire.client("globex").sends("Q select 2").getsNothing();
    acme.runs("Q select 1", SELECTED);
    assertThat(wire.server().setting("app.limit")).isEqualTo("8");
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void resetInALongTextLeadsBackToTheStartup(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q reset search_path" + LONG);
    acme.server()
        .sees("Q reset search_path;SET SESSION \"search_path\" TO E'tenant_acme'" + LONG)
        .says("C RESET", "C SET", "Z I");
    acme.gets("C RESET", "Z I");
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void longTextThatDefinesHasStatementsAnalysedAnew(Wire wire) {
    analysesAnew(wire, LONG);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void endlessTextThatDefinesHasStatementsAnalysedAnew(Wire wire) {
    analysesAnew(wire, ENDLESS);
  }

  private static void analysesAnew(Wire wire, String filler) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select 1", "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    acme.runs("Q create table near(v int)" + filler, "C CREATE TABLE", "Z I");
    acme.sends("B s", "E", "S");
    acme.server().hasSeen(4).says("3", "1", "t", "T").hasSeen(3).says(RUN);
    acme.gets(RUN);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void endlessTextThatMayDoAnythingKeepsItsBackendAsLongAsSomethingIsLeft(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q do 'x'" + ENDLESS).server().hasSeen(1).holds("ADVISORY_LOCK");
    acme.server().says("C DO", "Z I");
    acme.gets("C DO", "Z I");
    wire.client("globex").sends("Q select 1").getsNothing();
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void endlessTextThatWasPreparedIsWithheldWhenItIsRun(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - do 'x'" + ENDLESS, "B -", "E", "S").server().hasSeen(4).says("1", "2", "C DO");
    acme.getsNothing();
    acme.server().says("Z I");
    acme.gets("1", "2", "C DO", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(large = true)
  void endlessTextThatOnlySelectsIsNotWithheld(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select 1" + ENDLESS).server().hasSeen(1).says("T", "D 1");
    acme.gets("T", "D 1");
    acme.server().says("C SELECT 1", "Z I");
    acme.gets("C SELECT 1", "Z I");
  }

  @WireTest(large = true)
  void messageWaitsUntilItsTextHasBeenLookedAt(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 0", "T", "D 0", "C SELECT 1", "Z I");
    for (String message : new String[] {"Q select 1" + LONG, "P s select 1" + LONG}) {
      wire.scans(false);
      acme.sends(message, "S").getsNothing();
      acme.server().seesNothing();
      wire.scans(true);
      acme.server().forgetsAll();
      acme.server().says(message.startsWith("Q") ? SELECTED : new String[] {"1"});
      if (message.startsWith("P") && wire.isPooled()) {
        acme.server().says("t", "T");
      }
      if (message.startsWith("P") || !wire.isPooled()) {
        acme.server().says("Z I");
      }
      assertThat(acme.takesAll()).endsWith("Z I");
    }
  }

  @WireTest(large = true)
  void textOfAClientThatLeavesIsForgotten(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 0", "T", "D 0", "C SELECT 1", "Z I");
    wire.scans(false);
    acme.sends("Q select 1" + LONG).leaves();
    wire.scans(true);
    acme.server().seesNothing();
  }
}
