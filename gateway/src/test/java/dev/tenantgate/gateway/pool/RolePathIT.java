package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Where {@code "$user"} stands in the path, the tenant is the current user's: a default role at
 * login, and every way to another, lead past the gate only where they may.
 */
class RolePathIT {

  private static final String USER_PATH = "\"$user\",public";
  private static final String READ = "SELECT mark FROM secret";

  @TempDir Path migrations;

  @ParameterizedTest
  @CsvSource({
    "session, pass-through, true",
    "session, pass-through, false",
    "session, trust, true",
    "session, trust, false",
    "transaction, trust, true",
    "transaction, trust, false"
  })
  void theTenantIsTheCurrentUsers(String mode, String method, boolean latest) throws Exception {
    TestPostgres server = latest ? TestPostgres.latest() : TestPostgres.oldest();
    TestDatabase database = server.newDatabase();
    try {
      prepare(database);
      try (GatewayFixture migrating = GatewayFixture.start(database, migrations, Map.of())) {
        migrating.connect("hooli").close();
      }
      try (GatewayFixture gateway =
          GatewayFixture.start(
              database,
              migrations,
              Map.of("pool.mode", mode, "auth.method", method, "gate.policy", "reject"))) {
        defaultsAreKnownAtLogin(gateway, database);
        everyChangeIsGated(gateway, database);
      }
    } finally {
      database.execute("DROP OWNED BY tenant_hooli, tenant_stark");
      database.execute("DROP ROLE tenant_hooli, tenant_stark, role_lags, role_current");
      database.close();
    }
  }

  private void prepare(TestDatabase database) {
    for (String tenant : List.of("hooli", "stark")) {
      database.execute(
          """
          CREATE SCHEMA tenant_%1$s; CREATE TABLE tenant_%1$s.secret AS SELECT '%1$s'::text AS mark;
          CREATE ROLE tenant_%1$s; GRANT ALL ON SCHEMA tenant_%1$s TO tenant_%1$s;
          GRANT ALL ON tenant_%1$s.secret TO tenant_%1$s"""
              .formatted(tenant));
    }
    database.execute(
        "CREATE ROLE role_lags LOGIN SUPERUSER; ALTER ROLE role_lags SET role = tenant_stark;"
            + "CREATE ROLE role_current LOGIN SUPERUSER;"
            + "ALTER ROLE role_current SET role = tenant_hooli");
    migration(
        migrations, "00001_status.sql", "ALTER TABLE secret ADD COLUMN status text DEFAULT 'new';");
  }

  private static void defaultsAreKnownAtLogin(GatewayFixture gateway, TestDatabase database) {
    for (Map<String, String> path :
        List.of(Map.<String, String>of(), Map.of("search_path", USER_PATH))) {
      try (SocketClient raw = SocketClient.connect(gateway.port())) {
        Map<String, String> startup = new HashMap<>(path);
        startup.put("user", "role_lags");
        startup.put("database", database.name());
        List<Frame> answers = raw.startsUp(startup).readUntil('E');
        assertThat(answers.get(answers.size() - 1).field('C')).isEqualTo("57P03");
      }
      try (SocketClient client =
          SocketClient.login(
              gateway.port(), database.name(), path.get("search_path"), user("role_current"))) {
        assertThat(client.value(READ)).isEqualTo("hooli");
        client.query("SET ROLE NONE");
        assertThat(client.query(READ)).contains("E 42P01");
        client.query("RESET ROLE");
        assertThat(client.value(READ)).isEqualTo("hooli");
        assertThat(client.query("SET ROLE tenant_stark")).contains("E 57P03", "Z I");
        assertThat(client.value(READ)).isEqualTo("hooli");
      }
    }
  }

  private static void everyChangeIsGated(GatewayFixture gateway, TestDatabase database) {
    try (SocketClient client =
        SocketClient.login(gateway.port(), database.name(), USER_PATH, user("postgres"))) {
      for (String sql :
          List.of(
              "SET ROLE tenant_stark",
              "SET SESSION ROLE 'tenant_stark'",
              "SET SESSION AUTHORIZATION tenant_stark",
              "SELECT set_config('role', 'tenant_stark', false)",
              "SELECT set_config('session_authorization', 'tenant_stark', false)",
              "BEGIN; SET LOCAL ROLE tenant_stark; " + READ + "; COMMIT")) {
        assertThat(client.query(sql)).as(sql).containsExactly("E 57P03", "Z I");
      }
      client.query("SET ROLE tenant_hooli");
      assertThat(client.value(READ)).isEqualTo("hooli");
      client.query("RESET ROLE");
      client.query("SET search_path TO tenant_hooli");

      client.query("BEGIN");
      client.query("SET ROLE tenant_stark");
      assertThat(client.query("SET search_path TO " + USER_PATH)).contains("E 57P03", "Z E");
      client.query("ROLLBACK");
      assertThat(client.query("SET ROLE tenant_stark; RESET search_path")).contains("E 57P03");
      assertThat(client.query("SELECT current_user")).contains("D postgres");
    }
  }

  private static Map<String, String> user(String name) {
    return Map.of("user", name);
  }
}
