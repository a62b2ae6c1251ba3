package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import java.util.List;
import java.util.Map;

/** Open sessions whose tenant stops being current between two transactions. */
class NextTransactionIT extends SwitchGround {

  @BothModes
  void anOpenSessionsNextTransactionWaits(String mode) throws Exception {
    try (GatewayFixture gateway = gateway(mode, Map.of("migrations.lock-timeout", "30s"));
        SocketClient client = login(gateway)) {
      assertThat(status(client, "BEGIN")).isEqualTo("CZT");
      require(gateway);
      assertThat(status(client, "SELECT mark FROM sites")).isEqualTo("TDCZT");
      assertThat(status(client, "COMMIT")).isEqualTo("CZI");
      assertThat(status(client, "SELECT mark, note FROM sites")).isEqualTo("TDCZI");
    }
  }

  @BothModes
  void anOpenSessionsNextTransactionIsRefused(String mode) throws Exception {
    try (GatewayFixture gateway = strict(mode);
        SocketClient client = login(gateway)) {
      require(gateway);
      assertThat(status(client, "SELECT 1")).isEqualTo("EZI");
      client.sends(extended("SELECT 1"), "S");
      List<Frame> answer = client.readUntil('Z');
      assertThat(Frame.types(answer)).isEqualTo("EZ");
      assertThat(answer.get(0).field('C')).isEqualTo("57P03");
      assertThat(status(client, "SET search_path TO public")).isEqualTo("CZI");
      assertThat(status(client, "SELECT 1")).isEqualTo("TDCZI");
      assertThat(status(client, "RESET search_path")).isEqualTo("EZI");
    }
  }

  /** The way back was admitted before; were it refused, nobody could end the transaction. */
  @BothModes
  void aRollbackIsNeverRefused(String mode) throws Exception {
    try (GatewayFixture gateway = strict(mode);
        SocketClient client = login(gateway)) {
      assertThat(status(client, "BEGIN")).isEqualTo("CZT");
      assertThat(status(client, "SET search_path TO public")).isEqualTo("CZT");
      require(gateway);
      assertThat(status(client, "ROLLBACK")).isEqualTo("CZI");
      assertThat(status(client, "SELECT 1; SET search_path TO public")).isEqualTo("EZI");
      assertThat(status(client, "SET search_path TO public; SELECT 1")).isEqualTo("CTDCZI");
    }
  }

  @BothModes
  void aWaitingSessionsStatementsAreMadeAnew(String mode) throws Exception {
    try (GatewayFixture gateway = gateway(mode, Map.of());
        SocketClient acme = login(gateway)) {
      acme.sends("P sites SELECT * FROM sites", "S").until('Z');
      acme.sends("P marks SELECT mark FROM sites", "S").until('Z');
      assertThat(acme.sends("B sites", "E", "S").until('Z')).contains("D 1|acme|new");
      require(gateway);

      acme.sends("B marks", "E", "S").gets("2", "D acme", "C SELECT 1", "Z I");
      toldThatTheRowsHaveChanged(acme.sends("B sites", "E", "S"));
      acme.sends("C S sites", "P sites SELECT * FROM sites", "B sites", "E", "S")
          .gets("3", "1", "2", "D 1|acme|new|null", "C SELECT 1", "Z I");
    }
  }

  @BothModes
  void aSessionOfNoTenantIsToldOfAMigrationAsWell(String mode) throws Exception {
    String sql = "SELECT * FROM tenant_acme.sites";
    try (GatewayFixture gateway = gateway(mode, Map.of());
        SocketClient acme = login(gateway);
        SocketClient nobody = login(gateway, "pg_catalog")) {
      nobody.sends("P sites " + sql, "S").until('Z');
      assertThat(nobody.sends("B sites", "E", "S").until('Z')).contains("D 1|acme|new");
      require(gateway);
      assertThat(acme.value("SELECT note FROM sites")).isEqualTo("null");

      toldThatTheRowsHaveChanged(nobody.sends("B sites", "E", "S"));
      assertThat(nobody.sends("C S sites", "P sites " + sql, "B sites", "E", "S").until('Z'))
          .contains("D 1|acme|new|null", "Z I");
    }
  }

  private static void toldThatTheRowsHaveChanged(SocketClient client) {
    client.gets("E 0A000", "Z I");
    assertThat(client.errorField('R')).isEqualTo("RevalidateCachedQuery");
    assertThat(client.errorField('M')).isEqualTo("cached plan must not change result type");
  }

  /** The user's own schema is another's for another user. */
  @BothModes
  void aRolesNextTransactionWaitsForItsOwnSchema(String mode) throws Exception {
    database.execute(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenant_globex') THEN"
            + " CREATE ROLE tenant_globex SUPERUSER; END IF; END $$");
    try (GatewayFixture gateway = gateway(mode, Map.of());
        SocketClient nobody = login(gateway, "\"$user\", pg_catalog")) {
      assertThat(nobody.query("SET ROLE tenant_globex")).contains("C SET", "Z I");
      assertThat(nobody.value("SELECT mark || status FROM sites")).isEqualTo("globexnew");
      require(gateway);
      assertThat(nobody.value("SELECT note FROM sites")).isEqualTo("null");
    }
  }

  /** The changelog grows while the session is open. */
  private void require(GatewayFixture gateway) throws Exception {
    migration(
        migrations.resolve("tenant"),
        "00002_add_note.sql",
        "ALTER TABLE sites ADD COLUMN note text;");
    gateway.gateway().reload();
  }
}
