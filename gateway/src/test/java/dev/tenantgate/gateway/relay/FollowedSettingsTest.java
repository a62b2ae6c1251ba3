package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;

/**
 * {@link FollowedSettings}: where a session with its own backend is, by its texts, by the server's
 * reports, and by a {@link ShowQuestion} where neither tells.
 */
class FollowedSettingsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  /** The session's next transaction waits for globex, which lags: so it is there. */
  private static void isAtGlobex(Wire wire, ScriptedClient client) {
    wire.lags("globex");
    client.sends("Q select 1").server().seesNothing();
    wire.migrate();
    client.server().sees("Q select 1").says(SELECTED);
    client.gets(SELECTED);
  }

  private static void isNotAtGlobex(Wire wire, ScriptedClient client) {
    wire.lags("globex");
    client.runs("Q select 1", SELECTED);
  }

  private static void goes(ScriptedClient client, String sql, String path, String... answers) {
    client.sends("Q " + sql);
    client.server().sees("Q " + sql).has("search_path", path).says(answers);
    client.gets(answers);
  }

  @WireTest(Mode.SESSION)
  void pathIsFollowedByItsText(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    goes(acme, "set search_path to tenant_globex", "tenant_globex", "C SET", "Z I");
    isAtGlobex(wire, acme);
    goes(acme, "reset search_path", "tenant_acme", "C RESET", "Z I");
    isNotAtGlobex(wire, acme);
  }

  @WireTest(Mode.SESSION)
  void resetOfAllLeadsBack(Wire wire) {
    leadsBack(wire, "reset all");
  }

  @WireTest(Mode.SESSION)
  void discardOfAllLeadsBack(Wire wire) {
    leadsBack(wire, "discard all");
  }

  private static void leadsBack(Wire wire, String sql) {
    ScriptedClient acme = wire.client("acme");
    goes(acme, "set search_path to tenant_globex", "tenant_globex", "C SET", "Z I");
    goes(acme, sql, "tenant_acme", "C RESET", "Z I");
    isNotAtGlobex(wire, acme);
  }

  @WireTest(Mode.SESSION)
  void localPathEndsWithItsTransaction(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    goes(acme, "set local search_path to tenant_globex", "tenant_globex", "C SET", "Z T");
    goes(acme, "commit", "tenant_acme", "C COMMIT", "Z I");
    isNotAtGlobex(wire, acme);
  }

  @WireTest(Mode.SESSION)
  void pathThatIsRolledBackIsAskedFor(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    goes(acme, "set search_path to tenant_globex", "tenant_globex", "C SET", "Z T");
    goes(acme, "rollback", "tenant_acme", "C ROLLBACK", "Z I");
    isNotAtGlobex(wire, acme);
  }

  @WireTest(Mode.SESSION)
  void pathBehindAnErrorIsAskedFor(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q set search_path to tenant_globex; select 1/0", "C SET", "E 22012", "Z I");
    isNotAtGlobex(wire, acme);
  }

  @WireTest(Mode.SESSION)
  void roleAndUserDecideWhatUserMeans(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    goes(acme, "set search_path to \"$user\"", "\"$user\"", "C SET", "Z I");
    acme.sends("Q set role tenant_globex");
    acme.server()
        .sees("Q set role tenant_globex")
        .has("role", "tenant_globex")
        .says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    isAtGlobex(wire, acme);
    acme.sends("Q reset role").server().sees("Q reset role").hasDefault("role");
    acme.server().says("C RESET", "Z I");
    acme.gets("C RESET", "Z I");
    isNotAtGlobex(wire, acme);
  }

  @WireTest(Mode.SESSION)
  void otherParametersLeadNowhere(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q set work_mem to 'tenant_globex'", "C SET", "Z I");
    acme.runs("Q select set_config('work_mem', x, false) from t", SELECTED);
    isNotAtGlobex(wire, acme);
  }

  @WireTest(Mode.SESSION)
  void computedPathIsAskedFor(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    String sql = "select set_config('search_path', x, false) from t";
    acme.sends("Q " + sql);
    ScriptedServer server = acme.server().sees("Q " + sql).has("search_path", "tenant_globex");
    server.says("T", "D tenant_globex", "C SELECT 1");
    acme.getsNothing();
    server.says("Z I");
    acme.gets("T", "D tenant_globex", "C SELECT 1", "Z I");
    isAtGlobex(wire, acme);
  }

  @WireTest(Mode.SESSION)
  void reportedPathNeedsNoQuestion(Wire wire) {
    wire.serverReports("search_path").unproven("go");
    ScriptedClient acme = wire.client("acme");
    ScriptedServer server = acme.sends("Q select go()").server().sees("Q select go()");
    server.isSilent(true);
    server.says("T", "D 1", "C SELECT 1", "S search_path=tenant_globex", "Z I");
    acme.gets("T", "D 1", "C SELECT 1", "S search_path=tenant_globex", "Z I");
    isAtGlobex(wire, acme);
    server.isSilent(false);
  }

  @WireTest(Mode.SESSION)
  void anotherBackendIsBroughtToWhereTheSessionIs(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    goes(acme, "set search_path to tenant_globex", "tenant_globex", "C SET", "Z I");
    acme.sends("Q set role boss").server().sees("Q set role boss").has("role", "boss");
    acme.server().says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    acme.server().dies();
    acme.sends("Q select 1");
    ScriptedServer next = wire.servers().get(1).sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
    assertThat(next.setting("search_path")).isEqualTo("\"tenant_globex\"");
    assertThat(next.setting("role")).isEqualTo("boss");
  }

  @WireTest(Mode.SESSION)
  void whereaboutsThatTheServerRefusesToTellEndTheSession(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q set search_path to tenant_globex; select 1/0");
    acme.server().hasSeen(1).answersNext("E 42501").says("C SET", "E 22012", "Z I");
    acme.endsWith("E! XX000");
    assertThat(acme.isEndedByGateway()).isTrue();
  }

  private static void runs(ScriptedClient client, String sql, String name, String value) {
    client.sends("Q " + sql).server().sees("Q " + sql).has(name, value).says("C SET", "Z I");
    client.gets("C SET", "Z I");
  }

  @WireTest(Mode.SESSION)
  void computedRoleIsAskedFor(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    goes(acme, "set search_path to \"$user\"", "\"$user\"", "C SET", "Z I");
    runs(acme, "select set_config('role', x, false) from t", "role", "tenant_globex");
    isAtGlobex(wire, acme);
  }

  @WireTest(Mode.SESSION)
  void userIsFollowedByItsText(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    goes(acme, "set search_path to \"$user\"", "\"$user\"", "C SET", "Z I");
    String sql = "set session authorization tenant_globex";
    runs(acme, sql, "session_authorization", "tenant_globex");
    isAtGlobex(wire, acme);
    acme.sends("Q reset session authorization").server().hasSeen(1);
    acme.server().hasDefault("session_authorization").says("C RESET", "Z I");
    acme.gets("C RESET", "Z I");
    isNotAtGlobex(wire, acme);
  }

  @WireTest(Mode.SESSION)
  void resetOfAllPassesOverWhatHasItsDefaultForItsTransaction(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    goes(acme, "set search_path to tenant_globex", "tenant_globex", "C SET", "Z I");
    acme.runs("Q begin", "C BEGIN", "Z T");
    goes(acme, "set local search_path to default", "tenant_acme", "C SET", "Z T");
    acme.runs("Q reset all", "C RESET", "Z T");
    goes(acme, "commit", "tenant_globex", "C COMMIT", "Z I");
    isAtGlobex(wire, acme);
  }

  @WireTest(Mode.SESSION)
  void backendWithASettingThatMayHaveFailedIsNotReplaced(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q set application_name to 'a'; select 1/0", "C SET", "E 22012", "Z I");
    acme.server().dies();
    acme.endsWith("E! 08006");
  }

  @WireTest(Mode.SESSION)
  void backendWhoseErrorsWereBesideItsSettingsIsReplaced(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1/0", "E 22012", "Z I");
    acme.runs("Q set application_name to 'a'", "C SET", "Z I");
    acme.server().dies();
    acme.sends("Q select 1");
    wire.servers().get(1).sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
    assertThat(wire.servers().get(1).setting("application_name")).isEqualTo("a");
  }

  @WireTest(Mode.SESSION)
  void clientDoesNotWaitForWhereItsSessionIs(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q set search_path to tenant_globex; select 1/0");
    ScriptedServer server = acme.server().hasSeen(1);
    server.isSilent(true);
    server.says("C SET", "E 22012", "Z I");
    acme.gets("C SET", "E 22012", "Z I");
    acme.sends("Q select 1").getsNothing();
    server.seesNothing();
    server.isSilent(false);
    server.sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
  }
}
