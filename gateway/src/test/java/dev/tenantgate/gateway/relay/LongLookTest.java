package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.routines.RoutinesSql;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/** A {@link LongLook}: which texts wait for it, and by whose rules they are read. */
class LongLookTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String OFF = "set standard_conforming_strings to off";

  @WireTest(large = true)
  void shortTextUnderALongNameDoesNotWait(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.scans(false);
    String parse = "P " + "n".repeat(7_000) + " select" + " ".repeat(30_000) + "1";
    acme.sends(parse);
    acme.server().hasSeen(1);
    acme.leaves();
    wire.servers().forEach(ScriptedServer::forgetsAll);
  }

  @WireTest(large = true)
  void textIsLookedAtAgainByTheRulesThatWereSetMeanwhile(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.scans(false);
    String long40k = "/*" + "x".repeat(40_000) + "*/";
    String either = "Q select " + long40k + " 'a\\'' ; set search_path to tenant_globex --'";
    acme.sends("Q " + OFF, either);
    ScriptedServer server = acme.server().sees("Q " + OFF);
    server.has("standard_conforming_strings", "off");
    server.says("S standard_conforming_strings=off", "C SET", "Z I");
    acme.gets("S standard_conforming_strings=off", "C SET", "Z I");
    wire.scans(true);
    server.seesNothing(); // it leads away
    wire.migrate();
    server.sees(either).has("search_path", "tenant_globex");
    server.says("T", "D a", "C SELECT 1", "C SET", "Z I");
    acme.gets("T", "D a", "C SELECT 1", "C SET", "Z I");
  }

  @WireTest(large = true)
  void textThatOnlyTheOldRulesReadAsAnythingGoesOn(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    String text = "Q select /*" + "x".repeat(40_000) + "*/ 'a\\'";
    wire.scans(false);
    acme.sends(text).getsNothing();
    acme.server().seesNothing();
    wire.scans(true);
    acme.server().sees(text).says(SELECTED);
    acme.gets(SELECTED);
  }

  @WireTest(large = true)
  void textsFrom32KibibytesOnWait(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    wire.scans(false);
    String shorter = "Q select" + " ".repeat(32 * 1024 - 8) + "1";
    acme.runs(shorter, SELECTED);
    String longer = "Q select" + " ".repeat(32 * 1024 - 7) + "1";
    acme.sends(longer).server().seesNothing();
    wire.scans(true);
    acme.server().sees(longer).says(SELECTED);
    acme.gets(SELECTED);
  }

  // ---- texts of more than a mebibyte without comments and literals

  /** Selects more columns than there may be. */
  private static String columns(String last) {
    return "Q select 1" + ",1".repeat(600_000) + "," + last;
  }

  private static void isWithheld(ScriptedClient client, String query, boolean value) {
    client.sends(query).server().sees(query).says("T", "D 1");
    if (value) {
      client.getsNothing();
      client.server().says("C SELECT 1", "Z I");
      client.gets(SELECTED);
    } else {
      client.gets("T", "D 1");
      client.server().says("C SELECT 1", "Z I");
      client.gets("C SELECT 1", "Z I");
    }
  }

  @WireTest(large = true)
  void endlessTextIsNotWithheldForItsLengthAlone(Wire wire) {
    isWithheld(wire.client("acme"), columns("1"), false);
  }

  @WireTest(large = true)
  void endlessTextWithAHiddenCallIsWithheld(Wire wire) {
    wire.unproven("go");
    isWithheld(wire.client("acme"), columns("go()"), true);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void endlessTextThatMayLeaveStateIsWithheld(Wire wire) {
    wire.routine("lock_all", RoutinesSql.Kind.STATE);
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    isWithheld(acme, columns("lock_all()"), true);
  }
}
