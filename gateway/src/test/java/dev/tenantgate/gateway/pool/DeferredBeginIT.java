package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transactions that get their backend, the only one, with their first statement. */
class DeferredBeginIT {

  @TempDir Path migrations;
  private TestDatabase database;
  private GatewayFixture gateway;

  @BeforeEach
  void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
    migration("00001_sites.sql", "CREATE TABLE sites (name text);");
    gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of(
                "pool.mode",
                "transaction",
                "pool.size",
                "1",
                "pool.begin",
                "deferred",
                "pool.wait-timeout",
                "2s",
                "auth.method",
                "trust"));
  }

  @AfterEach
  void stop() {
    gateway.close();
    database.close();
  }

  private void migration(String file, String up) {
    GatewayFixture.migration(migrations, file, up);
  }

  private SocketClient client(String path) {
    return SocketClient.login(gateway.port(), database.name(), path, Map.of());
  }

  private List<String> names(String tenant) {
    return database.column("SELECT name FROM tenant_%s.sites ORDER BY name".formatted(tenant));
  }

  @Test
  void whoHasOnlyBegunIsInNobodysWay() {
    try (SocketClient one = client("public");
        SocketClient other = client("public")) {
      for (SocketClient each : List.of(one, other)) {
        assertThat(each.query("BEGIN")).containsExactly("C BEGIN", "Z T");
      }
      assertThat(one.query("SET LOCAL search_path = tenant_acme")).containsExactly("C SET", "Z T");
      assertThat(other.query("SET LOCAL search_path = tenant_globex"))
          .containsExactly("C SET", "Z T");
      assertThat(one.query("INSERT INTO sites VALUES ('one')")).contains("C INSERT 0 1", "Z T");

      // The only backend is taken now.
      assertThat(other.query("INSERT INTO sites VALUES ('lost')")).contains("E 53300", "Z E");
      assertThat(other.query("SELECT 1")).containsExactly("E 25P02", "Z E");
      assertThat(one.query("COMMIT")).contains("C COMMIT", "Z I");
      assertThat(other.query("SELECT 1")).containsExactly("E 25P02", "Z E");
      assertThat(other.query("COMMIT")).containsExactly("C ROLLBACK", "Z I");

      other.query("BEGIN; SET LOCAL search_path = tenant_globex");
      assertThat(other.query("INSERT INTO sites VALUES ('other')")).contains("C INSERT 0 1");
      assertThat(other.query("COMMIT")).contains("C COMMIT", "Z I");
      assertThat(SocketClient.value(one.query("SHOW search_path"))).isEqualTo("public");
      assertThat(SocketClient.value(other.query("SHOW search_path"))).isEqualTo("public");
    }
    assertThat(names("acme")).containsExactly("one");
    assertThat(names("globex")).containsExactly("other");
  }

  @Test
  void aMigrationComesInBetween() {
    try (SocketClient client = client("public")) {
      client.query("BEGIN");
      client.query("SET LOCAL search_path = tenant_acme");
      client.query("SELECT FROM sites");
      client.query("COMMIT");

      client.query("BEGIN");
      client.query("SET LOCAL search_path = tenant_acme");
      migration("00002_kinds.sql", "ALTER TABLE sites ADD COLUMN kind text;");
      gateway.gateway().reload();
      assertThat(client.query("INSERT INTO sites VALUES ('new', 'kind')")).contains("C INSERT 0 1");
      assertThat(client.query("COMMIT")).contains("C COMMIT", "Z I");
    }
    assertThat(names("acme")).containsExactly("new");
  }

  /** The tenant that it waits for doesn't come: nothing of it runs where the session was before. */
  @Test
  void aRefusalBehindAWaitFailsIt() {
    migration(
        "00002_fails.sql",
        "DO $$ BEGIN IF current_schema() = 'tenant_globex' THEN PERFORM pg_sleep(0.1);"
            + " RAISE 'not here'; END IF; END $$;");
    gateway.gateway().reload();
    try (SocketClient client = client("tenant_acme")) {
      for (int round = 0; round < 2; round++) {
        client.query("BEGIN");
        client.query("SET LOCAL search_path = tenant_globex");
        assertThat(client.query("INSERT INTO sites VALUES ('first')")).contains("E 57P03", "Z E");
        assertThat(client.query("INSERT INTO sites VALUES ('second')"))
            .containsExactly("E 25P02", "Z E");
        assertThat(client.query("COMMIT")).containsExactly("C ROLLBACK", "Z I");
      }
      assertThat(client.query("INSERT INTO sites VALUES ('own')")).contains("C INSERT 0 1", "Z I");
    }
    assertThat(names("acme")).containsExactly("own");
    assertThat(names("globex")).isEmpty();
  }

  @Test
  void itBeginsAtTheServerWithTheStatement() {
    try (SocketClient client = client("tenant_acme")) {
      client.query("SELECT FROM sites");
      client.query("BEGIN");
      String between = database.column("SELECT clock_timestamp()::text").get(0);
      assertThat(SocketClient.value(client.query("SELECT now() > '" + between + "'")))
          .isEqualTo("t");
      assertThat(client.query("SAVEPOINT a")).contains("C SAVEPOINT", "Z T");
      assertThat(client.query("SELECT 1/0")).contains("E 22012", "Z E");
      assertThat(client.query("ROLLBACK TO a")).contains("Z T");
      assertThat(client.query("COMMIT")).contains("C COMMIT", "Z I");
    }
  }

  @Test
  void aBackendThatIsLostMeanwhileIsAnothers() {
    try (SocketClient client = client("tenant_acme")) {
      client.query("SELECT FROM sites");
      client.query("BEGIN");
      client.query("SET LOCAL search_path = tenant_globex");
      database.execute(
          "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
              + " WHERE datname = current_database() AND application_name NOT LIKE 'tenantgate%'"
              + " AND pid <> pg_backend_pid() AND backend_type = 'client backend'");
      assertThat(client.query("INSERT INTO sites VALUES ('kept')")).contains("C INSERT 0 1", "Z T");
      assertThat(client.query("COMMIT")).contains("C COMMIT", "Z I");
    }
    assertThat(names("globex")).containsExactly("kept");
  }
}
