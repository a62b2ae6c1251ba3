package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.Map;

/**
 * The parameters of clients of shared backends, as {@link ClientSettings}: by which statements they
 * are set, for how long, and for nobody else.
 */
class SettingsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};
  private static final String[] WITHIN = {"T", "D 1", "C SELECT 1", "Z T"};

  /** Runs it, after which the backend's session has a value. */
  private static void sets(
      ScriptedClient client, String sql, String name, String value, String... answers) {
    client.sends("Q " + sql);
    client.server().sees("Q " + sql).has(name, value).says(answers);
    client.gets(answers);
  }

  /** The next lease has that value. */
  private static void has(ScriptedClient client, String name, String value) {
    client.runs("Q select 1", SELECTED);
    assertThat(client.server().setting(name)).isEqualTo(value);
  }

  @WireTest(Mode.TRANSACTION)
  void everyWayToSetIsFollowed(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    sets(acme, "set work_mem to '8MB'", "work_mem", "8MB", "C SET", "Z I");
    has(globex, "work_mem", "null");
    has(acme, "work_mem", "8MB");
    sets(
        acme,
        "select set_config('work_mem', '9MB', false)",
        "work_mem",
        "9MB",
        "T",
        "D 9MB",
        "C SELECT 1",
        "Z I");
    has(globex, "work_mem", "null");
    has(acme, "work_mem", "9MB");
    sets(acme, "set time zone 'UTC'", "timezone", "UTC", "C SET", "Z I");
    has(globex, "timezone", "null");
    has(acme, "timezone", "UTC");
    sets(acme, "set app.user to '7'", "app.user", "7", "C SET", "Z I");
    has(globex, "app.user", "null");
    has(acme, "app.user", "7");
  }

  @WireTest(Mode.TRANSACTION)
  void aSettingThatIsRolledBackIsNot(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.runs("Q begin", "C BEGIN", "Z T");
    sets(acme, "set work_mem to '8MB'", "work_mem", "8MB", "C SET", "Z T");
    acme.sends("Q rollback").server().sees("Q rollback").hasDefault("work_mem");
    acme.server().says("C ROLLBACK", "Z I");
    acme.gets("C ROLLBACK", "Z I");
    has(globex, "work_mem", "null");
    has(acme, "work_mem", "null");
  }

  @WireTest(Mode.TRANSACTION)
  void aLocalSettingEndsWithItsTransaction(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q begin", "C BEGIN", "Z T");
    sets(acme, "set local work_mem to '8MB'", "work_mem", "8MB", "C SET", "Z T");
    acme.runs("Q select 1", WITHIN);
    acme.sends("Q commit").server().sees("Q commit").hasDefault("work_mem");
    acme.server().says("C COMMIT", "Z I");
    acme.gets("C COMMIT", "Z I");
    has(wire.client("globex"), "work_mem", "null");
    has(acme, "work_mem", "null");
  }

  @WireTest(Mode.TRANSACTION)
  void aResetIsFollowed(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    sets(acme, "set work_mem to '8MB'", "work_mem", "8MB", "C SET", "Z I");
    acme.sends("Q reset work_mem").server().sees("Q reset work_mem").hasDefault("work_mem");
    acme.server().says("C RESET", "Z I");
    acme.gets("C RESET", "Z I");
    has(globex, "work_mem", "null");
    has(acme, "work_mem", "null");
  }

  @WireTest(Mode.TRANSACTION)
  void aResetOfAllLeadsBackToTheStartup(Wire wire) {
    ScriptedClient acme =
        wire.connecting(Map.of("search_path", "tenant_acme", "application_name", "app")).isIn();
    sets(acme, "set work_mem to '8MB'", "work_mem", "8MB", "C SET", "Z I");
    acme.sends("Q reset all; select 1");
    ScriptedServer server = acme.server();
    server
        .sees(
            "Q reset all;SET SESSION \"application_name\" TO E'app'"
                + ";SET SESSION \"search_path\" TO E'tenant_acme'; select 1")
        .hasDefault("work_mem")
        .says("C RESET", "C SET", "C SET", "T", "D 1", "C SELECT 1", "Z I");
    acme.gets("C RESET", "T", "D 1", "C SELECT 1", "Z I");
    has(acme, "application_name", "app");
    has(acme, "work_mem", "null");
  }

  @WireTest(Mode.TRANSACTION)
  void aDiscardOfAllLeadsBackToTheStartup(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    sets(acme, "set work_mem to '8MB'", "work_mem", "8MB", "C SET", "Z I");
    acme.sends("Q discard all").server().sees("Q discard all").hasDefault("work_mem");
    acme.server().hasDefault("search_path").keepsStatements(0).says("C DISCARD ALL", "Z I");
    acme.gets("C DISCARD ALL", "Z I");
    has(globex, "search_path", "tenant_globex");
    has(acme, "search_path", "tenant_acme");
    has(acme, "work_mem", "null");
  }

  @WireTest(Mode.TRANSACTION)
  void aSettingThatIsRefusedIsNobodys(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q set work_mem to 'much'", "E 22023", "Z I");
    has(wire.client("globex"), "work_mem", "null");
    has(acme, "work_mem", "null");
  }

  @WireTest(Mode.TRANSACTION)
  void whatAFunctionSetsUnseenFollowsItsClient(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    sets(acme, "select go()", "work_mem", "8MB", "T", "D 1", "C SELECT 1", "Z I");
    has(globex, "work_mem", "null");
    has(acme, "work_mem", "8MB");
  }

  @WireTest(Mode.TRANSACTION)
  void whatTheServerReportsFollowsItsClient(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.sends("Q select strange()").server().sees("Q select strange()").has("DateStyle", "German");
    acme.server().says("T", "D 1", "C SELECT 1", "S DateStyle=German", "Z I");
    acme.gets("T", "D 1", "C SELECT 1", "S DateStyle=German", "Z I");
    has(globex, "datestyle", "null");
    globex.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void aRoleFollowsItsClient(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    sets(acme, "set role boss", "role", "boss", "C SET", "Z I");
    has(globex, "role", "none");
    has(acme, "role", "boss");
    acme.sends("Q reset role").server().sees("Q reset role").hasDefault("role");
    acme.server().says("C RESET", "Z I");
    acme.gets("C RESET", "Z I");
    has(globex, "role", "none");
  }

  @WireTest(Mode.TRANSACTION)
  void statementsThatAFunctionDropsAreMadeAgain(Wire wire) {
    wire.unproven("go");
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select go()").server().sees("Q select go()").keepsStatements(0);
    acme.server().says(SELECTED);
    acme.gets(SELECTED);
    has(wire.client("globex"), "search_path", "tenant_globex");
    has(acme, "search_path", "tenant_acme");
  }
}
