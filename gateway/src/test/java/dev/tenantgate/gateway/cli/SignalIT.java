package dev.tenantgate.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.trial.GatewayProcess;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
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

/** The effects of signals on {@code tenantgate serve}, and their limits. */
class SignalIT {

  /** A process of its own may have to wait for its turn. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir Path folder;
  private TestDatabase database;
  private GatewayProcess gateway;

  @BeforeEach
  void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    migration("00001_sites.sql", "CREATE TABLE sites (id int);");
    gateway = GatewayProcess.start(folder, database, Map.of());
    gateway.awaitReady();
  }

  @AfterEach
  void stop() {
    gateway.close();
    database.close();
  }

  private void migration(String file, String up) {
    GatewayFixture.migration(folder.resolve("migrations"), file, up);
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres&sslmode=disable&currentSchema=tenant_acme"
            .formatted(gateway.port(), database.name()));
  }

  @Test
  void itReloadsWhatIsRightAndKeepsWhatIsInForceOtherwise() throws Exception {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO sites VALUES (1)");
      migration("00002_names.sql", "ALTER TABLE sites ADD COLUMN name text;");
      gateway.signal("HUP");
      await()
          .atMost(PATIENCE)
          .until(() -> gateway.log().contains("settings and migrations reloaded"));
      statement.execute("INSERT INTO sites VALUES (2)");
      connection.commit();
      statement.execute("INSERT INTO sites VALUES (3, 'a name')");
      connection.commit();

      gateway.change(Map.of("gate.hold-timeout", "-1s", "gate.polices", "hold"));
      gateway.signal("HUP");
      await().atMost(PATIENCE).until(() -> gateway.log().contains("reload refused"));
      assertThat(gateway.log()).contains("gate.hold-timeout: must be longer").contains("polices");
      assertThat(gateway.request("POST", "/api/v1/reload"))
          .satisfies(
              answer -> {
                assertThat(answer.statusCode()).isEqualTo(422);
                assertThat(answer.body()).contains("gate.hold-timeout").contains("polices");
              });
      statement.execute("INSERT INTO sites VALUES (4)");
      connection.commit();
    }
    assertThat(database.column("SELECT id FROM tenant_acme.sites ORDER BY id"))
        .containsExactly("1", "2", "3", "4");
  }

  @Test
  void itStopsWhenTheLastTransactionHasEnded() throws Exception {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO sites VALUES (1)");
      gateway.signal("TERM");
      await().atMost(PATIENCE).until(() -> gateway.log().contains("stopping"));
      gateway.signal("HUP");
      assertThatThrownBy(this::connect).isInstanceOf(SQLException.class);
      statement.execute("INSERT INTO sites VALUES (2)");
      connection.commit();
    }
    assertThat(gateway.awaitExit()).isZero();
    assertThat(database.column("SELECT id FROM tenant_acme.sites ORDER BY id"))
        .containsExactly("1", "2");
  }

  /** The second TERM means that the operator has lost patience. */
  @Test
  void aSecondTermEndsItAtOnce() throws Exception {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO sites VALUES (1)");
      gateway.signal("TERM");
      await().atMost(PATIENCE).until(() -> gateway.log().contains("stopping"));
      assertThat(gateway.isAlive()).isTrue();

      gateway.signal("TERM");

      assertThat(gateway.awaitExit()).isZero();
      assertThatThrownBy(connection::commit)
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"));
    }
    assertThat(database.column("SELECT id FROM tenant_acme.sites")).isEmpty();
  }
}
