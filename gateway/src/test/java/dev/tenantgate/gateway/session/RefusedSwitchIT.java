package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.session.SwitchGround.extended;
import static dev.tenantgate.gateway.session.SwitchGround.one;
import static dev.tenantgate.gateway.session.SwitchGround.status;
import static dev.tenantgate.gateway.session.SwitchGround.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * Open sessions that would go to a tenant that lags, where whoever lags is rejected: by a statement
 * that shows it, in both kinds of pooling.
 */
class RefusedSwitchIT {

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static final Map<String, GatewayFixture> GATEWAYS = new HashMap<>();

  @BeforeAll
  static void start() throws SQLException {
    database = TestPostgres.latest().newDatabase();
    SwitchGround.prepare(database, migrations);
    for (String mode : List.of("session", "transaction")) {
      GATEWAYS.put(mode, SwitchGround.strict(database, migrations, mode));
    }
  }

  @AfterAll
  static void stop() {
    GATEWAYS.values().forEach(GatewayFixture::close);
    database.close();
  }

  private static GatewayFixture gateway(String mode) {
    return Objects.requireNonNull(GATEWAYS.get(mode));
  }

  private static SocketClient client(String mode, String path) {
    return SocketClient.login(gateway(mode).port(), database.name(), path, Map.of());
  }

  @BothModes
  void aRefusedSwitchIsAnErrorAndNothingOfItRuns(String mode) throws Exception {
    for (String sql :
        List.of(
            "SET search_path TO tenant_globex",
            "SELECT set_config('search_path', 'tenant_globex', false)",
            "CREATE TABLE public.ran(); SET search_path TO tenant_globex",
            "EXPLAIN ANALYZE SELECT set_config('search_path', 'tenant_globex', false)")) {
      try (SocketClient client = client(mode, "tenant_acme")) {
        client.sends("Q " + sql);
        List<Frame> answer = client.readUntil('Z');
        assertThat(Frame.types(answer)).isEqualTo("EZ");
        assertThat(answer.get(0).field('S')).isEqualTo("ERROR");
        assertThat(answer.get(0).field('C')).isEqualTo("57P03");
        assertThat(answer.get(0).field('M')).contains("globex");
        assertThat(answer.get(1).body()).containsExactly('I');
        assertThat(database.value("SELECT to_regclass('public.ran')")).isNull();

        client.sends("Q SELECT mark FROM sites");
        assertThat(text(client.readUntil('Z'))).contains("acme");
      }
    }
  }

  @BothModes
  void aRefusedSwitchFailsItsTransaction(String mode) throws Exception {
    try (SocketClient client = client(mode, "tenant_acme")) {
      assertThat(status(client, "BEGIN")).isEqualTo("CZT");
      assertThat(status(client, "SET LOCAL search_path TO tenant_globex")).isEqualTo("EZE");
      assertThat(status(client, "SELECT 1")).isEqualTo("EZE");
      assertThat(status(client, "ROLLBACK")).isEqualTo("CZI");

      assertThat(status(client, "BEGIN")).isEqualTo("CZT");
      assertThat(status(client, "SAVEPOINT s")).isEqualTo("CZT");
      assertThat(status(client, "SET search_path TO tenant_globex")).isEqualTo("EZE");
      assertThat(status(client, "ROLLBACK TO s")).isEqualTo("CZT");
      assertThat(status(client, "SELECT mark FROM sites")).isEqualTo("TDCZT");
      assertThat(status(client, "COMMIT")).isEqualTo("CZI");
    }
  }

  @BothModes
  void inAnExtendedQueryARefusalSkipsToTheSync(String mode) throws Exception {
    try (SocketClient client = client(mode, "tenant_acme")) {
      client.sends(
          extended("SELECT 1"),
          extended("SET search_path TO tenant_globex"),
          extended("SELECT 2"),
          "S",
          extended("SELECT mark FROM sites"),
          "S");

      assertThat(Frame.types(client.readUntil('Z')))
          .isEqualTo(mode.equals("session") ? "12DC12EZ" : "12DC1EZ");
      List<Frame> next = client.readUntil('Z');
      assertThat(Frame.types(next)).isEqualTo("12DCZ");
      assertThat(text(next)).contains("acme");
    }
  }

  @BothModes
  void bindTellsWhereAStatementLeads(String mode) throws Exception {
    try (Connection connection = gateway(mode).connect("acme");
        PreparedStatement set =
            connection.prepareStatement("SELECT set_config('search_path', ?, ?)")) {
      for (int i = 0; i < 8; i++) {
        set.setString(1, "tenant_acme");
        set.setBoolean(2, false);
        set.execute();
        set.setString(1, "tenant_globex");
        assertThatThrownBy(set::execute)
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P03"));
        assertThat(one(connection, "SELECT mark FROM sites")).isEqualTo("acme");
      }
    }
  }

  @BothModes
  void aSessionOfNoTenantIsRefusedAsWell(String mode) {
    try (SocketClient nobody = client(mode, "pg_catalog")) {
      nobody.sends("Q SET search_path TO tenant_globex").gets("E 57P03", "Z I");
      nobody.query("BEGIN");
      nobody.sends("Q SET search_path TO tenant_globex").gets("E 57P03", "Z E");
      assertThat(nobody.query("ROLLBACK")).contains("Z I");
      nobody.sends("P - SELECT set_config('search_path', $1, false)");
      List<String> answers = nobody.sends("B - tenant_globex", "E", "S").until('Z');
      assertThat(answers).startsWith("1").endsWith("E 57P03", "Z I");
      assertThat(nobody.value("SHOW search_path")).isEqualTo("pg_catalog");
    }
  }
}
