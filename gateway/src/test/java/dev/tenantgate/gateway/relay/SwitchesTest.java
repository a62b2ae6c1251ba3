package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.GateSettings.Policy;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;

/**
 * Statements that lead a session to another tenant: what waits in a {@link TransactionAdmission}
 * for the {@link TenantGate}, what is refused, what follows.
 */
class SwitchesTest {

  private static final String TO_GLOBEX = "set search_path to tenant_globex";

  @WireTest
  void aTenantThatIsCurrentIsGoneToAtOnce(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    goes(acme, "Q " + TO_GLOBEX, "tenant_globex", "C SET", "Z I");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
    goes(acme, "Q set search_path to tenant_acme", "tenant_acme", "C SET", "Z I");
  }

  /** As the server takes it, with what its session has afterwards. */
  private static void goes(ScriptedClient client, String message, String path, String... answers) {
    client.sends(message);
    client.server().sees(message).has("search_path", path).says(answers);
    client.gets(answers);
  }

  @WireTest
  void aSwitchIsHeldUntilItsTenantIsMigrated(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q " + TO_GLOBEX, "Q select 1").getsNothing();
    acme.server().seesNothing();
    wire.migrate();
    acme.server()
        .sees("Q " + TO_GLOBEX, "Q select 1")
        .has("search_path", "tenant_globex")
        .says("C SET", "Z I");
    acme.server().says("T", "D 1", "C SELECT 1", "Z I");
    acme.gets("C SET", "Z I", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest
  void aSwitchWhoseMigrationFailsIsRefused(Wire wire) {
    wire.lags("globex");
    wire.fleet().migrationsFail(true);
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q " + TO_GLOBEX);
    wire.migrate();
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z I");
    acme.gets("E 57P03", "Z I");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest
  void aSwitchThatIsRefusedFailsItsTransaction(Wire wire) {
    wire.lags("globex");
    wire.fleet().migrationsFail(true);
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q " + TO_GLOBEX);
    wire.migrate();
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z E");
    acme.gets("E 57P03", "Z E");
    acme.runs("Q select 1", "E 25P02", "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  /** Drivers send one behind a BEGIN that was refused. */
  @WireTest
  void aRollbackWithoutATransactionWaitsForNoMigration(Wire wire) {
    wire.settings().policy(Policy.REJECT);
    ScriptedClient acme = wire.client("acme");
    wire.lags("acme");
    refused(wire, acme, "begin");
    for (String end : new String[] {"rollback", "/* a */ ABORT;", "commit"}) {
      acme.runs("Q " + end, "N 25P01", "C ROLLBACK", "Z I");
    }
    for (String more :
        new String[] {"rollback; select 1", "rollback and chain", "commit; begin", "savepoint a"}) {
      refused(wire, acme, more);
    }
    if (wire.isPooled()) { // more may stand behind it
      acme.sends("P - rollback", "B -", "E", "S").gets("E 57P03", "Z I");
    }
    acme.runs("Q rollback", "N 25P01", "C ROLLBACK", "Z I");
  }

  private static void refused(Wire wire, ScriptedClient client, String query) {
    client.sends("Q " + query);
    if (!wire.isPooled()) { // where the backend is the client's own it has to know
      client.server().sees("Q REFUSED").says("E REFUSED", "Z I");
    }
    client.gets("E 57P03", "Z I");
  }

  @WireTest
  void aRefusalInABatchSkipsToTheSync(Wire wire) {
    wire.lags("globex");
    wire.fleet().migrationsFail(true);
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - select 1", "B -", "E", "P - " + TO_GLOBEX, "B -", "E", "S");
    wire.migrate();
    if (wire.isPooled()) {
      acme.server()
          .sees("P - select 1", "B -", "E", "P - " + TO_GLOBEX, "B REFUSED", "E", "D S -", "S")
          .says("1", "2", "D 1", "C SELECT 1", "1", "E REFUSED", "Z I");
      acme.gets("1", "2", "D 1", "C SELECT 1", "1", "E 57P03", "Z I");
    } else {
      acme.server().sees("P - select 1", "B -", "E", "P - " + TO_GLOBEX, "B -", "B REFUSED", "S");
      acme.server().says("1", "2", "D 1", "C SELECT 1", "1", "2", "E REFUSED", "Z I");
      acme.gets("1", "2", "D 1", "C SELECT 1", "1", "2", "E 57P03", "Z I");
    }
    acme.runs("Q select 3", "T", "D 3", "C SELECT 1", "Z I");
  }

  @WireTest
  void aHeldSwitchIsCancelled(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q " + TO_GLOBEX, "Q select 1").cancels();
    assertThat(wire.takeCancelled()).isEmpty();
    acme.server().sees("Q REFUSED", "Q select 1").says("E REFUSED", "Z E", "E 25P02", "Z E");
    acme.gets("E 57014", "Z E", "E 25P02", "Z E");
    acme.runs("Q rollback", "C ROLLBACK", "Z I");
  }

  @WireTest
  void aClientThatIsHeldLeaves(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q " + TO_GLOBEX).leaves();
    assertThat(wire.fleet().gate().held()).isZero();
    wire.migrate();
  }

  @WireTest
  void aSwitchThatIsHeldForLongIsToldAndThenRefused(Wire wire) {
    wire.lags("globex");
    wire.settings().holdTimeout(Duration.ofSeconds(30));
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q " + TO_GLOBEX).getsNothing();
    wire.passes(Duration.ofSeconds(25));
    assertThat(acme.takesAll())
        .hasSizeGreaterThan(2)
        .allMatch(told -> told.startsWith("N 00000 tenant \"globex\" is at version 3"));
    wire.passes(Duration.ofSeconds(6));
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z I");
    assertThat(acme.takesAll()).last().isEqualTo("Z I");
  }

  @WireTest
  void aBoundValueLeadsToATenant(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme = wire.client("acme");
    acme.sends("P - select set_config('search_path', $1, false)", "B - tenant_globex", "E", "S");
    acme.getsNothing();
    wire.migrate();
    acme.server()
        .sees("P - select set_config('search_path', $1, false)", "B - tenant_globex", "E", "S")
        .has("search_path", "tenant_globex")
        .says("1", "2", "D tenant_globex", "C SELECT 1", "Z I");
    acme.gets("1", "2", "D tenant_globex", "C SELECT 1", "Z I");
  }

  @WireTest
  void aLocalSwitchEndsWithItsTransaction(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    goes(acme, "Q set local search_path to tenant_globex", "tenant_globex", "C SET", "Z T");
    goes(acme, "Q commit", "tenant_acme", "C COMMIT", "Z I");
    wire.lags("acme");
    acme.sends("Q select 1").server().seesNothing();
    wire.migrate();
    acme.server().sees("Q select 1").says("T", "D 1", "C SELECT 1", "Z I");
    acme.gets("T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest
  void aRollbackToASavepointLeadsBack(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.runs("Q savepoint s", "C SAVEPOINT", "Z T");
    goes(acme, "Q " + TO_GLOBEX, "tenant_globex", "C SET", "Z T");
    goes(acme, "Q rollback to s", "tenant_acme", "C ROLLBACK", "Z T");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z T");
    acme.runs("Q commit", "C COMMIT", "Z I");
  }

  @WireTest
  void aResetLeadsBackToWhereTheSessionBegan(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    goes(acme, "Q " + TO_GLOBEX, "tenant_globex", "C SET", "Z I");
    acme.sends("Q reset search_path");
    ScriptedServer server = acme.server();
    if (wire.isPooled()) { // the backend's own default isn't the client's
      server
          .sees("Q reset search_path;SET SESSION \"search_path\" TO E'tenant_acme'")
          .has("search_path", "tenant_acme")
          .says("C RESET", "C SET", "Z I");
    } else {
      server.sees("Q reset search_path").has("search_path", "tenant_acme").says("C RESET", "Z I");
    }
    acme.gets("C RESET", "Z I");
  }

  @WireTest
  void switchingIsDenied(Wire wire) {
    wire.settings().switching(dev.tenantgate.config.TenantSettings.Switching.DENY);
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q " + TO_GLOBEX);
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z I");
    acme.gets("E 42501", "Z I");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest
  void anUnknownTenantIsRefused(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q set search_path to tenant_nobody");
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z I");
    acme.gets("E 3F000", "Z I");
  }

  @WireTest
  void aStatementThatSwitchesUnseenHasItsAnswerWithheld(Wire wire) {
    wire.unproven("go").lags("globex");
    wire.fleet().migrationsFail(true);
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select go()");
    acme.server().sees("Q select go()").says("T", "D secret", "C SELECT 1");
    acme.getsNothing();
    acme.server().has("search_path", "tenant_globex").says("Z I");
    wire.migrate();
    acme.gets("E! 57P03");
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  @WireTest
  void aStatementThatMayHaveSwitchedAndHasNotGetsItsAnswer(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select go()");
    acme.server().sees("Q select go()").says("T", "D mine", "C SELECT 1");
    acme.getsNothing();
    acme.server().says("Z I");
    acme.gets("T", "D mine", "C SELECT 1", "Z I");
    acme.runs("Q select 1", "T", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(PoolSettings.Mode.SESSION)
  void aServerThatReportsThePathTellsOfASwitchUnseen(Wire wire) {
    wire.serverReports("search_path").lags("globex");
    wire.fleet().migrationsFail(true);
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select hidden()");
    acme.server()
        .sees("Q select hidden()")
        .says("T", "D secret", "C SELECT 1", "S search_path=tenant_globex", "Z I");
    acme.gets("T", "D secret", "C SELECT 1", "S search_path=tenant_globex", "Z I");
    acme.sends("Q select more");
    wire.migrate();
    acme.server().sees("Q REFUSED").says("E REFUSED", "Z I");
    acme.gets("E 57P03", "Z I");
  }
}
