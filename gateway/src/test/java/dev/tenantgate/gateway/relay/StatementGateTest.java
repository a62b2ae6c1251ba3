package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.GateSettings;
import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.config.PoolSettings.Unpoolable;
import dev.tenantgate.gateway.routines.RoutinesSql;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** A {@link StatementGate}: which statements go out, which wait, and which are refused. */
class StatementGateTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  private static Wire refusing(Wire wire) {
    return wire.pool(Duration.ofSeconds(7), 100, Unpoolable.REFUSE);
  }

  @WireTest(Mode.TRANSACTION)
  void whatCannotBePooledIsRefusedByItsName(Wire wire) {
    refusing(wire).routine("lock_all", RoutinesSql.Kind.STATE).unproven("lock_it");
    Map<String, String> reasons = new LinkedHashMap<>();
    reasons.put("create temp table t()", "a temporary object");
    reasons.put("declare c cursor with hold for select 1", "a cursor WITH HOLD");
    reasons.put("select pg_advisory_lock(1)", "an advisory lock of the session");
    reasons.put("prepare p as select 1", "PREPARE and EXECUTE");
    reasons.put("select setseed(0)", "the seed of random()");
    reasons.put("load 'library'", "LOAD");
    reasons.put("do $$ begin end $$", "DO and CALL, which may do anything to the session,");
    reasons.put("select lock_all()", "what a function that it calls leaves in the session");
    reasons.put("select currval('s')", "what currval() and lastval() give");
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    reasons.forEach(
        (sql, reason) -> {
          acme.sends("Q " + sql);
          acme.server().sees("Q REFUSED").says("E REFUSED", "Z I");
          acme.gets("E 0A000 " + reason + " can't be pooled", "Z I");
        });
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void whatLeavesNothingIsNotRefused(Wire wire) {
    refusing(wire);
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q set work_mem to '8MB'", "C SET", "Z I");
    acme.runs("Q select set_config(name, 'x', false) from t", SELECTED);
    acme.sends("P s select 1", "S").server().sees("P s select 1", "D S s", "S");
    acme.server().says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    acme.sends("Q execute s");
    acme.server().sees("P s select 1", "S", "Q execute s", "C S s", "S");
    acme.server().says("1", "Z I").says(SELECTED).says("3", "Z I");
    acme.gets(SELECTED);
    acme.sends("Q execute other");
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z I");
    acme.gets("E 0A000 PREPARE and EXECUTE can't be pooled", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void inAFailedTransactionTheServerRefusesItself(Wire wire) {
    refusing(wire);
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("Q select 1/0", "E 22012", "Z E");
    acme.runs("Q create temp table t()", "E 25P02", "Z E");
    acme.sends("Q rollback; create temp table t()");
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z E");
    acme.gets("E 0A000", "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void settingInAFailedTransactionIsNotNoted(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("Q select 1/0", "E 22012", "Z E");
    acme.runs("Q create temp table t()", "E 25P02", "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
    wire.client("globex").runs("Q select 1", SELECTED); // nobody was pinned
  }

  @WireTest
  void firstStatementMayLeadAwayFromATenantThatLags(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.lags("acme");
    String away = "Q set search_path to tenant_globex; select 1";
    acme.sends(away);
    acme.server().sees(away).has("search_path", "tenant_globex");
    acme.server().says("C SET", "T", "D 1", "C SELECT 1", "Z I");
    acme.gets("C SET", "T", "D 1", "C SELECT 1", "Z I");
    acme.runs("Q select 1", SELECTED);
    acme.sends("Q set search_path to tenant_acme").server().seesNothing();
    wire.migrate();
    acme.server().sees("Q set search_path to tenant_acme").has("search_path", "tenant_acme");
    acme.server().says("C SET", "Z I");
    acme.gets("C SET", "Z I");
  }

  @WireTest
  void preparedFirstStatementMayLeadAwayAsWell(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    String away = "set search_path to tenant_globex";
    acme.sends("P s " + away, "S");
    if (wire.isPooled()) {
      acme.server().sees("P s " + away, "D S s", "S").says("1", "t", "n", "Z I");
    } else {
      acme.server().sees("P s " + away, "S").says("1", "Z I");
    }
    acme.gets("1", "Z I");
    wire.lags("acme");
    acme.sends("B s", "E", "S");
    ScriptedServer server = acme.server();
    assertThat(acme.takesAll()).isEmpty();
    if (wire.isPooled()) {
      server.sees("C S s", "P n " + away, "D S n", "H").says("3", "1", "t", "n");
      server.sees("B n", "E", "S").has("search_path", "tenant_globex").says("2", "C SET", "Z I");
    } else {
      server.sees("B s", "E", "S").has("search_path", "tenant_globex").says("2", "C SET", "Z I");
    }
    acme.gets("2", "C SET", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest
  void valuesAreReadToTheirEnd(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    String parse = "P - select $1, set_config('search_path', $2, false)";
    String bind = "B - " + "x".repeat(9_000) + "|tenant_globex";
    acme.sends(parse, bind, "E", "S");
    acme.getsNothing();
    wire.migrate();
    acme.server().sees(parse, bind, "E", "S").has("search_path", "tenant_globex");
    acme.server().says("1", "2", "D x", "C SELECT 1", "Z I");
    acme.gets("1", "2", "D x", "C SELECT 1", "Z I");
  }

  @WireTest
  void executeOfWhatMayLeadAnywhereIsWithheld(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q prepare p as select go()");
    acme.server().sees("Q prepare p as select go()").holds("PREPARE").says("C PREPARE", "Z I");
    acme.gets("C PREPARE", "Z I");
    acme.sends("Q execute p").server().sees("Q execute p").says("T", "D secret", "C SELECT 1");
    acme.getsNothing();
    acme.server().says("Z I");
    acme.gets("T", "D secret", "C SELECT 1", "Z I");
  }

  @WireTest
  void executeOfWhatOnlySelectsIsNot(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q prepare p as select 1");
    acme.server().sees("Q prepare p as select 1").holds("PREPARE").says("C PREPARE", "Z I");
    acme.gets("C PREPARE", "Z I");
    acme.sends("Q execute p").server().sees("Q execute p").says("T", "D 1");
    if (!wire.isPooled()) {
      acme.gets("T", "D 1");
      acme.server().says("C SELECT 1", "Z I");
      acme.gets("C SELECT 1", "Z I");
    } else {
      acme.server().says("C SELECT 1", "Z I");
      assertThat(acme.takesAll()).endsWith("C SELECT 1", "Z I");
    }
  }

  @WireTest
  void eachExecuteOfAPortalThatMayLeadAnywhereIsWithheld(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("P - select go()", "B -@p", "S");
    acme.server().forgetsAll();
    acme.server().says("1", "2", "Z T");
    acme.gets("1", "2", "Z T");
    acme.sends("E p 1", "S");
    acme.server().sees("E p 1", "S").says("D secret", "s");
    acme.getsNothing();
    acme.server().says("Z T");
    acme.gets("D secret", "s", "Z T");
    acme.sends("Q commit").server().sees("Q commit").says("C COMMIT", "Z I");
    acme.gets("C COMMIT", "Z I");
    acme.runs("P - select 1 & B - & E & H", "1", "2", "D 1", "C SELECT 1");
    acme.sends("S").server().forgetsAll();
    acme.server().says("Z I");
    acme.gets("Z I");
  }

  @WireTest(large = true)
  void longTextThatOnlyBeginsATransactionGoesOut(Wire wire) {
    if (wire.isPooled()) {
      refusing(wire);
    }
    ScriptedClient acme = wire.client("acme");
    String begin = "Q /*" + "x".repeat(2_000_000) + "*/ begin";
    acme.runs(begin, "C BEGIN", "Z T");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void longTextThatMayDoAnythingEndsASessionThatMayNot(Wire wire) {
    refusing(wire);
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q do $$" + "x;".repeat(1_000_000) + "$$");
    acme.endsWith("E! 0A000 a text of more than 1048576 bytes can't be pooled");
    wire.servers().forEach(ScriptedServer::seesNothing); // its end was never sent
  }

  @WireTest
  void parseThatNamesATenantsSchemaWaitsForIt(Wire wire) {
    wire.settings().qualified(GateSettings.Qualified.HOLD);
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    String[] batch = {"P - select v from tenant_globex.site", "B -", "E", "S"};
    acme.sends(batch).getsNothing();
    acme.server().seesNothing();
    wire.migrate();
    acme.server().sees(batch).says("1", "2", "D 1", "C SELECT 1", "Z I");
    acme.gets("1", "2", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest
  void parseThatNamesATenantsSchemaIsRefusedInVain(Wire wire) {
    wire.settings().qualified(GateSettings.Qualified.HOLD);
    wire.lags("globex").fleet().migrationsFail(true);
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select v from tenant_globex.site", "B s", "S").getsNothing();
    wire.migrate();
    acme.server().hasSeen(3).says("E REFUSED", "Z I");
    acme.gets("E 57P03", "Z I");
    acme.runs("Q select 1", SELECTED);
  }
}
