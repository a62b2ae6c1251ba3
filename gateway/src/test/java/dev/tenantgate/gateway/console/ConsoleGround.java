package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Gateways whose console is asked, for one class of tests. */
abstract class ConsoleGround {

  @TempDir static Path folder;

  static TestDatabase database;
  static final Map<String, GatewayFixture> GATEWAYS = new TreeMap<>();

  @BeforeAll
  static void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    try (Connection direct = database.connect()) {
      direct.createStatement().execute("CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex");
    }
    GatewayFixture.migration(folder.resolve("m/tenant"), "1_sites.sql", "CREATE TABLE sites();");
    Path users =
        Files.write(
            folder.resolve("users.txt"),
            List.of("\"ops\" \"secret\"", "\"looker\" \"secret\"", "\"postgres\" \"postgres\""));
    Map<String, String> settings = new HashMap<>();
    settings.put("auth.user-list", users.toString());
    settings.put("admin.users", "ops");
    settings.put("admin.stats-users", "looker");
    GATEWAYS.put(
        "session", GatewayFixture.start(database, folder.resolve("m"), Map.copyOf(settings)));
    settings.put("auth.method", "trust");
    settings.put("pool.mode", "transaction");
    GATEWAYS.put(
        "transaction", GatewayFixture.start(database, folder.resolve("m"), Map.copyOf(settings)));
  }

  @AfterAll
  static void stop() {
    GATEWAYS.values().forEach(GatewayFixture::close);
    database.close();
  }

  static GatewayFixture gateway(String mode) {
    return Objects.requireNonNull(GATEWAYS.get(mode));
  }

  static Connection console(String mode, String user, String queryMode) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", "secret");
    properties.setProperty("sslmode", "disable");
    properties.setProperty("preferQueryMode", queryMode);
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/pgbouncer".formatted(gateway(mode).port()), properties);
  }

  static List<Map<String, String>> show(Connection console, String command) throws SQLException {
    try (Statement statement = console.createStatement();
        ResultSet rows = statement.executeQuery(command)) {
      ResultSetMetaData columns = rows.getMetaData();
      List<Map<String, String>> all = new ArrayList<>();
      while (rows.next()) {
        Map<String, String> row = new LinkedHashMap<>();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
          row.put(columns.getColumnName(i), rows.getString(i));
        }
        all.add(row);
      }
      return all;
    }
  }
}
