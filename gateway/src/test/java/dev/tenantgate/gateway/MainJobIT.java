package dev.tenantgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tenantgate.config.LoadedSettings;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.gateway.server.Gateway;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * The main job, on every kind of server that is at hand: a connection of a tenant that lags is
 * held, the tenant is migrated, and the connection's first statement sees the new schema.
 */
class MainJobIT {

  /**
   * A server with a database to gate.
   *
   * @param password null where none is asked for
   */
  private record Server(String host, int port, String database, String user, String password) {

    Connection connect(int atPort, String tenant) throws SQLException {
      return DriverManager.getConnection(
          "jdbc:postgresql://%s:%d/%s?user=%s&password=%s&sslmode=disable&currentSchema=%s"
              .formatted(host, atPort, database, user, password, tenant));
    }
  }

  @TempDir Path migrations;

  @Test
  void onTheNewestPostgres() throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase()) {
      doTheMainJob(server(database));
    }
  }

  @Test
  void onTheOldestPostgres() throws Exception {
    try (TestDatabase database = TestPostgres.oldest().newDatabase()) {
      doTheMainJob(server(database));
    }
  }

  /** With the authentication of the official image: SCRAM-SHA-256. */
  @Test
  void onAContainer() throws Exception {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "there is no Docker engine; the same runs on embedded servers");
    try (PostgreSQLContainer container = new PostgreSQLContainer("postgres:18-alpine")) {
      container.start();
      doTheMainJob(
          new Server(
              container.getHost(),
              container.getFirstMappedPort(),
              container.getDatabaseName(),
              container.getUsername(),
              container.getPassword()));
    }
  }

  private static Server server(TestDatabase database) {
    return new Server(
        database.server().host(), database.server().port(), database.name(), "postgres", "");
  }

  private void doTheMainJob(Server server) throws Exception {
    try (Connection direct = server.connect(server.port(), "public")) {
      direct.createStatement().execute("CREATE SCHEMA tenant_globex");
    }
    GatewayFixture.migration(
        migrations.resolve("tenant"), "00001_create_sites.sql", "CREATE TABLE sites(id int);");
    GatewayFixture.migration(
        migrations.resolve("tenant"),
        "00002_add_status.sql",
        "ALTER TABLE sites ADD COLUMN status text;");
    LoadedSettings settings =
        SettingsReader.read(
            new SettingsSources(
                null,
                Map.of(),
                Map.of(
                    "database.url",
                    "postgresql://%s:%s@%s:%d/%s?sslmode=disable"
                        .formatted(
                            server.user(),
                            server.password(),
                            server.host(),
                            server.port(),
                            server.database()),
                    "listen.address",
                    server.host().equals("localhost") ? "localhost:0" : "127.0.0.1:0",
                    "admin.address",
                    "127.0.0.1:0",
                    "migrations.locations",
                    migrations.toString())));
    try (Gateway gateway = Gateway.start(() -> settings, "test", List.of());
        Connection connection = server.connect(gateway.port(), "tenant_globex");
        ResultSet rows =
            connection.createStatement().executeQuery("SELECT count(status) FROM sites")) {
      rows.next();
      assertThat(rows.getInt(1)).isZero();
    }
  }
}
