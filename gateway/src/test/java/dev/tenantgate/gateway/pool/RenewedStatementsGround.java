package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Two backends that clients share, and tables of two tenants that each test may change. */
abstract class RenewedStatementsGround {

  static final String OUTDATED = "E 0A000";

  @TempDir static Path migrations;
  static TestDatabase database;
  static GatewayFixture gateway;
  private final List<SocketClient> clients = new ArrayList<>();

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
    gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of("pool.mode", "transaction", "pool.size", "2", "auth.method", "trust"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.close();
  }

  @BeforeEach
  void make() {
    database.execute(
        """
        DROP SCHEMA tenant_acme CASCADE; DROP SCHEMA tenant_globex CASCADE;
        DROP SCHEMA public CASCADE; CREATE SCHEMA public;
        CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex;
        CREATE TABLE tenant_acme.t(id int, v int); INSERT INTO tenant_acme.t VALUES (1, 7);
        CREATE TABLE tenant_globex.t(id int, v text); INSERT INTO tenant_globex.t VALUES (1, 'g');
        CREATE TABLE public.shad(x) AS SELECT 'public'\
        """);
  }

  @AfterEach
  void disconnect() {
    for (SocketClient client : clients) {
      client.close();
    }
  }

  SocketClient client() {
    return client("tenant_acme,public");
  }

  SocketClient client(String path) {
    SocketClient client = SocketClient.login(gateway.port(), database.name(), path, Map.of());
    clients.add(client);
    return client;
  }

  /** Runs something on the backend that wasn't used last, and leaves it the one used last. */
  interface OnOther {
    void run();
  }

  void onOtherBackend(OnOther step) {
    SocketClient holder = client();
    holder.query("BEGIN");
    step.run();
    holder.query("ROLLBACK");
  }

  static List<String> prepare(SocketClient client, String name, String sql) {
    return client.sends("P " + name + " " + sql, "S").until('Z');
  }

  static List<String> run(SocketClient client, String name, String... values) {
    return client.sends("B " + name + " " + String.join("|", values), "E", "S").until('Z');
  }

  static List<String> answers(String row) {
    return List.of("2", "D " + row, "C SELECT 1", "Z I");
  }
}
