package dev.tenantgate.gateway.session;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that the gateway has checked wait at the gate, and have no backend yet. */
class HeldLoginIT {

  @TempDir Path folder;

  private Path userList(String... lines) throws Exception {
    return Files.write(folder.resolve("users.txt"), List.of(lines));
  }

  private GatewayFixture gateway(TestDatabase database, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(Map.of("auth.method", "scram-sha-256"));
    all.putAll(settings);
    folder.resolve("migrations").toFile().mkdirs();
    return GatewayFixture.start(database, folder.resolve("migrations"), all);
  }

  /** A database whose tenant globex waits for a migration for as long as a lock is held. */
  private TestDatabase lagging() {
    TestDatabase database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_globex; CREATE TABLE tenant_globex.sites(id int)");
    migration(
        folder.resolve("migrations").resolve("tenant"),
        "00001_add_status.sql",
        "ALTER TABLE sites ADD COLUMN status text DEFAULT 'new';");
    return database;
  }

  private static Connection lockSites(TestDatabase database) throws SQLException {
    Connection blocker = database.connect();
    blocker.setAutoCommit(false);
    blocker.createStatement().execute("LOCK TABLE tenant_globex.sites IN ACCESS SHARE MODE");
    return blocker;
  }

  private static byte[] startup(TestDatabase database, String user) {
    return FrontendNotation.startup(
        Map.of(
            "user",
            user,
            "database",
            database.name(),
            "application_name",
            "held",
            "search_path",
            "tenant_globex"));
  }

  private static String backends(TestDatabase database) {
    return String.valueOf(
        database.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'held'"));
  }

  @Test
  void whoIsHeldCostsNoBackend() throws Exception {
    try (TestDatabase database = lagging();
        GatewayFixture gateway = gateway(database, Map.of("auth.method", "trust"));
        SocketClient client = SocketClient.connect(gateway.port());
        Connection blocker = lockSites(database)) {
      client.sendsBytes(startup(database, "postgres"));
      assertThat(Frame.types(client.readUntil('K'))).isEqualTo("RK");
      assertThat(client.readUntil('N')).isNotEmpty();
      assertThat(gateway.gateway().held()).isEqualTo(1);
      assertThat(backends(database)).isEqualTo("0");

      client.sends("Q SELECT status FROM sites");
      blocker.rollback();
      List<Frame> login = client.readUntil('Z');
      assertThat(login).anySatisfy(m -> assertThat(m.type()).isEqualTo('S'));
      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("TCZ");
      assertThat(backends(database)).isEqualTo("1");
    }
  }

  /** A pooled client's key is the gateway's own: it has it before there is a backend. */
  @Test
  void theKeyOfAPooledClientCancelsItsWait() throws Exception {
    try (TestDatabase database = lagging();
        GatewayFixture gateway =
            gateway(database, Map.of("auth.method", "trust", "pool.mode", "transaction"));
        SocketClient client = SocketClient.connect(gateway.port());
        Connection blocker = lockSites(database)) {
      assertThat(blocker.isClosed()).isFalse();
      client.sendsBytes(startup(database, "postgres")).readUntil('K');
      await().untilAsserted(() -> assertThat(gateway.gateway().held()).isEqualTo(1));
      client.cancels();
      assertThat(client.readUntil('E').get(0).field('C')).isEqualTo("57014");
    }
  }

  /** One key is for the wait, and one for the backend: that names its process. */
  @Test
  void keysCancelBeforeAndBehindTheGate() throws Exception {
    try (TestDatabase database = lagging();
        GatewayFixture gateway = gateway(database, Map.of("auth.method", "trust"))) {
      try (SocketClient client = SocketClient.connect(gateway.port());
          Connection blocker = lockSites(database)) {
        assertThat(blocker.isClosed()).isFalse();
        client.sendsBytes(startup(database, "postgres")).readUntil('K');
        await().untilAsserted(() -> assertThat(gateway.gateway().held()).isEqualTo(1));
        client.cancels();
        assertThat(client.readUntil('E').get(0).field('C')).isEqualTo("57014");
        await().untilAsserted(() -> assertThat(gateway.gateway().held()).isZero());
      }
      try (SocketClient client = SocketClient.connect(gateway.port())) {
        try (Connection blocker = lockSites(database)) {
          assertThat(blocker.isClosed()).isFalse();
          client.sendsBytes(startup(database, "postgres")).readUntil('K');
          await().untilAsserted(() -> assertThat(gateway.gateway().held()).isEqualTo(1));
        }
        client.readUntil('K');
        client.readUntil('Z');
        assertThat(client.value("SELECT pg_catalog.pg_backend_pid()"))
            .isEqualTo(String.valueOf(client.process()));
      }
      try (SocketClient client = SocketClient.connect(gateway.port())) {
        client.sendsBytes(startup(database, "postgres")).readUntil('K');
        client.readUntil('Z');
        assertThat(client.value("SELECT pg_catalog.pg_backend_pid()"))
            .isEqualTo(String.valueOf(client.process()));
        client.sends("Q SELECT pg_catalog.pg_sleep(600)");
        await()
            .untilAsserted(
                () ->
                    assertThat(
                            database.value(
                                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                                    + " AND application_name = 'held'"))
                        .isEqualTo("1"));
        client.cancels();
        List<Frame> answer = client.readUntil('Z');
        assertThat(answer)
            .anySatisfy(
                m -> {
                  assertThat(m.type()).isEqualTo('E');
                  assertThat(m.field('C')).isEqualTo("57014");
                });
      }
    }
  }

  /** A stranger can neither fill the queue nor start a migration. */
  @Test
  void whoFailsToLogInStartsNothing() throws Exception {
    try (TestDatabase database = lagging();
        GatewayFixture gateway =
            gateway(database, Map.of("auth.user-list", userList("\"app\" \"right\"").toString()))) {
      for (String user : List.of("app", "nobody")) {
        assertThatThrownBy(
                () ->
                    gateway.connect(
                        Map.of("user", user, "password", "x", "currentSchema", "tenant_globex")))
            .hasMessageContaining("password authentication failed");
      }
      assertThat(gateway.gateway().held()).isZero();
      assertThat(database.value("SELECT to_regclass('tenant_globex.schema_migrations') IS NULL"))
          .isEqualTo("t");
    }
  }
}
