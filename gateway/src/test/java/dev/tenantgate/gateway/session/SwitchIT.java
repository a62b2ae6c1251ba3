package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.Map;

/**
 * Open sessions that go to another tenant by a statement that shows it, in both kinds of pooling.
 */
class SwitchIT extends SwitchGround {

  private static final List<String> SWITCHES =
      List.of(
          "SET search_path TO %s",
          "SET search_path = '%s', public",
          "SET SESSION search_path TO \"%s\"",
          "SET SCHEMA '%s'",
          "SELECT set_config('search_path', '%s', false)",
          "SELECT 1; /* ; */ SET search_path TO %s; SELECT 2",
          "PREPARE p AS SELECT set_config('search_path', $1, false); EXECUTE p('%s')");

  @BothModes
  void aSwitchWaitsForTheMigration(String mode) throws Exception {
    for (int i = 0; i < SWITCHES.size(); i++) {
      makeTenant(database, "w" + i);
    }
    try (GatewayFixture gateway = gateway(mode, Map.of())) {
      for (int i = 0; i < SWITCHES.size(); i++) {
        String sql = SWITCHES.get(i).formatted("tenant_w" + i);
        try (Connection connection = gateway.connect("acme")) {
          execute(connection, sql);
          assertThat(one(connection, "SELECT mark || status FROM sites"))
              .as(sql)
              .isEqualTo("w" + i + "new");
        }
      }
    }
  }

  @BothModes
  void soDoesOneWithinATransaction(String mode) throws Exception {
    try (GatewayFixture gateway = gateway(mode, Map.of());
        SocketClient client = login(gateway)) {
      client.query("BEGIN");
      assertThat(client.query("SET search_path TO tenant_globex; SELECT mark, status FROM sites"))
          .contains("D globex|new", "Z T");
      assertThat(client.query("COMMIT")).contains("Z I");
      assertThat(client.value("SHOW search_path")).isEqualTo("tenant_globex");
    }
  }

  @BothModes
  void theDriversOwnWayToSwitch(String mode) throws Exception {
    try (GatewayFixture gateway = gateway(mode, Map.of());
        Connection connection = gateway.connect("acme")) {
      for (String tenant : List.of("globex", "acme", "initech", "acme", "globex")) {
        connection.setSchema("tenant_" + tenant);
        assertThat(one(connection, "SELECT mark || status FROM sites")).isEqualTo(tenant + "new");
      }
    }
  }

  @BothModes
  void aRollbackIsFollowed(String mode) throws Exception {
    try (GatewayFixture gateway = gateway(mode, Map.of("tenants.switching", "allow"));
        Connection connection = gateway.connect("acme")) {
      connection.setAutoCommit(false);
      execute(connection, "SET search_path TO tenant_globex");
      Savepoint savepoint = connection.setSavepoint();
      execute(connection, "SET search_path TO tenant_initech");
      connection.rollback(savepoint);
      assertThat(one(connection, "SELECT mark FROM sites")).isEqualTo("globex");
      connection.rollback();
      assertThat(one(connection, "SELECT mark FROM sites")).isEqualTo("acme");
      execute(connection, "SET LOCAL search_path TO tenant_globex");
      connection.commit();
      assertThat(one(connection, "SELECT mark FROM sites")).isEqualTo("acme");
      execute(connection, "SET search_path TO tenant_globex");
      execute(connection, "RESET search_path");
      assertThat(one(connection, "SELECT mark FROM sites")).isEqualTo("acme");
    }
  }

  @BothModes
  void aHeldSwitchIsToldWhatForAndCanBeCancelled(String mode) throws Exception {
    try (GatewayFixture gateway = gateway(mode, Map.of("migrations.lock-timeout", "30s"));
        SocketClient client = login(gateway);
        Connection blocker = lockSites()) {
      client.sends("Q BEGIN", "Q SET search_path TO tenant_globex", "Q SELECT mark FROM sites");
      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("CZ");
      Frame notice = last(client.readUntil('N'));
      assertThat(notice.field('M')).contains("globex");
      assertThat(gateway.gateway().held()).isEqualTo(1);

      client.cancels();

      List<Frame> answer = client.readUntil('Z');
      assertThat(answer.get(answer.size() - 2).field('C')).isEqualTo("57014");
      assertThat(last(answer).body()).containsExactly('E');
      assertThat(client.readUntil('Z').get(0).field('C')).isEqualTo("25P02");
      assertThat(gateway.gateway().held()).isZero();
      assertThat(status(client, "ROLLBACK")).isEqualTo("CZI");
      assertThat(blocker.isClosed()).isFalse();
    }
  }

  @BothModes
  void whoLeavesWhileHeldLeavesNothingBehind(String mode) throws Exception {
    try (GatewayFixture gateway = gateway(mode, Map.of());
        Connection blocker = lockSites()) {
      SocketClient client = login(gateway);
      client.sends("Q SET search_path TO tenant_globex");
      await().untilAsserted(() -> assertThat(gateway.gateway().held()).isEqualTo(1));
      client.close();
      await().untilAsserted(() -> assertThat(gateway.gateway().held()).isZero());
      await().untilAsserted(() -> assertThat(gateway.gateway().sessions()).isZero());
      assertThat(blocker.isClosed()).isFalse();
    }
  }

  /** More than is read ahead, so that the client isn't read from meanwhile. */
  @BothModes
  void whatStandsBehindAHeldSwitchIsAnsweredAfterwards(String mode) throws Exception {
    try (GatewayFixture gateway = gateway(mode, Map.of("migrations.lock-timeout", "30s"));
        SocketClient client = login(gateway)) {
      Connection blocker = lockSites();
      Thread sender =
          new Thread(
              () -> {
                client.sends("Q SET search_path TO tenant_globex");
                for (int i = 0; i < 100; i++) {
                  client.sends("Q SELECT mark -- " + "x".repeat(10_000) + "\nFROM sites");
                }
              });
      sender.start();
      await().untilAsserted(() -> assertThat(gateway.gateway().held()).isEqualTo(1));
      blocker.close();
      client.readUntil('Z');
      for (int i = 0; i < 100; i++) {
        assertThat(text(client.readUntil('Z'))).contains("globex");
      }
      sender.join();
    }
  }

  @BothModes
  void everyMessageMayBeSplitAnywhere(String mode) throws Exception {
    try (GatewayFixture gateway = gateway(mode, Map.of());
        SocketClient client = login(gateway)) {
      byte[] messages =
          FrontendNotation.encode(
              extended("SET search_path TO tenant_globex"), "S", "Q SELECT mark FROM sites");
      for (byte each : messages) {
        client.sendsBytes(new byte[] {each});
      }
      assertThat(Frame.types(client.readUntil('Z')).replace("S", "")).isEqualTo("12CZ");
      assertThat(text(client.readUntil('Z'))).contains("globex");
    }
  }

  @BothModes
  void switchingMayBeDenied(String mode) throws Exception {
    try (GatewayFixture gateway = gateway(mode, Map.of("tenants.switching", "deny"));
        Connection connection = gateway.connect("acme")) {
      execute(connection, "SET search_path TO tenant_acme, public");
      execute(connection, "DO $$ BEGIN END $$");
      for (String sql :
          List.of(
              "SET search_path TO tenant_globex",
              "SELECT set_config('search_path', 'tenant_' || 'globex', false)")) {
        assertThatThrownBy(() -> execute(connection, sql))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42501"));
      }
      assertThat(one(connection, "SELECT mark FROM sites")).isEqualTo("acme");
    }
  }

  private Connection lockSites() throws SQLException {
    Connection blocker = database.connect();
    blocker.setAutoCommit(false);
    blocker.createStatement().execute("LOCK TABLE tenant_globex.sites IN ACCESS SHARE MODE");
    return blocker;
  }
}
