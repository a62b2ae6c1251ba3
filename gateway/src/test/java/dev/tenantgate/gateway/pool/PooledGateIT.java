package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gate before each transaction of an open session, and at each switch of the tenant. */
class PooledGateIT {

  @TempDir Path migrations;
  private TestDatabase database;

  @BeforeEach
  void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
    GatewayFixture.migration(
        migrations, "00001_items.sql", "CREATE TABLE item(id int); INSERT INTO item VALUES (1);");
  }

  @AfterEach
  void stop() {
    database.close();
  }

  private GatewayFixture gateway(Map<String, String> changes) {
    Map<String, String> all =
        new HashMap<>(Map.of("pool.mode", "transaction", "pool.size", "1", "auth.method", "trust"));
    all.putAll(changes);
    return GatewayFixture.start(database, migrations, all);
  }

  private SocketClient client(GatewayFixture gateway, String tenant) {
    return SocketClient.login(gateway.port(), database.name(), "tenant_" + tenant, Map.of());
  }

  @Test
  void anOpenSessionWaitsForItsTenantAndItsStatementsAreMadeAnew() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        SocketClient acme = client(gateway, "acme")) {
      acme.sends("P items SELECT * FROM item", "S").until('Z');
      acme.sends("P ids SELECT id FROM item", "S").until('Z');
      assertThat(acme.sends("B items", "E", "S").until('Z')).contains("D 1");
      GatewayFixture.migration(
          migrations, "00002_names.sql", "ALTER TABLE item ADD name text DEFAULT 'none';");
      gateway.gateway().reload();

      acme.sends("B ids", "E", "S").gets("2", "D 1", "C SELECT 1", "Z I");
      acme.sends("B items", "E", "S").gets("E 0A000", "Z I");
      assertThat(acme.errorField('R')).isEqualTo("RevalidateCachedQuery");
      assertThat(acme.errorField('M')).isEqualTo("cached plan must not change result type");
      acme.sends("C S items", "P items SELECT * FROM item", "B items", "E", "S")
          .gets("3", "1", "2", "D 1|none", "C SELECT 1", "Z I");
    }
  }

  @Test
  void aSessionOfNoTenantIsToldOfAMigrationAsWell() throws Exception {
    String sql = "SELECT * FROM tenant_acme.item";
    try (GatewayFixture gateway = gateway(Map.of());
        SocketClient acme = client(gateway, "acme");
        SocketClient nobody =
            SocketClient.login(gateway.port(), database.name(), "pg_catalog", Map.of())) {
      nobody.sends("P items " + sql, "S").until('Z');
      assertThat(nobody.sends("B items", "E", "S").until('Z')).contains("D 1");
      GatewayFixture.migration(
          migrations, "00002_names.sql", "ALTER TABLE item ADD name text DEFAULT 'none';");
      gateway.gateway().reload();
      assertThat(acme.value("SELECT name FROM item")).isEqualTo("none");

      nobody.sends("B items", "E", "S").gets("E 0A000", "Z I");
      assertThat(nobody.errorField('R')).isEqualTo("RevalidateCachedQuery");
      assertThat(nobody.sends("C S items", "P items " + sql, "B items", "E", "S").until('Z'))
          .contains("D 1|none", "Z I");
    }
  }

  @Test
  void aSwitchWaitsForTheOtherTenantAlsoWithinATransaction() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        SocketClient acme = client(gateway, "acme")) {
      acme.query("BEGIN");
      assertThat(acme.query("SET search_path TO tenant_globex; SELECT id FROM item"))
          .contains("D 1", "Z T");
      assertThat(acme.query("COMMIT")).contains("Z I");
      assertThat(acme.value("SHOW search_path")).isEqualTo("tenant_globex");
    }
  }

  @Test
  void aSwitchThatIsRefusedFailsItsTransaction() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("gate.policy", "reject"));
        SocketClient nobody =
            SocketClient.login(gateway.port(), database.name(), "pg_catalog", Map.of())) {
      nobody.sends("Q SET search_path TO tenant_globex").gets("E 57P03", "Z I");
      nobody.query("BEGIN");
      nobody.sends("Q SET search_path TO tenant_globex").gets("E 57P03", "Z E");
      assertThat(nobody.query("ROLLBACK")).contains("Z I");
      nobody
          .sends("P - SELECT set_config('search_path', $1, false)", "B - tenant_globex", "E", "S")
          .gets("1", "E 57P03", "Z I");
      assertThat(nobody.value("SHOW search_path")).isEqualTo("pg_catalog");
    }
  }

  /** Its body doesn't show it, and so it isn't harmless: nothing of its answer gets out. */
  @Test
  void aSwitchThatAFunctionHidesGoesNoFurther() throws Exception {
    database.execute(
        "CREATE FUNCTION public.hidden() RETURNS void LANGUAGE plpgsql AS"
            + " $$ BEGIN EXECUTE 'SET search_' || 'path TO tenant_globex'; END $$");
    try (GatewayFixture gateway = gateway(Map.of("gate.policy", "reject"));
        SocketClient nobody =
            SocketClient.login(gateway.port(), database.name(), "pg_catalog", Map.of())) {
      nobody.query("BEGIN");
      assertThat(nobody.query("SELECT public.hidden()")).contains("E 57P03").endsWith("Z E");
      nobody.sends("Q SELECT 1").gets("E 25P02", "Z E");
      assertThat(nobody.query("ROLLBACK")).contains("Z I");
      assertThat(nobody.value("SELECT 2")).isEqualTo("2");
    }
  }

  /** The user's own schema is another's for another user. */
  @Test
  void aRoleLeadsToItsOwnSchema() throws Exception {
    database.execute(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenant_globex') THEN"
            + " CREATE ROLE tenant_globex SUPERUSER; END IF; END $$");
    try (GatewayFixture gateway = gateway(Map.of("gate.policy", "reject"));
        SocketClient nobody =
            SocketClient.login(
                gateway.port(), database.name(), "\"$user\", pg_catalog", Map.of())) {
      nobody.sends("Q SET ROLE tenant_globex").gets("E 57P03", "Z I");
      assertThat(nobody.value("SELECT current_user")).isEqualTo("postgres");
      nobody.sends("Q SET SESSION AUTHORIZATION tenant_globex").gets("E 57P03", "Z I");
    }
    try (GatewayFixture gateway = gateway(Map.of());
        SocketClient nobody =
            SocketClient.login(
                gateway.port(), database.name(), "\"$user\", pg_catalog", Map.of())) {
      assertThat(nobody.query("SET ROLE tenant_globex")).contains("C SET", "Z I");
      assertThat(nobody.value("SELECT id FROM item")).isEqualTo("1");
      GatewayFixture.migration(
          migrations, "00002_names.sql", "ALTER TABLE item ADD name text DEFAULT 'none';");
      gateway.gateway().reload();
      assertThat(nobody.value("SELECT name FROM item")).isEqualTo("none");
    }
  }
}
