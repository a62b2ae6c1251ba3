package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.config.TenantSettings.Switching;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/**
 * A {@link StatementGate} and statements that are prepared first, of the values of their Binds, and
 * of portals.
 */
class StatementEffectsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  /** A PREPARE of SQL's, as its backend remembers. */
  private static void prepares(ScriptedClient client, String sql) {
    client.sends("Q prepare p as " + sql).server().sees("Q prepare p as " + sql).holds("PREPARE");
    client.server().says("C PREPARE", "Z I");
    client.gets("C PREPARE", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void executeOfWhatSetsByItsValueIsWithheld(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    prepares(acme, "select set_config('search_path', $1, false)");
    String execute = "Q execute p('tenant_globex')";
    acme.sends(execute).server().sees(execute).has("search_path", "tenant_globex");
    acme.server().says("T", "D tenant_globex", "C SELECT 1", "Z I");
    acme.getsNothing();
    wire.migrate();
    acme.gets("T", "D tenant_globex", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.SESSION)
  void executeOfWhatSetsByItsValueIsHeld(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    prepares(acme, "select set_config('search_path', $1, false)");
    String execute = "Q execute p('tenant_globex')";
    acme.sends(execute).getsNothing();
    acme.server().seesNothing();
    wire.migrate();
    acme.server().sees(execute).has("search_path", "tenant_globex");
    acme.server().says("T", "D tenant_globex", "C SELECT 1", "Z I");
    acme.gets("T", "D tenant_globex", "C SELECT 1", "Z I");
  }

  @WireTest
  void prepareWithAHiddenCallIsWithheldWhenItIsExecutedInTheSameText(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    String both = "Q prepare p as select go(); execute p";
    acme.sends(both).server().sees(both).holds("PREPARE").says("C PREPARE", "T", "D 1");
    acme.getsNothing();
    acme.server().says("C SELECT 1", "Z I");
    acme.gets("C PREPARE", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest
  void portalOfWhatOnlySelectsIsNotWithheldBehindOneThatMayLeadAnywhere(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("P - select go()", "B -", "E", "S").server().hasSeen(4);
    acme.server().says("1", "2", "D secret", "C SELECT 1");
    acme.getsNothing();
    acme.server().says("Z T");
    acme.gets("1", "2", "D secret", "C SELECT 1", "Z T");
    acme.sends("P - select 1", "B -", "E", "S").server().hasSeen(4).says("1", "2", "D 1");
    acme.gets("1", "2", "D 1");
    acme.server().says("C SELECT 1", "Z T");
    acme.gets("C SELECT 1", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest
  void valueThatNobodyCanForeseeIsRefusedWhereSwitchingIsDenied(Wire wire) {
    wire.settings().switching(Switching.DENY);
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select set_config('search_path', (select v from t), false)");
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z I");
    acme.gets("E 42501", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void parametersThatOnlyTheValuesNameAreCarried(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    String parse = "P - select set_config(n, '8', false) from unnest($1::text[]) n";
    acme.sends(parse, "B - {app.limit}", "E", "S");
    acme.server().sees(parse, "B - {app.limit}", "E", "S").has("app.limit", "8");
    acme.server().says("1", "2", "D 8", "C SELECT 1", "Z I");
    acme.gets("1", "2", "D 8", "C SELECT 1", "Z I");
    acme.runs("Q select 1", SELECTED);
    assertThat(acme.server().setting("app.limit")).isEqualTo("8");
  }
}
