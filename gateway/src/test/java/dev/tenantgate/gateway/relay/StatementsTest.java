package dev.tenantgate.gateway.relay;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.statements.GatewayNames;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;
import java.util.List;

/**
 * Prepared statements: as they are on a backend of one's own, by {@link SharedStatements} where
 * backends are shared.
 */
class StatementsTest {

  private static final String[] RUN = {"2", "D 1", "C SELECT 1", "Z I"};

  @WireTest(Mode.SESSION)
  void whatASessionPreparesKeepsItsNames(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("P s select 1 & D S s & S", "1", "t", "T", "Z I");
    acme.runs("B s & E & S", RUN);
    acme.runs("C S s & S", "3", "Z I");
    acme.runs("B s & S", "E 26000", "Z I");
  }

  /** Prepares "select 1" on a backend where the client has nothing of that name. */
  private static void prepared(ScriptedClient client, String name) {
    client.sends("P " + name + " select 1", "S");
    client.server().sees("P " + name + " select 1", "D S " + name, "S");
    client.server().says("1", "t", "T", "Z I");
    client.gets("1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void whatAClientPreparesIsItsOwn(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient other = wire.client("acme");
    prepared(acme, "s");
    acme.runs("B s & E & S", RUN);
    other.sends("B s", "S");
    unknown(other);
    prepared(other, "s2");
    acme.runs("B s & E & S", RUN);
    other.runs("B s2 & E & S", RUN);
  }

  /** Nothing of that name is there. */
  private static void unknown(ScriptedClient client) {
    client.server().seesAsSent("B s", "S").says("E 26000", "Z I");
    client.gets("E 26000", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void aStatementIsPreparedWhereItsClientComesToAndSharedThere(Wire wire) {
    wire.poolOf(2);
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    ScriptedClient other = wire.client("acme");
    prepared(acme, "s");
    prepared(other, "t");
    globex.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("B s", "E", "S");
    acme.server().sees("P u select 1", "D S u", "H").says("1", "t", "T");
    acme.server().sees("B u", "E", "S").says(RUN);
    acme.gets(RUN);
    other.sends("B t", "E", "S").server().sees("B u", "E", "S").says(RUN);
    other.gets(RUN);
    globex.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void aStatementThatIsAnotherElsewhereIsToldOf(Wire wire) {
    wire.poolOf(2);
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    prepared(acme, "s");
    globex.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("B s", "E", "S");
    acme.server().sees("P u select 1", "D S u", "H").says("1", "t", "T one|more");
    acme.server().sees("B REFUSED", "E", "S").says("E REFUSED", "Z I");
    acme.gets("E 0A000 cached plan must not change result type (RevalidateCachedQuery)", "Z I");
    globex.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void aNameIsTakenByOneStatementOnly(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s");
    acme.sends("P s select 2", "S");
    acme.server().sees("P v select 2", "C S v", "C S v", "B REFUSED", "S");
    acme.server().says("1", "3", "3", "E REFUSED", "Z I");
    acme.gets("E 42P05", "Z I");
    acme.runs("B s & E & S", RUN);
    acme.sends("P s nonsense", "S"); // what the server finds in it comes first
    acme.server().sees("P v nonsense", "C S v", "C S v", "B REFUSED", "S").says("E 42601", "Z I");
    acme.gets("E 42601", "Z I");
    acme.runs("B s & E & S", RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void theErrorOfABindHasTheClientsNameOfTheStatement(Wire wire) {
    String error = "E 08P01 prepared statement \"%s\" requires 1";
    wire.poolOf(2);
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    ScriptedClient other = wire.client("acme");
    prepared(acme, "s");
    prepared(other, "theirs");
    globex.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("B s", "E", "S");
    acme.server().sees("P u select 1", "D S u", "H").says("1", "t", "T");
    acme.server().sees("B u", "E", "S").says(RUN);
    acme.gets(RUN);
    for (ScriptedClient each : List.of(acme, other, acme)) {
      String name = each.equals(acme) ? "s" : "theirs";
      each.sends("B " + name, "E", "S");
      each.server().sees("B u", "E", "S");
      each.server().says(error.formatted(GatewayNames.prefix() + "1"), "Z I");
      each.gets(error.formatted(name), "Z I");
    }
    acme.sends("B s", "E", "S").server().sees("B u", "E", "S").says("E 22P02 as it is", "Z I");
    acme.gets("E 22P02 as it is", "Z I");
    globex.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void aStatementThatIsClosedIsGone(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s");
    acme.runs("C S s & S", "3", "Z I");
    acme.sends("B s", "S");
    unknown(acme);
    acme.sends("P s select 2", "S").server().sees("P v select 2", "D S v", "S");
    acme.server().says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void aParseThatFailsLeavesNothing(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s nonsense", "S");
    acme.server().sees("P s nonsense", "D S s", "S").says("E 42601", "Z I");
    acme.gets("E 42601", "Z I");
    acme.sends("B s", "S");
    unknown(acme);
    prepared(acme, "again");
  }

  @WireTest(Mode.TRANSACTION)
  void aParseThatIsSkippedLeavesNothing(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - nonsense", "P s select 1", "S");
    acme.server().sees("P - nonsense", "P s select 1", "D S s", "D S -", "S");
    acme.server().says("E 42601", "Z I");
    acme.gets("E 42601", "Z I");
    acme.sends("B s", "S");
    unknown(acme);
  }

  @WireTest(Mode.TRANSACTION)
  void theUnnamedStatementOutlivesItsTransaction(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.sends("P - select 1", "S").server().sees("P - select 1", "D S -", "S");
    acme.server().says("1", "t", "T", "Z I");
    acme.gets("1", "Z I");
    globex.sends("B -", "S");
    globex.server().sees("B REFUSED", "S").says("E REFUSED", "Z I");
    globex.gets("E 26000", "Z I");
    globex.runs("P - select 2 & B - & E & S", "1", "2", "D 2", "C SELECT 1", "Z I");
    acme.sends("B -", "E", "S");
    acme.server().sees("P - select 1", "D S -", "H").says("1", "t", "T");
    acme.server().sees("B -", "E", "S").says(RUN);
    acme.gets(RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void sqlDropsWhatTheProtocolHasPrepared(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s");
    acme.sends("Q deallocate s");
    acme.server().sees("P tenantgate_gone ", "Q DEALLOCATE tenantgate_gone");
    acme.server().says("1", "C DEALLOCATE", "Z I");
    acme.gets("C DEALLOCATE", "Z I");
    acme.sends("B s", "S");
    unknown(acme);
  }

  @WireTest(Mode.TRANSACTION)
  void aDiscardEndsTheClientsOwn(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s");
    acme.sends("Q discard all");
    acme.server().sees("Q discard all").keepsStatements(0);
    acme.server().hasDefault("search_path").says("C DISCARD ALL", "Z I");
    acme.gets("C DISCARD ALL", "Z I");
    acme.sends("B s", "S");
    unknown(acme);
    prepared(acme, "again");
  }

  @WireTest(Mode.TRANSACTION)
  void aPlanThatTheServerFindsInvalidIsPreparedAnew(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s");
    String invalid = "E 0A000 cached plan must not change result type (RevalidateCachedQuery)";
    acme.runs("B s & E & S", invalid, "Z I");
    acme.sends("C S s", "P s select 1", "B s", "E", "S");
    acme.server().sees("C S s", "C S s", "P new select 1", "D S new", "B new", "E", "S");
    acme.server().says("3", "3", "1", "t", "T").says(RUN);
    acme.gets("3", "1", "2", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest
  void aStatementIsDescribed(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    if (wire.isPooled()) {
      prepared(acme, "s");
    } else {
      acme.runs("P s select 1 & S", "1", "Z I");
    }
    acme.runs("D S s & S", "t", "T", "Z I");
    acme.runs("D S nobodys & S", "E 26000", "Z I");
    acme.runs("P - select 2 & D S - & B - & D P - & E & S", "1", "t", "T", "2", "T", "Z I");
    acme.runs("C S - & C S nobodys & C P - & S", "3", "3", "3", "Z I");
  }

  @WireTest
  void aStatementThatSwitchesIsHeldWhenItIsBound(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.sends("P s set search_path to tenant_globex", "S");
    if (wire.isPooled()) {
      acme.server().sees("P s set search_path to tenant_globex", "D S s", "S");
      acme.server().says("1", "t", "n", "Z I");
    } else {
      acme.server().sees("P s set search_path to tenant_globex", "S").says("1", "Z I");
    }
    acme.gets("1", "Z I");
    acme.sends("B s", "E", "S").getsNothing();
    wire.migrate();
    acme.server().sees("B s", "E", "S").has("search_path", "tenant_globex");
    acme.server().says("2", "C SET", "Z I");
    acme.gets("2", "C SET", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void aResetInABatchLeadsBackToTheStartup(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - reset search_path", "B -", "E", "S");
    // Behind it stands what sets it again, by a statement of the gateway's that is closed at once.
    acme.server().hasSeen(9).has("search_path", "tenant_acme");
    acme.server().says("1", "2", "C RESET", "1", "2", "C SET", "3", "3", "Z I");
    acme.gets("1", "2", "C RESET", "Z I");
  }

  @WireTest(value = Mode.TRANSACTION, large = true)
  void aNamedTextThatIsTooLongPinsItsSession(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    String text = "select '" + "x".repeat(2_000_000) + "'";
    acme.sends("P s " + text, "S");
    acme.server().sees("P s " + text, "S").holds("TEXT").says("1", "Z I");
    acme.gets("1", "Z I");
    globex.sends("Q select 1").getsNothing();
    acme.runs("B s & E & S", RUN);
    acme.leaves();
    wire.passes(Duration.ofSeconds(1));
    globex.server().sees("Q select 1").says("T", "D 1", "C SELECT 1", "Z I");
    globex.gets("T", "D 1", "C SELECT 1", "Z I");
  }
}
