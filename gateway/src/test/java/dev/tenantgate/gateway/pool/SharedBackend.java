package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two clients of two tenants on a single backend, which before PostgreSQL 18 doesn't report its
 * path; where a test asks for it, each of them on one of its own. For the tests of what each sees.
 */
abstract class SharedBackend {

  @TempDir static Path migrations;
  static TestDatabase database;
  static GatewayFixture gateway;
  private static @Nullable GatewayFixture ownBackends;
  SocketClient acme;
  SocketClient globex;

  @BeforeAll
  static void start() {
    database = TestPostgres.oldest().newDatabase();
    for (String tenant : new String[] {"acme", "globex", "initech"}) {
      database.execute(
          "CREATE SCHEMA tenant_%1$s; CREATE TABLE tenant_%1$s.mark AS SELECT '%1$s'::text AS m"
              .formatted(tenant));
    }
    gateway = newGateway();
  }

  static GatewayFixture newGateway() {
    return GatewayFixture.start(
        database,
        migrations,
        Map.of("pool.mode", "transaction", "pool.size", "1", "auth.method", "trust"));
  }

  private static GatewayFixture inSessionPooling() {
    GatewayFixture started = ownBackends;
    if (started == null) {
      started = GatewayFixture.start(database, migrations, Map.of("auth.method", "trust"));
      ownBackends = started;
    }
    return started;
  }

  @AfterAll
  static void stop() {
    if (ownBackends != null) {
      ownBackends.close();
      ownBackends = null;
    }
    gateway.close();
    database.close();
  }

  @BeforeEach
  void connect() {
    acme = client("tenant_acme", Map.of());
    globex = client("tenant_globex", Map.of());
  }

  /** Has both be clients of a gateway in that kind of pooling. */
  final void connect(String mode) {
    if (mode.equals("session")) {
      disconnect();
      int port = inSessionPooling().port();
      acme = SocketClient.login(port, database.name(), "tenant_acme", Map.of());
      globex = SocketClient.login(port, database.name(), "tenant_globex", Map.of());
    }
  }

  @AfterEach
  void disconnect() {
    acme.close();
    globex.close();
  }

  static SocketClient client(String path, Map<String, String> parameters) {
    return SocketClient.login(gateway.port(), database.name(), path, parameters);
  }

  static String mark(SocketClient client) {
    return client.value("SELECT m FROM mark");
  }
}
