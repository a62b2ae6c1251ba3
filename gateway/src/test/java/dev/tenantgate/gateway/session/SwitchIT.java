package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Open sessions that go to another tenant by a statement that shows it. */
class SwitchIT extends SwitchGround {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET search_path TO tenant_globex",
        "SET search_path = 'tenant_globex', public",
        "SET SESSION search_path TO \"tenant_globex\"",
        "SET SCHEMA 'tenant_globex'",
        "SELECT set_config('search_path', 'tenant_globex', false)",
        "SELECT 1; /* ; */ SET search_path TO tenant_globex; SELECT 2",
        "PREPARE p AS SELECT set_config('search_path', $1, false); EXECUTE p('tenant_globex')",
      })
  void aSwitchWaitsForTheMigration(String sql) throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        Connection connection = gateway.connect("acme");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
      assertThat(one(connection, "SELECT mark || status FROM sites")).isEqualTo("globexnew");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET search_path TO tenant_globex",
        "SELECT set_config('search_path', 'tenant_globex', false)",
        "CREATE TABLE public.ran(); SET search_path TO tenant_globex",
        "EXPLAIN ANALYZE SELECT set_config('search_path', 'tenant_globex', false)",
      })
  void aRefusedSwitchIsAnErrorAndNothingOfItRuns(String sql) throws Exception {
    try (GatewayFixture gateway = strict(Map.of());
        SocketClient client = login(gateway)) {
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

  @Test
  void aRefusedSwitchFailsItsTransaction() throws Exception {
    try (GatewayFixture gateway = strict(Map.of());
        SocketClient client = login(gateway)) {
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

  @Test
  void inAnExtendedQueryARefusalSkipsToTheSync() throws Exception {
    try (GatewayFixture gateway = strict(Map.of());
        SocketClient client = login(gateway)) {
      client.sends(
          extended("SELECT 1"),
          extended("SET search_path TO tenant_globex"),
          extended("SELECT 2"),
          "S",
          extended("SELECT mark FROM sites"),
          "S");

      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("12DC12EZ");
      List<Frame> next = client.readUntil('Z');
      assertThat(Frame.types(next)).isEqualTo("12DCZ");
      assertThat(text(next)).contains("acme");
    }
  }

  @Test
  void bindTellsWhereAStatementLeads() throws Exception {
    try (GatewayFixture gateway = strict(Map.of());
        Connection connection = gateway.connect("acme");
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

  @Test
  void theDriversOwnWayToSwitch() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        Connection connection = gateway.connect("acme")) {
      for (String tenant : List.of("globex", "acme", "initech", "acme", "globex")) {
        connection.setSchema("tenant_" + tenant);
        assertThat(one(connection, "SELECT mark || status FROM sites")).isEqualTo(tenant + "new");
      }
    }
  }

  @Test
  void aRollbackIsFollowed() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("tenants.switching", "allow"));
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

  @Test
  void aHeldSwitchIsToldWhatForAndCanBeCancelled() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("migrations.lock-timeout", "30s"));
        SocketClient client = SocketClient.connect(gateway.port());
        Connection blocker = lockSites()) {
      client.startsUp(startup("tenant_acme"));
      client.readUntil('Z');
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

  @Test
  void whoLeavesWhileHeldLeavesNothingBehind() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
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
  @Test
  void whatStandsBehindAHeldSwitchIsAnsweredAfterwards() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("migrations.lock-timeout", "30s"));
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

  @Test
  void everyMessageMayBeSplitAnywhere() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
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

  @Test
  void switchingMayBeDenied() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("tenants.switching", "deny"));
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

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
