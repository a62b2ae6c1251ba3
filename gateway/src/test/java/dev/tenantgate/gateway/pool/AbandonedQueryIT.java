package dev.tenantgate.gateway.pool;

import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client leaves while its query runs: the server goes on with that, and a CancelRequest still
 * reaches it, in whatever order the two connections end.
 */
class AbandonedQueryIT {

  private static final int TIMES = 15;

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static Connection observer;

  @SuppressWarnings("NullAway.Init") // each test begins with it
  private GatewayFixture gateway;

  private int queries;

  @BeforeAll
  static void start() throws SQLException {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    observer = database.connect();
  }

  @AfterAll
  static void stop() throws SQLException {
    observer.close();
    database.close();
  }

  private void gateway(String mode) {
    gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of("pool.mode", mode, "pool.size", "2", "auth.method", "trust"));
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  private SocketClient client() {
    return SocketClient.login(gateway.port(), database.name(), "tenant_acme", Map.of());
  }

  private static boolean runs(String mark) throws SQLException {
    try (PreparedStatement asked =
        observer.prepareStatement(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                + " AND pid <> pg_backend_pid() AND query LIKE ?")) {
      asked.setString(1, "%" + mark + "%");
      try (ResultSet found = asked.executeQuery()) {
        found.next();
        return found.getInt(1) > 0;
      }
    }
  }

  private static void awaitRun(String mark, boolean wanted) {
    await(mark)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> runs(mark) == wanted);
  }

  private String mark() {
    return "/* query %d of %s */".formatted(++queries, gateway.port());
  }

  /** A client's way to leave once it has lost its patience. */
  private interface Leaving {
    void of(SocketClient client);
  }

  private void leave(int times, Leaving leaving) {
    for (int i = 0; i < times; i++) {
      String mark = mark();
      try (SocketClient client = client()) {
        client.sends("Q SELECT pg_sleep(3000) " + mark);
        awaitRun(mark, true);
        leaving.of(client);
      }
      awaitRun(mark, false);
    }
    await().until(() -> gateway.gateway().sessions() == 0);
  }

  @BothModes
  void aRequestWhoseSenderLeavesBothConnectionsReachesItsQuery(String mode) throws Exception {
    gateway(mode);
    leave(TIMES, SocketClient::cancelsAndHangsUp);
  }

  @BothModes
  void aKeyIsGoodBehindTheEndOfItsConnection(String mode) throws Exception {
    gateway(mode);
    leave(
        3,
        client -> {
          client.close();
          await().until(() -> gateway.gateway().sessions() == 0);
          client.cancelsAndHangsUp();
        });
    leave(
        3,
        client -> {
          client.sends("X");
          client.close();
          client.cancels();
        });
  }

  @BothModes
  void aConnectionThatIsResetIsLikeAnyOther(String mode) throws Exception {
    gateway(mode);
    leave(
        3,
        client -> {
          client.resets();
          client.cancelsAndHangsUp();
        });
  }

  @BothModes
  void theKeyOfAnOpenTransactionsStatementIsGoodAsWell(String mode) throws Exception {
    gateway(mode);
    String mark = mark();
    SocketClient client = client();
    client.query("BEGIN");
    client.sends("P - SELECT pg_sleep(3000) " + mark, "B -", "E", "H");
    awaitRun(mark, true);
    client.close();
    await().until(() -> gateway.gateway().sessions() == 0);
    client.cancels();
    awaitRun(mark, false);
  }

  /** The query is over, and its key is nobody's. */
  @BothModes
  void aKeyEndsWithItsQuery(String mode) throws Exception {
    gateway(mode);
    SocketClient client = client();
    String mark = mark();
    client.sends("Q SELECT pg_sleep(0.3) " + mark);
    awaitRun(mark, true);
    client.close();
    await().until(() -> !runs(mark));
    String other = mark();
    try (SocketClient next = client()) {
      next.sends("Q SELECT pg_sleep(0.2) " + other);
      awaitRun(other, true);
      client.cancels();
      next.gets("T", "D ", "C SELECT 1", "Z I");
    }
  }

  /** The server works for nobody: it finds out as it does without a gateway. */
  @BothModes
  void aQueryThatSendsRowsEndsWithItsClient(String mode) throws Exception {
    gateway(mode);
    SocketClient client = client();
    String mark = mark();
    client.sends(
        "Q SELECT repeat('x', 1000), pg_sleep(0.001) FROM generate_series(1, 1000000) " + mark);
    awaitRun(mark, true);
    client.close();
    await().until(() -> !runs(mark));
  }
}
