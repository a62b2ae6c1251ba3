package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.config.PoolSettings.ReadBack;
import dev.tenantgate.gateway.testing.TestPools;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.util.Map;

/**
 * {@link CarriedSettings}: what a client is told where backends differ, and what is asked for at a
 * {@link TransactionEnd} by a {@link Readback}.
 */
class CarriedSettingsTest {

  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  @WireTest(Mode.TRANSACTION)
  void clientIsToldOfItsOwnValueBehindADiscard(Wire wire) {
    ScriptedClient acme =
        wire.connecting(Map.of("search_path", "tenant_acme", "application_name", "app")).isIn();
    acme.runs("Q select 1", SELECTED);
    acme.sends("Q discard all");
    ScriptedServer server = acme.server().sees("Q discard all").keepsStatements(0);
    server.hasDefault("search_path").hasDefault("application_name");
    server.says("C DISCARD ALL", "S application_name=", "Z I");
    acme.gets("C DISCARD ALL", "S application_name=", "S application_name=app", "Z I");
    acme.runs("Q select 1", SELECTED);
    assertThat(server.setting("application_name")).isEqualTo("app");
  }

  @WireTest(Mode.TRANSACTION)
  void clientFollowsTheServersOtherDefaultsAndIsToldOfThem(Wire wire) {
    wire.serverDefault("TimeZone", "UTC");
    ScriptedClient acme = wire.client("acme");
    ScriptedClient other =
        wire.connecting(Map.of("search_path", "tenant_acme", "TimeZone", "Asia/Tokyo")).isIn();
    acme.runs("Q select 1", SELECTED);
    wire.serverDefault("TimeZone", "Europe/Rome");
    wire.server().dies();
    acme.sends("Q select 1").server().sees("Q select 1").says(SELECTED);
    acme.gets("S TimeZone=Europe/Rome", "T", "D 1", "C SELECT 1", "Z I");
    other.runs("Q select 1", SELECTED); // which has its own
  }

  @WireTest(Mode.TRANSACTION)
  void roleAndUserAreAskedForAndCarried(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q set session authorization boss");
    acme.server().sees("Q set session authorization boss").has("session_authorization", "boss");
    acme.server().says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    wire.client("globex").runs("Q select 1", SELECTED);
    assertThat(wire.server().setting("session_authorization")).isEqualTo("app");
    acme.runs("Q select 1", SELECTED);
    assertThat(wire.server().setting("session_authorization")).isEqualTo("boss");
  }

  @WireTest(Mode.TRANSACTION)
  void settingsCountByTheirBytes(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    acme.runs("Q select 1", SELECTED);
    long start = wire.keptBytes(acme);
    acme.sends("Q set application_name to 'some name'");
    ScriptedServer server = acme.server();
    server.sees("Q set application_name to 'some name'").has("application_name", "some name");
    server.says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    assertThat(wire.keptBytes(acme)).isGreaterThan(start);
    acme.sends("Q reset application_name").server().forgetsAll();
    server.hasDefault("application_name").says("C RESET", "Z I");
    acme.gets("C RESET", "Z I");
    assertThat(wire.keptBytes(acme)).isEqualTo(start);
  }

  @WireTest(Mode.TRANSACTION)
  void answerIsAwaitedBeforeOthersGetTheBackend(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient globex = wire.client("globex");
    acme.sends("Q set work_mem to '8MB'");
    ScriptedServer server = acme.server().sees("Q set work_mem to '8MB'").has("work_mem", "8MB");
    server.isSilent(true);
    server.says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    acme.sends("Q select 1").getsNothing();
    globex.sends("Q select 2").getsNothing();
    server.isSilent(false);
    server.sees("Q select 2").says(SELECTED);
    globex.gets(SELECTED);
    server.sees("Q select 1").says(SELECTED);
    acme.gets(SELECTED);
    assertThat(server.setting("work_mem")).isEqualTo("8MB");
  }

  @WireTest(Mode.TRANSACTION)
  void resetThatCannotBeRewrittenIsUndoneBehindIt(Wire wire) {
    ScriptedClient acme =
        wire.connecting(Map.of("search_path", "tenant_acme", "application_name", "é")).isIn();
    acme.runs("Q begin", "C BEGIN", "Z T");
    acme.sends("Q reset application_name", "Q select 1");
    ScriptedServer server = acme.server();
    server.sees("Q reset application_name").hasDefault("application_name").says("C RESET", "Z T");
    acme.gets("C RESET", "Z T");
    assertThat(server.setting("application_name")).isEqualTo("é");
    server.sees("Q select 1").says("T", "D 1", "C SELECT 1", "Z T");
    acme.gets("T", "D 1", "C SELECT 1", "Z T");
    acme.sends("Q commit").server().sees("Q commit").says("C COMMIT", "Z I");
    acme.gets("C COMMIT", "Z I");
    acme.runs("Q select 1", SELECTED);
    assertThat(server.setting("application_name")).isEqualTo("é");
  }

  @WireTest(Mode.TRANSACTION)
  void pathThatNamesTemporaryObjectsPins(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    String set = "set search_path to pg_temp, tenant_acme";
    acme.sends("Q " + set).server().sees("Q " + set).has("search_path", "pg_temp, tenant_acme");
    acme.server().says("C SET", "Z I");
    acme.gets("C SET", "Z I");
    wire.client("globex").sends("Q select 1").getsNothing();
    acme.runs("Q select 1", SELECTED);
  }

  private static void runs(ScriptedClient client, String sql, String name, String value) {
    client.sends("Q " + sql).server().sees("Q " + sql).has(name, value).says("C SET", "Z I");
    client.gets("C SET", "Z I");
  }

  /** The session's next transaction waits for globex, which lags: so it is there. */
  private static void isAtGlobex(Wire wire, ScriptedClient client) {
    wire.lags("globex");
    client.sends("Q select 1").server().seesNothing();
    wire.migrate();
    client.server().sees("Q select 1").says(SELECTED);
    client.gets(SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void roleDecidesWhatUserMeans(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    runs(acme, "set search_path to \"$user\"", "search_path", "\"$user\"");
    runs(acme, "set role tenant_globex", "role", "tenant_globex");
    isAtGlobex(wire, acme);
    runs(acme, "set role none", "role", "none");
    wire.lags("globex");
    acme.runs("Q select 1", SELECTED);
  }

  @WireTest(Mode.TRANSACTION)
  void userOfTheSessionDecidesWhereItHasNoRole(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    runs(acme, "set search_path to \"$user\"", "search_path", "\"$user\"");
    String name = "session_authorization";
    runs(acme, "set session authorization tenant_globex", name, "tenant_globex");
    isAtGlobex(wire, acme);
    runs(acme, "set role none", "role", "none");
    isAtGlobex(wire, acme);
  }

  @WireTest(Mode.TRANSACTION)
  void whatAClientBeginsWithCounts(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    ScriptedClient other =
        wire.connecting(Map.of("search_path", "tenant_acme", "application_name", "app")).isIn();
    assertThat(wire.keptBytes(acme)).isPositive();
    assertThat(wire.keptBytes(other)).isGreaterThan(wire.keptBytes(acme));
  }

  @WireTest
  void textIsReadByTheRulesThatItsClientBeginsWith(Wire wire) {
    wire.lags("globex");
    ScriptedClient acme =
        wire.connecting(Map.of("search_path", "tenant_acme", "standard_conforming_strings", "off"))
            .isIn();
    String text = "Q select 'a\\'' ; set search_path to tenant_globex --'";
    acme.sends(text).getsNothing();
    wire.migrate();
    acme.server().sees(text).has("search_path", "tenant_globex");
    acme.server().says("T", "D a", "C SELECT 1", "C SET", "Z I");
    acme.gets("T", "D a", "C SELECT 1", "C SET", "Z I");
  }

  @WireTest(Mode.TRANSACTION)
  void clientFollowsTheServersOtherPath(Wire wire) {
    ScriptedClient client = wire.connecting(Map.of()).isIn();
    client.runs("Q select 1", SELECTED);
    wire.serverDefault("search_path", "tenant_globex");
    wire.server().dies();
    client.sends("Q select 1");
    client.server().sees("Q select 1").says(SELECTED);
    assertThat(client.takesAll()).endsWith("C SELECT 1", "Z I");
    isAtGlobex(wire, client);
  }

  @WireTest(Mode.TRANSACTION)
  void everyTransactionIsReadBackWhereThatIsWanted(Wire wire) {
    wire.pool(TestPools.readingBack(Mode.TRANSACTION, ReadBack.ALWAYS));
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q select harmless()").server().hasSeen(1).has("jit_cost", "8").says(SELECTED);
    acme.gets(SELECTED);
    wire.client("globex").runs("Q select 1", SELECTED);
    assertThat(wire.server().setting("jit_cost")).isNotEqualTo("8");
    acme.runs("Q select 1", SELECTED);
    assertThat(wire.server().setting("jit_cost")).isEqualTo("8");
  }
}
