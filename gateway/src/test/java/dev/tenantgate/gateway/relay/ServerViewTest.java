package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.PoolSettings.Mode;
import dev.tenantgate.gateway.testing.wire.ScriptedClient;
import dev.tenantgate.gateway.testing.wire.ScriptedServer;
import dev.tenantgate.gateway.testing.wire.Wire;
import dev.tenantgate.gateway.testing.wire.WireTest;
import java.time.Duration;
import java.util.Map;

/**
 * A {@link ServerView}: the pool's rules, and what is known to have changed in the database, as
 * they bear on one client.
 */
class ServerViewTest {

  private static final String[] RUN = {"2", "D 1", "C SELECT 1", "Z I"};
  private static final String[] SELECTED = {"T", "D 1", "C SELECT 1", "Z I"};

  private static void prepared(ScriptedClient client) {
    client.sends("P s select 1", "S").server().sees("P s select 1", "D S s", "S");
    client.server().says("1", "t", "T", "Z I");
    client.gets("1", "Z I");
  }

  /** The statement is analysed anew: its names may mean something else. */
  private static void isPreparedAnew(ScriptedClient client) {
    client.sends("B s", "E", "S");
    ScriptedServer server = client.server();
    server.sees("C S s", "P t select 1", "D S t", "H").says("3", "1", "t", "T");
    server.sees("B t", "E", "S").says(RUN);
    client.gets(RUN);
  }

  private static ScriptedClient untenanted(Wire wire) {
    return wire.connecting(Map.of("search_path", "public")).isIn();
  }

  /** Somebody waits for the migrations of a tenant, which are run. */
  private static void migrates(Wire wire, String tenant) {
    wire.lags(tenant);
    ScriptedClient held = wire.connecting(tenant);
    wire.migrate();
    held.isIn();
  }

  @WireTest(Mode.TRANSACTION)
  void statementIsAnalysedAnewOnceSomethingIsDefined(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme);
    acme.runs("B s & E & S", RUN);
    wire.client("globex").runs("Q create table near(v int)", "C CREATE TABLE", "Z I");
    isPreparedAnew(acme);
    acme.sends("B s", "E", "S").server().sees("B t", "E", "S").says(RUN);
    acme.gets(RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void statementOfNoTenantIsAnalysedAnewOnceAnyTenantIsMigrated(Wire wire) {
    ScriptedClient client = untenanted(wire);
    prepared(client);
    migrates(wire, "globex");
    isPreparedAnew(client);
  }

  @WireTest(Mode.TRANSACTION)
  void statementOfATenantOutlivesTheMigrationsOfOthers(Wire wire) {
    ScriptedClient acme = wire.client("acme");
    prepared(acme);
    migrates(wire, "globex");
    acme.runs("B s & E & S", RUN);
  }

  @WireTest(Mode.TRANSACTION)
  void databaseThatAClientIsAboutToDropIsLeft(Wire wire) {
    wire.settings().others(PassOrReject.PASS);
    ScriptedClient other =
        wire.connecting(Map.of("search_path", "tenant_acme", "database", "other")).isIn();
    other.runs("Q select 1", SELECTED);
    ScriptedServer idle = wire.servers().get(0);
    ScriptedClient acme = wire.client("acme");
    acme.sends("Q drop database other");
    assertThat(idle.isLeft()).isTrue();
    ScriptedServer server = wire.servers().get(1).sees("Q drop database other");
    server.says("C DROP DATABASE", "Z I");
    acme.gets("C DROP DATABASE", "Z I");
    wire.passes(Duration.ofSeconds(1));
    assertThat(server.isLeft()).isFalse();
  }

  @WireTest(Mode.TRANSACTION)
  void databaseIsLeftHoweverOftenItIsToBeDropped(Wire wire) {
    wire.settings().others(PassOrReject.PASS);
    ScriptedClient acme = wire.client("acme");
    for (int i = 0; i < 4; i++) {
      acme.runs("Q drop database other", "E 55006", "Z I");
    }
    ScriptedServer server = acme.server();
    ScriptedClient other =
        wire.connecting(Map.of("search_path", "tenant_acme", "database", "other")).isIn();
    other.runs("Q select 1", SELECTED);
    ScriptedServer idle = wire.servers().get(1);
    acme.sends("Q drop database other");
    assertThat(idle.isLeft()).isTrue();
    server.sees("Q drop database other").says("C DROP DATABASE", "Z I");
    acme.gets("C DROP DATABASE", "Z I");
  }
}
