package dev.tenantgate.gateway.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;

/** The console by a driver, in front of a real server, with both kinds of pooling. */
class ConsoleIT {

  @TempDir static Path folder;

  private static TestDatabase database;
  private static final Map<String, GatewayFixture> GATEWAYS = new TreeMap<>();

  @BeforeAll
  static void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    try (Connection direct = database.connect()) {
      direct.createStatement().execute("CREATE SCHEMA tenant_acme");
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

  private static GatewayFixture gateway(String mode) {
    return Objects.requireNonNull(GATEWAYS.get(mode));
  }

  private static Connection console(String mode, String user, String queryMode)
      throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", "secret");
    properties.setProperty("sslmode", "disable");
    properties.setProperty("preferQueryMode", queryMode);
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/pgbouncer".formatted(gateway(mode).port()), properties);
  }

  private static List<Map<String, String>> show(Connection console, String command)
      throws SQLException {
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

  @ParameterizedTest
  @ValueSource(strings = {"session", "transaction"})
  void whatExportersAskForIsAnswered(String mode) throws Exception {
    try (Connection client = gateway(mode).connect("acme");
        Connection console = console(mode, "looker", "extended")) {
      client.createStatement().execute("SELECT 1");
      assertThat(show(console, "SHOW VERSION;").get(0).get("version")).startsWith("PgBouncer 1.");
      assertThat(show(console, "SHOW POOLS;"))
          .anySatisfy(
              pool ->
                  assertThat(pool)
                      .containsEntry("database", database.name())
                      .containsEntry("user", "postgres")
                      .containsEntry("cl_active", "1")
                      .containsEntry("pool_mode", mode));
      assertThat(show(console, "SHOW DATABASES;").get(0)).containsEntry("paused", "0");
      assertThat(show(console, "SHOW STATS_TOTALS;"))
          .anySatisfy(sums -> assertThat(Long.parseLong(sums.get("query_count"))).isGreaterThan(0));
      assertThat(show(console, "SHOW LISTS;")).hasSize(14);
      assertThat(show(console, "SHOW CONFIG;"))
          .anySatisfy(
              setting ->
                  assertThat(setting)
                      .containsEntry("key", "max_client_conn")
                      .containsEntry("value", "20000"))
          .anySatisfy(
              setting ->
                  assertThat(setting)
                      .containsEntry("key", "database.password")
                      .doesNotContainEntry("value", "postgres"));
      assertThat(show(console, "SHOW CLIENTS;"))
          .anySatisfy(
              row ->
                  assertThat(row)
                      .containsEntry("user", "postgres")
                      .containsEntry("tenant", "acme")
                      .containsEntry("addr", "127.0.0.1"));
      assertThat(show(console, "SHOW SERVERS;"))
          .anySatisfy(row -> assertThat(row).containsEntry("database", database.name()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"simple", "extended", "extendedForPrepared", "extendedCacheEverything"})
  void eachShowIsAnsweredInEachWayOfAsking(String queryMode) throws Exception {
    try (Connection console = console("session", "ops", queryMode)) {
      for (Shown shown : Shown.values()) {
        try (Statement statement = console.createStatement();
            ResultSet rows = statement.executeQuery("show " + shown.keyword())) {
          assertThat(rows.getMetaData().getColumnCount()).isEqualTo(shown.columns().size());
        }
      }
      assertThat(console.isValid(5)).isTrue();
    }
  }

  @Test
  void rowsAreFetchedInParts() throws Exception {
    try (Connection console = console("session", "ops", "extended")) {
      console.setAutoCommit(false);
      try (Statement statement = console.createStatement()) {
        statement.setFetchSize(3);
        int rows = 0;
        try (ResultSet settings = statement.executeQuery("SHOW CONFIG")) {
          while (settings.next()) {
            rows++;
          }
        }
        assertThat(rows).isGreaterThan(50);
      }
      console.commit();
    }
  }

  @Test
  void whoMayLookMayDoNothingElse() throws Exception {
    try (Connection console = console("session", "looker", "simple");
        Statement statement = console.createStatement()) {
      assertThatThrownBy(() -> statement.execute("RELOAD"))
          .isInstanceOfSatisfying(
              PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42501"));
      assertThat(show(console, "SHOW STATE")).isNotEmpty();
    }
  }

  @Test
  void othersAreRefusedBehindTheirLogin() {
    assertThatThrownBy(() -> console("session", "postgres", "simple"))
        .hasMessageContaining("password authentication failed");
    assertThatThrownBy(() -> console("transaction", "nobody", "simple"))
        .hasMessageContaining("password authentication failed");
  }

  @Test
  void settingsAreReloaded() throws Exception {
    try (Connection console = console("session", "ops", "extended");
        Statement statement = console.createStatement()) {
      statement.execute("RELOAD");
      assertThatThrownBy(() -> statement.execute("FROB acme"))
          .hasMessageContaining("invalid command 'FROB acme', use SHOW HELP;")
          .hasMessageContaining("SHUTDOWN");
    }
  }
}
