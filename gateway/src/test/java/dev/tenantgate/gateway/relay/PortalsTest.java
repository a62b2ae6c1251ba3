package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.config.PoolSettings.Unpoolable;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;

/**
 * Portals with names of their own, in a {@link PortalTranslation}; and texts under a name that are
 * too long to be kept, in a {@link ParseTranslation}.
 */
class PortalsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String FILLER = "x".repeat(1_100_000);

  private static void prepared(ScriptedClient client, String name, String text) {
    client.sends("P " + name + " " + text, "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    client.gets("1", "Z I");
  }

  // ---- names and values

  @WireTest(Mode.TRANSACTION)
  void portalKeepsItsNameAndItsValues(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "statement", "select $1, $2");
    acme.sends("C P other", "B statement@portal one|two", "E portal 0", "S");
    ScriptedServer server = acme.server();
    server.sees("C P other", "B statement@portal one|two", "E portal 0", "S");
    server.says("3", "2", "D one|two", "C SELECT 1", "Z I");
    acme.gets("3", "2", "D one|two", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void portalOfAStatementThatLeadsAwayByItsValueIsHeld(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "statement", "select set_config('search_path', $1, false)");
    acme.sends("B statement@portal tenant_globex", "E portal 0", "S").getsNothing();
    wire.migrate();
    ScriptedServer server = acme.server();
    server.sees("B statement@portal tenant_globex", "E portal 0", "S");
    server.has("search_path", "tenant_globex").says("2", "D x", "C SELECT 1", "Z I");
    acme.gets("2", "D x", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void portalOfAStatementThatMayNotBeThereWaits(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P statement nonsense", "S", "B statement@portal", "S");
    ScriptedServer server = acme.server();
    server.sees("P statement nonsense", "D S statement", "S").says("E 42601", "Z I");
    server.seesAsSent("B statement@portal", "S").says("E 26000", "Z I");
    acme.gets("E 42601", "Z I", "E 26000", "Z I");
  }

  // ---- what hides in one

  @WireTest(Mode.TRANSACTION)
  void portalThatNobodyKnowsIsNotWithheldBehindOneThatMayLeadAnywhere(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("P - select go()", "B -", "E", "S").server().hasSeen(4);
    acme.server().says("1", "2", "D 1", "C SELECT 1", "Z T");
    acme.gets("1", "2", "D 1", "C SELECT 1", "Z T");
    acme.sends("B nobodys", "E", "S").server().hasSeen(3).says("E 26000");
    acme.gets("E 26000");
    acme.server().says("Z E");
    acme.gets("Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  // ---- long texts under a name

  @WireTest(value = Mode.TRANSACTION, large = true)
  void longTextUnderANameIsWithheldWhenItIsRun(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P s do '" + FILLER + "' & S", "1", "Z I");
    acme.sends("B s", "E", "S").server().hasSeen(3).says("2", "C DO");
    acme.getsNothing();
    acme.server().says("Z I");
    acme.gets("2", "C DO", "Z I");
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void longTextUnderANameThatIsTakenIsRefused(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    acme.sends("P s select '" + FILLER + "'", "S");
    acme.server().sees("B REFUSED", "S").says("E REFUSED", "Z I");
    acme.gets("E 42P05 prepared statement \"s\" already exists", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void longTextUnderANameIsRefusedWhereItWouldPin(Wire wire) {
    wire.pool(Duration.ofSeconds(7), 100, Unpoolable.REFUSE);
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select '" + FILLER + "'", "S");
    acme.server().sees("B REFUSED", "S").says("E REFUSED", "Z I");
    acme.gets("E 0A000", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void longTextUnderANameWaitsForWhetherItIsTaken(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s nonsense", "S", "P s select '" + FILLER + "'", "S");
    ScriptedServer server = acme.server().hasSeen(3).says("E 42601", "Z I");
    server.hasSeen(2).says("1", "Z I");
    acme.gets("E 42601", "Z I", "1", "Z I");
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void closeOfALongTextUnderANameEndsThePin(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s select '" + FILLER + "'", "S").server().hasSeen(2).holds("TEXT");
    acme.server().says("1", "Z I");
    acme.gets("1", "Z I");
    ScriptedClient globex = wire.client("globex").sends("Q select 2").getsNothing();
    acme.sends("C S s", "S").server().sees("C S s", "S").holds().says("3", "Z I");
    acme.gets("3", "Z I");
    wire.server().sees("Q select 2").says(SELECTED);
    globex.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void bindOfTheUnnamedStatementIsAwaited(Wire wire) {
    wire.idleInTransaction(Duration.ofSeconds(10));
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - select 1", "B -", "H").server().hasSeen(3).says("1");
    acme.gets("1");
    wire.passes(Duration.ofSeconds(13));
    acme.getsNothing();
    acme.server().says("2");
    acme.gets("2");
    acme.runs("S", "Z I");
  }

  // ---- another backend

  @WireTest(Mode.TRANSACTION)
  void statementIsPreparedAnewToBeDescribed(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    wire.server().dies();
    acme.sends("D S s", "S");
    ScriptedServer next = wire.servers().get(1).hasSeen(3).says("1", "t", "T");
    next.hasSeen(2).says("t", "T", "Z I");
    acme.gets("t", "T", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void unnamedStatementIsPreparedAnewToBeDescribed(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - select 1", "S").server().hasSeen(3).says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    wire.server().dies();
    acme.sends("D S -", "S");
    ScriptedServer next = wire.servers().get(1).sees("P - select 1", "D S -", "H");
    next.says("1", "t", "T").sees("D S -", "S").says("t", "T", "Z I");
    acme.gets("t", "T", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void statementThatIsAnotherElsewhereIsNotDescribed(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    wire.server().dies();
    acme.sends("D S s", "S");
    ScriptedServer next = wire.servers().get(1).hasSeen(3).says("1", "t", "T one|more");
    next.sees("B REFUSED", "S").says("E REFUSED", "Z I");
    acme.gets("E 0A000 cached plan must not change result type", "Z I");
  }
}
