package dev.tenantgate.gateway.server;

import static dev.tenantgate.gateway.GatewayFixture.migration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.admin.Reloader.Reload;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.util.PSQLException;

/** New migrations and settings for a gateway that goes on serving. */
class ReloadIT {

  @TempDir Path folder;
  private final Map<String, String> settings = new HashMap<>();
  private Path migrations;
  private TestDatabase database;

  @BeforeEach
  void start() {
    migrations = folder.resolve("migrations");
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_initech");
    migration(migrations, "00001_sites.sql", "CREATE TABLE sites (id int);");
  }

  @AfterEach
  void stop() {
    database.close();
  }

  private GatewayFixture gateway() {
    return GatewayFixture.start(database, migrations, settings);
  }

  private void pooling(String mode) {
    settings.put("pool.mode", mode);
    if (mode.equals("transaction")) {
      settings.put("auth.method", "trust");
    }
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @BothModes
  void aTransactionGoesOnAndTheNextOneHasTheNewSchema(String mode) throws Exception {
    pooling(mode);
    try (GatewayFixture gateway = gateway();
        Connection connection = gateway.connect("acme")) {
      connection.setAutoCommit(false);
      execute(connection, "INSERT INTO sites VALUES (1)");
      migration(migrations, "00002_names.sql", "ALTER TABLE sites ADD COLUMN name text;");

      assertThat(gateway.gateway().reload()).isInstanceOf(Reload.Done.class);

      execute(connection, "INSERT INTO sites VALUES (2)");
      connection.commit();
      assertThat(one(connection, "SELECT count(*) || ' ' || count(name) FROM sites"))
          .isEqualTo("2 0");
    }
  }

  @BothModes
  void aFailureIsToldInOpenSessionsAndAFixIsTakenUpByThem(String mode) throws Exception {
    pooling(mode);
    try (GatewayFixture gateway = gateway();
        Connection acme = gateway.connect("acme");
        Connection initech = gateway.connect("initech")) {
      execute(acme, "INSERT INTO sites VALUES (1)");
      execute(initech, "SELECT id FROM sites");
      migration(migrations, "00002_broken.sql", "SELECT 1 / (SELECT count(*) FROM sites);");
      gateway.gateway().reload();

      assertThatThrownBy(() -> execute(initech, "SELECT id FROM sites"))
          .isInstanceOfSatisfying(
              PSQLException.class,
              e -> {
                assertThat(e.getSQLState()).isEqualTo("57P03");
                assertThat(e.getServerErrorMessage().toString()).contains("division by zero");
              });
      assertThat(one(acme, "SELECT count(*) FROM sites")).isEqualTo("1");

      migration(migrations, "00002_broken.sql", "SELECT count(*) FROM sites;");
      gateway.gateway().reload();
      assertThat(one(initech, "SELECT count(*) FROM sites")).isEqualTo("0");
    }
  }

  @Test
  void theMigratorTakesNewSettingsAsWell() throws Exception {
    try (GatewayFixture gateway = gateway();
        Connection acme = gateway.connect("acme")) {
      migration(migrations, "00002_slow.sql", "SELECT pg_sleep(30);");
      settings.put("migrations.statement-timeout", "500ms");
      gateway.gateway().reload();

      assertThatThrownBy(() -> execute(acme, "SELECT id FROM sites"))
          .isInstanceOfSatisfying(
              PSQLException.class,
              e -> assertThat(e.getServerErrorMessage().toString()).contains("statement timeout"));
    }
  }

  @Test
  void everythingThatIsWrongIsSaidAndNothingChanges() throws Exception {
    Path users = userList("\"app\" \"secret\"");
    settings.put("auth.method", "trust");
    settings.put("auth.user-list", users.toString());
    try (GatewayFixture gateway = gateway();
        Connection acme = gateway.connect("acme")) {
      settings.put("listen.threads", "7");
      settings.put("auth.method", "scram-sha-256");
      userList("\"broken");
      migration(migrations, "00002_broken.sql", "SELECT 'unfinished;");

      Reload refused = gateway.gateway().reload();

      assertThat(refused).isInstanceOf(Reload.Refused.class);
      assertThat(((Reload.Refused) refused).errors())
          .anyMatch(error -> error.startsWith("listen.threads: "))
          .anyMatch(error -> error.contains("users.txt:1: auth.user-list"))
          .anyMatch(error -> error.contains("00002_broken.sql"));
      assertThat(one(acme, "SELECT count(*) FROM sites")).isEqualTo("0");
      gateway.connect("initech").close();
    }
  }

  private Path userList(String line) throws IOException {
    return Files.writeString(folder.resolve("users.txt"), line + "\n");
  }
}
