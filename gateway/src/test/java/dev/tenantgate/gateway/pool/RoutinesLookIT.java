package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The look at a database's routines, which a backend is asked for before it serves the next. */
class RoutinesLookIT {

  @TempDir Path migrations;

  static Stream<TestPostgres> servers() {
    return Stream.of(TestPostgres.oldest(), TestPostgres.latest());
  }

  private static TestDatabase database(TestPostgres server) {
    TestDatabase database = server.newDatabase();
    database.execute(
        """
        CREATE TABLE locked(i int DEFAULT length(current_setting('app.x', true)));
        CREATE VIEW over_it AS SELECT i, 'app.y'::text AS name FROM locked;
        ALTER TABLE locked ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON locked USING (current_setting('app.z', true) = 'z');
        CREATE TABLE other(i int);
        INSERT INTO other VALUES (7);
        GRANT ALL ON SCHEMA public TO PUBLIC;
        GRANT ALL ON other TO PUBLIC;
        """);
    return database;
  }

  private GatewayFixture gateway(TestDatabase database) {
    return GatewayFixture.start(
        database,
        migrations,
        Map.of("pool.mode", "transaction", "pool.size", "1", "auth.method", "trust"));
  }

  /** As a migration holds one on its tenant's tables. */
  @ParameterizedTest
  @MethodSource("servers")
  void itWaitsForNobodysLock(TestPostgres server) throws Exception {
    try (TestDatabase database = database(server);
        GatewayFixture gateway = gateway(database);
        SocketClient client =
            SocketClient.login(gateway.port(), database.name(), "public", Map.of());
        Connection locking = database.connect()) {
      locking.setAutoCommit(false);
      locking.createStatement().execute("LOCK TABLE locked IN ACCESS EXCLUSIVE MODE");

      for (int i = 0; i < 3; i++) {
        assertThat(
                client.query(
                    "CREATE FUNCTION f%d() RETURNS int LANGUAGE sql AS 'SELECT 1'".formatted(i)))
            .contains("C CREATE FUNCTION", "Z I");
        assertThat(SocketClient.value(client.query("SELECT i FROM other"))).isEqualTo("7");
      }
      locking.rollback();
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void oneThatTheServerRefusesIsInNobodysWay(TestPostgres server) throws Exception {
    try (TestDatabase database = database(server)) {
      database.execute(
          "DROP ROLE IF EXISTS look_user; CREATE ROLE look_user LOGIN;"
              + " REVOKE SELECT ON pg_catalog.pg_policy FROM PUBLIC");
      try (GatewayFixture gateway = gateway(database);
          SocketClient client =
              SocketClient.login(
                  gateway.port(), database.name(), "public", Map.of("user", "look_user"))) {
        for (int i = 0; i < 3; i++) {
          assertThat(
                  client.query(
                      "CREATE FUNCTION f%d() RETURNS int LANGUAGE sql AS 'SELECT 1'".formatted(i)))
              .contains("C CREATE FUNCTION", "Z I");
          assertThat(SocketClient.value(client.query("SELECT i FROM other"))).isEqualTo("7");
          assertThat(client.query("SET app.x TO '" + i + "'")).contains("C SET", "Z I");
          assertThat(SocketClient.value(client.query("SHOW app.x"))).isEqualTo("" + i);
        }
        database.execute("GRANT SELECT ON pg_catalog.pg_policy TO PUBLIC");
        assertThat(SocketClient.value(client.query("SELECT i FROM other"))).isEqualTo("7");
      }
    }
  }
}
