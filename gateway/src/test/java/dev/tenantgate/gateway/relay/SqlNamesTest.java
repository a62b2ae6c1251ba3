package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.Map;

/**
 * {@link SqlNames}: SQL that names what the protocol has prepared; {@link QueryTranslation} and
 * {@link Deallocation} have it find or drop the client's own.
 */
class SqlNamesTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  private static void prepared(ScriptedClient client, String name, String sql) {
    client.sends("P " + name + " " + sql, "S");
    client.server().sees("P " + name + " " + sql, "D S " + name, "S");
    client.server().says("1", "t", "n", "Z I");
    client.gets("1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void queryFindsItBehindTheMessagesBefore(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    acme.sends("Q select 0", "Q execute s; execute s");
    ScriptedServer server = acme.server();
    server.sees("Q select 0", "P s select 1", "S", "Q execute s; execute s", "C S s", "S");
    server.says(SELECTED).says("1", "Z I");
    server.says("T", "D 1", "C SELECT 1", "T", "D 1", "C SELECT 1", "Z I").says("3", "Z I");
    acme.gets(
        "T", "D 1", "C SELECT 1", "Z I", "T", "D 1", "C SELECT 1", "T", "D 1", "C SELECT 1", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void batchFindsItUntilItsSync(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    acme.sends("P - select 0", "P - execute s", "B -", "E", "S");
    ScriptedServer server = acme.server();
    server.sees("P - select 0", "P s select 1", "P - execute s", "B -", "E", "S", "C S s", "S");
    server.says("1", "1", "1", "2", "D 1", "C SELECT 1", "Z I").says("3", "Z I");
    acme.gets("1", "1", "2", "D 1", "C SELECT 1", "Z I");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void queryInABatchFindsItToo(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    acme.sends("P - select 0", "Q execute s");
    ScriptedServer server = acme.server();
    server.sees("P - select 0", "P s select 1", "Q execute s");
    server.says("1", "1", "T", "D 1", "C SELECT 1", "Z I");
    acme.gets("1", "T", "D 1", "C SELECT 1", "Z I");
    acme.sends("S").gets("Z I"); // the backend has ended: PostgreSQL 18 is in disorder then
    acme.sends("Q execute s");
    ScriptedServer next =
        wire.servers().get(1).sees("P s select 1", "S", "Q execute s", "C S s", "S");
    next.says("1", "Z I").says(SELECTED).says("3", "Z I");
    acme.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void otherNamesAreTheServersToFind(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    acme.runs("Q execute nobodys", "E 26000", "Z I");
    acme.sends("P - execute nobodys", "S");
    acme.server().sees("P - execute nobodys", "D S -", "S").says("E 26000", "Z I");
    acme.gets("E 26000", "Z I");
    acme.runs("Q deallocate nobodys", "E 26000", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void itsResetIsUndoneLikeTheClientsOwn(Wire wire) {
    ScriptedClient acme =
        wire.connecting(Map.of("search_path", "tenant_acme", "application_name", "app")).isIn();
    prepared(acme, "s", "reset application_name");
    acme.sends("Q execute s");
    ScriptedServer server = acme.server();
    server.sees(
        "P s reset application_name",
        "S",
        "Q execute s;SET SESSION \"application_name\" TO E'app'",
        "C S s",
        "S");
    server.says("1", "Z I").says("C RESET", "C SET", "Z I").says("3", "Z I");
    acme.gets("C RESET", "Z I");
    acme.runs("Q select 1", SELECTED);
    assertThat(server.setting("application_name")).isEqualTo("app");
  }

  /** The text drops it: what comes before that finds it all the same. */
  @WireTest(Mode.TRANSACTION)
  void queryFindsItBeforeAllAreDropped(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    String text = "execute s; deallocate all";
    acme.sends("Q " + text);
    ScriptedServer server = acme.server();
    server.sees("P s select 1", "S", "Q " + text, "C S s", "S").keepsStatements(0);
    server.says("1", "Z I").says("T", "D 1", "C SELECT 1", "C DEALLOCATE ALL", "Z I");
    server.says("3", "Z I");
    acme.gets("T", "D 1", "C SELECT 1", "C DEALLOCATE ALL", "Z I");
    acme.runs("Q execute s", "E 26000", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void nameThatIsPreparedAnewByTheTextStays(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    String text = "execute s; deallocate s; prepare s as select 2";
    acme.sends("Q " + text);
    ScriptedServer server = acme.server();
    server.sees("P s select 1", "S", "Q " + text).holds("PREPARE");
    server.says("1", "Z I").says("C SELECT 1", "C DEALLOCATE", "C PREPARE", "Z I");
    acme.gets("C SELECT 1", "C DEALLOCATE", "C PREPARE", "Z I");
    acme.runs("Q execute s", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void nameThatIsPreparedAnewBehindAllOthersStays(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    String text = "deallocate all; prepare s as select 2";
    acme.sends("P - execute s", "B -", "E", "Q " + text, "S");
    ScriptedServer server = acme.server();
    server.sees("P s select 1", "P - execute s", "B -", "E", "Q " + text, "S").holds("PREPARE");
    server.keepsStatements(0).says("1", "1", "2", "D 1", "C SELECT 1");
    server.says("C DEALLOCATE ALL", "C PREPARE", "Z I", "Z I");
    acme.gets("1", "2", "D 1", "C SELECT 1", "C DEALLOCATE ALL", "C PREPARE", "Z I", "Z I");
    acme.runs("Q execute s", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void nameThatTheTextCannotPrepareIsTakenOffAgain(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    String text = "deallocate other; prepare s as select 2";
    acme.sends("Q " + text);
    ScriptedServer server = acme.server();
    server.sees("P s select 1", "S", "Q " + text, "C S s", "S");
    server.says("1", "Z I").says("E 26000", "Z I").says("3", "Z I");
    acme.gets("E 26000", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void itIsDroppedAmongOtherStatements(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    acme.sends("Q select 0; deallocate s");
    ScriptedServer server = acme.server();
    server.sees("P s select 1", "S", "Q select 0; deallocate s", "C S s", "S");
    server.says("1", "Z I").says("T", "D 0", "C SELECT 1", "C DEALLOCATE", "Z I").says("3", "Z I");
    acme.gets("T", "D 0", "C SELECT 1", "C DEALLOCATE", "Z I");
    acme.sends("B s", "S");
    server.seesAsSent("B s", "S").says("E 26000", "Z I");
    acme.gets("E 26000", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void dropThatFailsLeavesIt(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    acme.sends("Q select 1/0; deallocate s");
    ScriptedServer server = acme.server();
    server.sees("P s select 1", "S", "Q select 1/0; deallocate s", "C S s", "S");
    server.says("1", "Z I").says("E 22012", "Z I").says("3", "Z I");
    acme.gets("E 22012", "Z I");
    acme.runs("B s & E & S", "2", "D 1", "C SELECT 1", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void theUnnamedStatementDropsIt(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme, "s", "select 1");
    acme.sends("P - deallocate s", "B -", "E", "S");
    ScriptedServer server = acme.server();
    server.sees("P - DEALLOCATE tenantgate_gone", "P tenantgate_gone ", "B -", "E", "S");
    server.says("1", "1", "2", "C DEALLOCATE", "Z I");
    acme.gets("1", "2", "C DEALLOCATE", "Z I");
    acme.sends("B s", "S");
    server.seesAsSent("B s", "S").says("E 26000", "Z I");
    acme.gets("E 26000", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void backendIsNotLentOnBeforeAllBehindADropIsAnswered(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    prepared(acme, "s", "select 1");
    ScriptedServer server = acme.server();
    acme.sends("Q deallocate s", "Q select 1");
    globex.sends("Q select 2");
    server.sees("P tenantgate_gone ", "Q DEALLOCATE tenantgate_gone", "Q select 1");
    server.says("1", "C DEALLOCATE", "Z I").seesNothing();
    acme.gets("C DEALLOCATE", "Z I");
    server.says(SELECTED);
    acme.gets(SELECTED);
    server.sees("Q select 2").says(SELECTED);
    globex.gets(SELECTED);
  }
}
