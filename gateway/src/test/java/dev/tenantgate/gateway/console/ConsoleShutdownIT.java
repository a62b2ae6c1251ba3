package dev.tenantgate.gateway.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.trial.GatewayProcess;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The console's SHUTDOWN, on a process of its own. */
class ConsoleShutdownIT {

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir Path folder;
  private TestDatabase database;
  private GatewayProcess gateway;

  @BeforeEach
  void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    GatewayFixture.migration(
        folder.resolve("migrations"), "00001_sites.sql", "CREATE TABLE sites (id int);");
    Path users = Files.writeString(folder.resolve("users.txt"), "\"ops\" \"secret\"\n");
    gateway =
        GatewayProcess.start(
            folder, database, Map.of("admin.users", "ops", "auth.user-list", users.toString()));
    gateway.awaitReady();
  }

  @AfterEach
  void stop() {
    gateway.close();
    database.close();
  }

  private Connection connect(String place) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/%s&sslmode=disable".formatted(gateway.port(), place));
  }

  private Connection client() throws SQLException {
    return connect(database.name() + "?user=postgres&currentSchema=tenant_acme");
  }

  private void command(String text) throws SQLException {
    try (Connection console =
            connect("tenantgate?user=ops&password=secret&preferQueryMode=simple");
        Statement statement = console.createStatement()) {
      statement.execute(text);
    }
  }

  @Test
  void shutdownEndsAllAtOnce() throws Exception {
    try (Connection client = client();
        Statement statement = client.createStatement()) {
      client.setAutoCommit(false);
      statement.execute("INSERT INTO sites VALUES (1)");
      assertThatThrownBy(() -> command("SHUTDOWN")).isInstanceOf(SQLException.class);
      assertThat(gateway.awaitExit()).isZero();
      assertThatThrownBy(client::commit).isInstanceOf(SQLException.class);
    }
    assertThat(gateway.log()).contains("stopping at once").contains("stopped");
    assertThat(database.column("SELECT id FROM tenant_acme.sites")).isEmpty();
  }

  @Test
  void shutdownWaitsForTheLastClient() throws Exception {
    try (Connection client = client();
        Statement statement = client.createStatement()) {
      statement.execute("INSERT INTO sites VALUES (1)");
      command("SHUTDOWN WAIT_FOR_CLIENTS");
      await()
          .atMost(PATIENCE)
          .until(() -> gateway.log().contains("stopping after the last client"));
      await().atMost(PATIENCE).untilAsserted(() -> assertThatThrownBy(this::client).isNotNull());
      statement.execute("INSERT INTO sites VALUES (2)");
      client.setAutoCommit(false);
      statement.execute("INSERT INTO sites VALUES (3)");
      client.commit();
      assertThat(gateway.isAlive()).isTrue();
    }
    assertThat(gateway.awaitExit()).isZero();
    assertThat(database.column("SELECT id FROM tenant_acme.sites ORDER BY id"))
        .containsExactly("1", "2", "3");
  }
}
