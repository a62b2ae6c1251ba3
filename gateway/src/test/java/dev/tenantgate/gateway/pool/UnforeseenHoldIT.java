package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A statement of a pooled session has led to a tenant that lags, and its answer is withheld while
 * that is migrated, within a transaction or behind it: what becomes of it when the migration ends,
 * the client cancels or leaves, or the backend dies.
 */
class UnforeseenHoldIT {

  private static final String SWITCH =
      "SELECT set_config('search_path', 'tenant_' || 'globex', false)";
  private static final String READ = "SELECT mark FROM secret";

  @TempDir Path migrations;

  @SuppressWarnings("NullAway.Init") // each test begins with start()
  private TestDatabase database;

  @SuppressWarnings("NullAway.Init")
  private GatewayFixture gateway;

  /** With a single backend, so that whoever keeps it shows. */
  private void start(boolean latest) throws SQLException {
    database = (latest ? TestPostgres.latest() : TestPostgres.oldest()).newDatabase();
    for (String tenant : List.of("acme", "globex")) {
      database.execute(
          "CREATE SCHEMA tenant_%1$s; CREATE TABLE tenant_%1$s.secret AS SELECT '%1$s'::text AS mark"
              .formatted(tenant));
    }
    migration(
        migrations, "00001_status.sql", "ALTER TABLE secret ADD COLUMN status text DEFAULT 'new';");
    gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of(
                "pool.mode", "transaction",
                "pool.size", "1",
                "auth.method", "trust",
                "migrations.lock-timeout", "30s"));
    gateway.connect("acme").close();
  }

  @AfterEach
  void stop() {
    gateway.close();
    database.close();
  }

  /** A connection whose lock keeps globex from being migrated. */
  private Connection blocker() throws SQLException {
    Connection blocker = database.connect();
    blocker.setAutoCommit(false);
    blocker.createStatement().execute("LOCK TABLE tenant_globex.secret IN ACCESS SHARE MODE");
    return blocker;
  }

  private SocketClient client() {
    return SocketClient.login(gateway.port(), database.name(), "tenant_acme", Map.of());
  }

  private SocketClient held(boolean within) {
    SocketClient client = client();
    if (within) {
      client.query("BEGIN");
    }
    client.sends("Q " + SWITCH);
    await().untilAsserted(() -> assertThat(gateway.gateway().held()).isEqualTo(1));
    return client;
  }

  private void othersGoOn() {
    try (SocketClient other = client()) {
      assertThat(other.value(READ)).isEqualTo("acme");
    }
    assertThat(gateway.gateway().held()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoIsHeldBehindATransactionCancelsAndEnds(boolean latest) throws Exception {
    start(latest);
    try (Connection blocker = blocker();
        SocketClient client = held(false)) {
      client.cancels();
      // The statement is committed: the error can't be told as its own.
      assertThat(client.until('E')).contains("E 57014").doesNotContain("D tenant_globex", "Z I");
      othersGoOn();
      assertThat(blocker.isClosed()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoIsHeldWithinATransactionCancelsAndRollsBack(boolean latest) throws Exception {
    start(latest);
    try (Connection blocker = blocker();
        SocketClient client = held(true)) {
      client.cancels();
      assertThat(client.until('Z')).contains("E 57014", "Z E").doesNotContain("D tenant_globex");
      assertThat(client.query("ROLLBACK")).contains("Z I");
      assertThat(client.value(READ)).isEqualTo("acme");
      othersGoOn();
      assertThat(blocker.isClosed()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoWaitsGetsTheAnswerBehindTheMigration(boolean latest) throws Exception {
    start(latest);
    Connection blocker = blocker();
    try (SocketClient client = held(false)) {
      blocker.close();
      assertThat(client.until('Z')).contains("D tenant_globex", "Z I");
      assertThat(client.value("SELECT mark, status FROM secret")).isEqualTo("globex|new");
      othersGoOn();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoLeavesLeavesNothingBehind(boolean latest) throws Exception {
    start(latest);
    try (Connection blocker = blocker()) {
      for (boolean within : new boolean[] {true, false}) {
        held(within).close();
        await().untilAsserted(() -> assertThat(gateway.gateway().held()).isZero());
        othersGoOn();
      }
      assertThat(blocker.isClosed()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBackendThatDiesEndsTheSessionThatWasIn(boolean latest) throws Exception {
    start(latest);
    try (Connection blocker = blocker();
        SocketClient client = client()) {
      client.query("BEGIN");
      String pid = client.value("SELECT pg_backend_pid()");
      client.sends("Q " + SWITCH);
      await().untilAsserted(() -> assertThat(gateway.gateway().held()).isEqualTo(1));
      database.execute("SELECT pg_terminate_backend(%s)".formatted(pid));
      assertThat(client.until('E')).doesNotContain("D tenant_globex", "Z T");
      await().untilAsserted(() -> assertThat(gateway.gateway().held()).isZero());
      othersGoOn();
      assertThat(blocker.isClosed()).isFalse();
    }
  }
}
