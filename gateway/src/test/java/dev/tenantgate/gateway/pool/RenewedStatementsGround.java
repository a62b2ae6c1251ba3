package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.pool.PooledClient.bind;
import static dev.tenantgate.gateway.pool.PooledClient.execute;
import static dev.tenantgate.gateway.pool.PooledClient.parse;
import static dev.tenantgate.gateway.pool.PooledClient.sync;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
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
  private final List<PooledClient> clients = new ArrayList<>();

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
  void disconnect() throws IOException {
    for (PooledClient client : clients) {
      client.close();
    }
  }

  PooledClient client() throws IOException {
    return client("tenant_acme,public");
  }

  PooledClient client(String path) throws IOException {
    PooledClient client = new PooledClient(gateway.port(), database.name(), path, Map.of());
    clients.add(client);
    return client;
  }

  /** Runs something on the backend that wasn't used last, and leaves it the one used last. */
  interface OnOther {
    void run() throws IOException;
  }

  void onOtherBackend(OnOther step) throws IOException {
    PooledClient holder = client();
    holder.query("BEGIN");
    step.run();
    holder.query("ROLLBACK");
  }

  static List<String> prepare(PooledClient client, String name, String sql) throws IOException {
    return client.send(parse(name, sql), sync()).until('Z', 1);
  }

  static List<String> run(PooledClient client, String name, String... values) throws IOException {
    return client.send(bind(name, values), execute(), sync()).until('Z', 1);
  }

  static List<String> answers(String row) {
    return List.of("2", "D " + row, "C SELECT 1", "Z I");
  }
}
