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
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.util.PSQLException;

/** Connections of tenants that lag, on a real database, with real migrations. */
class HoldIT {

  @TempDir Path migrations;
  private TestDatabase database;

  @BeforeEach
  void makeTenants() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_globex; CREATE TABLE tenant_globex.sites(id int)");
    database.execute("CREATE SCHEMA tenant_initech");
    migration(
        migrations.resolve("tenant"),
        "00001_create_sites.sql",
        "CREATE TABLE IF NOT EXISTS sites(id int);");
    migration(
        migrations.resolve("tenant"),
        "00002_add_status.sql",
        "ALTER TABLE sites ADD COLUMN status text DEFAULT 'new';");
  }

  @AfterEach
  void dropTenants() {
    database.close();
  }

  private GatewayFixture gateway(Map<String, String> settings) {
    return GatewayFixture.start(database, migrations, settings);
  }

  /** Keeps migrations of globex from running until the returned connection is closed. */
  private Connection lockSites() throws SQLException {
    Connection blocker = database.connect();
    blocker.setAutoCommit(false);
    blocker.createStatement().execute("LOCK TABLE tenant_globex.sites IN ACCESS SHARE MODE");
    return blocker;
  }

  @Test
  void theFirstStatementSeesTheNewSchema() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        Connection connection = gateway.connect("globex")) {
      assertThat(one(connection, "SELECT count(status) FROM sites")).isEqualTo("0");
    }
  }

  @Test
  void fiftyAtOnceWaitForOneMigration() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of())) {
      List<Future<String>> clients = connectAtOnce(gateway, 50, 50);
      for (Future<String> client : clients) {
        assertThat(client.get()).isEqualTo("0");
      }
    }
    assertThat(database.column("SELECT version FROM tenant_globex.schema_migrations ORDER BY 1"))
        .containsExactly("1", "2");
  }

  @Test
  void whoFindsTheQueueFullIsToldAtOnce() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("gate.max-held-per-tenant", "13"))) {
      Connection blocker = lockSites();
      List<Future<String>> clients = connectAtOnce(gateway, 50, 50);
      await().untilAsserted(() -> assertThat(clients.stream().filter(Future::isDone)).hasSize(37));
      blocker.close();
      int admitted = 0;
      for (Future<String> client : clients) {
        try {
          assertThat(client.get()).isEqualTo("0");
          admitted++;
        } catch (ExecutionException e) {
          assertThat(e.getCause())
              .hasMessageContaining("13")
              .isInstanceOfSatisfying(
                  SQLException.class, full -> assertThat(full.getSQLState()).isEqualTo("53300"));
        }
      }
      assertThat(admitted).isEqualTo(13);
    }
  }

  /** They wait for a moment only, while the gateway finds out that there is nothing to wait for. */
  @Test
  void whoComesFirstToACurrentTenantIsNoneOfTheHeld() throws Exception {
    try (GatewayFixture migrating = gateway(Map.of())) {
      migrating.connect("globex").close();
    }
    try (GatewayFixture gateway = gateway(Map.of("gate.max-held-per-tenant", "1"))) {
      for (Future<String> client : connectAtOnce(gateway, 100, 100)) {
        assertThat(client.get()).isEqualTo("0");
      }
    }
  }

  @Test
  void whoWaitsIsToldWhatFor() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("migrations.lock-timeout", "30s"));
        SocketClient client = SocketClient.connect(gateway.port())) {
      Connection blocker = lockSites();
      client.sendsBytes(startup());
      List<Frame> messages = client.readUntil('N');
      Frame notice = messages.get(messages.size() - 1);
      assertThat(notice.field('S')).isEqualTo("NOTICE");
      assertThat(notice.field('M')).contains("globex").contains("2 migrations: 1, 2");
      blocker.close();
      client.readUntil('Z');
      client.sends("Q SELECT status FROM sites");
      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("TCZ");
    }
  }

  @Test
  void whatIsSentAheadIsAnsweredAfterwards() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        SocketClient client = SocketClient.connect(gateway.port())) {
      Connection blocker = lockSites();
      client.sendsBytes(startup());
      client.readUntil('K');
      client.sends("Q SELECT status FROM sites");
      blocker.close();
      client.readUntil('Z');
      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("TCZ");
    }
  }

  @Test
  void aHeldConnectionMayTerminate() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        SocketClient client = SocketClient.connect(gateway.port());
        Connection blocker = lockSites()) {
      assertThat(blocker.isClosed()).isFalse();
      client.sendsBytes(startup());
      client.readUntil('K');
      awaitHeld(gateway, 1);

      client.sends("X");

      awaitHeld(gateway, 0);
    }
  }

  @Test
  void aHeldConnectionCanBeCancelled() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        SocketClient client = SocketClient.connect(gateway.port());
        Connection blocker = lockSites()) {
      assertThat(blocker.isClosed()).isFalse();
      client.sendsBytes(startup());
      client.readUntil('K');
      awaitHeld(gateway, 1);
      client.cancels();
      Frame error = client.readUntil('E').get(0);
      assertThat(error.field('C')).isEqualTo("57014");
      assertThat(client.isAtEnd()).isTrue();
      awaitHeld(gateway, 0);
    }
  }

  @Test
  void whoLeavesWhileHeldLeavesNothingBehind() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of());
        Connection blocker = lockSites()) {
      assertThat(blocker.isClosed()).isFalse();
      List<SocketClient> clients = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        SocketClient client = SocketClient.connect(gateway.port());
        client.sendsBytes(startup());
        clients.add(client);
      }
      awaitHeld(gateway, 20);
      for (SocketClient client : clients) {
        client.close();
      }
      awaitHeld(gateway, 0);
      await().untilAsserted(() -> assertThat(gateway.gateway().sessions()).isZero());
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          database.value(
                              "SELECT count(*) FROM pg_stat_activity WHERE datname ="
                                  + " current_database() AND application_name = 'held'"))
                      .isEqualTo("0"));
    }
  }

  @Test
  void aHoldEndsWithItsTimeout() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("gate.hold-timeout", "300ms"));
        Connection blocker = lockSites()) {
      assertThat(blocker.isClosed()).isFalse();
      // The first may be held for a history that is still to be read.
      await().untilAsserted(() -> assertRejected(gateway, "globex", "57P03", "globex"));
    }
  }

  @Test
  void aFailedMigrationIsToldToAllAndNotRepeatedForEach() throws Exception {
    migration(migrations.resolve("tenant"), "00003_break.sql", "INSERT INTO nowhere VALUES (1);");
    try (GatewayFixture gateway = gateway(Map.of())) {
      assertRejected(gateway, "globex", "57P03", "relation \"nowhere\" does not exist");
      String recorded = failedAt();
      assertRejected(gateway, "globex", "57P03", "relation \"nowhere\" does not exist");
      assertThat(failedAt()).as("the migration was not run again").isEqualTo(recorded);

      migration(migrations.resolve("tenant"), "00003_break.sql", "SELECT 1;");
      gateway.gateway().reload();
      try (Connection connection = gateway.connect("globex")) {
        assertThat(one(connection, "SELECT count(status) FROM sites")).isEqualTo("0");
      }
    }
  }

  private String failedAt() {
    return String.valueOf(
        database.value(
            "SELECT applied_at FROM tenant_globex.schema_migrations WHERE status = 'failed'"));
  }

  @Test
  void policyRejectNamesVersionsAndMigrations() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("gate.policy", "reject"))) {
      assertRejected(gateway, "globex", "57P03", "create_sites");
    }
  }

  @Test
  void policyWarnLetsThroughWithAWarning() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("gate.policy", "warn"));
        Connection connection = gateway.connect("globex")) {
      assertThat(connection.getWarnings().getMessage()).contains("globex");
    }
  }

  @Test
  void manualWaitsForWhoeverMigrates() throws Exception {
    try (GatewayFixture gateway = gateway(Map.of("migrations.trigger", "manual"));
        GatewayFixture other = gateway(Map.of());
        SocketClient client = SocketClient.connect(gateway.port())) {
      client.sendsBytes(startup());
      awaitHeld(gateway, 1);
      other.connect("globex").close();
      client.readUntil('Z');
    }
  }

  @Test
  void aConnectionMayNeedLessOrMore() throws Exception {
    try (GatewayFixture gateway =
        gateway(Map.of("gate.policy", "reject", "gate.required", "latest"))) {
      database.execute(
          "CREATE TABLE tenant_globex.schema_migrations (version BIGINT PRIMARY KEY, name"
              + " VARCHAR(255) NOT NULL, applied_at TIMESTAMP NOT NULL DEFAULT current_timestamp,"
              + " checksum VARCHAR(64) NOT NULL, execution_time_ms INTEGER, status VARCHAR(20)"
              + " DEFAULT 'success', error_message TEXT)");
      try (GatewayFixture migrating = gateway(Map.of("gate.required", "1"))) {
        migrating.connect("globex").close();
      }
      connectNeeding(gateway, "-c tenantgate.min_version=1").close();
      assertThatThrownBy(() -> connectNeeding(gateway, "-c tenantgate.min_version=2"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P03"));
      assertThatThrownBy(() -> connectNeeding(gateway, "-c tenantgate.min_version=9"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P03"));
    }
    try (GatewayFixture gateway = gateway(Map.of())) {
      gateway.connect("globex").close();
      assertThatThrownBy(() -> connectNeeding(gateway, "-c tenantgate.max_version=1"))
          .isInstanceOfSatisfying(
              SQLException.class,
              e -> {
                assertThat(e.getSQLState()).isEqualTo("57P03");
                assertThat(e.getMessage()).contains("version 2").contains("1");
              });
    }
  }

  @Test
  void unknownTenantsAreRejected() {
    try (GatewayFixture gateway = gateway(Map.of())) {
      assertRejected(gateway, "nobody", "3F000", "tenant_nobody");
    }
  }

  private static Connection connectNeeding(GatewayFixture gateway, String options)
      throws SQLException {
    return gateway.connect(Map.of("currentSchema", "tenant_globex", "options", options));
  }

  private static void assertRejected(
      GatewayFixture gateway, String tenant, String sqlState, String said) {
    assertThatThrownBy(() -> gateway.connect(tenant))
        .isInstanceOfSatisfying(
            PSQLException.class,
            e -> {
              assertThat(e.getSQLState()).isEqualTo(sqlState);
              assertThat(e.getServerErrorMessage().toString()).contains(said);
            });
  }

  private byte[] startup() {
    return FrontendNotation.startup(
        Map.of(
            "user", "postgres",
            "database", database.name(),
            "application_name", "held",
            "search_path", "tenant_globex"));
  }

  private static void awaitHeld(GatewayFixture gateway, int sessions) {
    await().untilAsserted(() -> assertThat(gateway.gateway().held()).isEqualTo(sessions));
  }

  /** Connects all at the same time; each answers what its first statement saw of the new schema. */
  private static List<Future<String>> connectAtOnce(
      GatewayFixture gateway, int clients, int threads) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    CyclicBarrier start = new CyclicBarrier(threads);
    List<Future<String>> all = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      Callable<String> client =
          () -> {
            start.await();
            try (Connection connection = gateway.connect("globex")) {
              return one(connection, "SELECT count(status) FROM sites");
            }
          };
      all.add(executor.submit(client));
    }
    executor.shutdown();
    return all;
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
