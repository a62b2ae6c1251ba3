package dev.tenantgate.migrator.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UnixSocketIT {

  private static TestDatabase database;

  @BeforeAll
  static void begin() {
    database = TestPostgres.latest().newDatabase();
  }

  @AfterAll
  static void end() {
    database.close();
  }

  private static Connection connect(DatabaseSettings settings) throws SQLException {
    return DriverManager.getConnection(
        DriverProperties.url(settings.address()), DriverProperties.of(settings));
  }

  private static void awaitSleeper(int seconds) {
    String sql =
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT"
            + " pg_sleep(%d)%%'";
    Awaitility.await().until(() -> "1".equals(database.value(sql.formatted(seconds))));
  }

  @ParameterizedTest
  @EnumSource(TestPostgres.Login.class)
  void everyLoginWorksAndTheConnectionIsLocalAndPlain(TestPostgres.Login login) throws Exception {
    String user = "unix_" + login.name().toLowerCase(Locale.ROOT);
    database.server().createUser(user, "sec ret", login);

    try (Connection connection = connect(database.unixSettings(user, "sec ret"));
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT inet_client_addr() IS NULL, ssl, current_setting('DateStyle')"
                    + " FROM pg_stat_ssl WHERE pid = pg_backend_pid()")) {
      assertThat(row.next()).isTrue();
      assertThat(row.getBoolean(1)).isTrue();
      assertThat(row.getBoolean(2)).isFalse();
    }
  }

  @Test
  void wrongPasswordIsTold() {
    database.server().createUser("unix_wrong", "right", TestPostgres.Login.SCRAM);

    assertThatThrownBy(() -> connect(database.unixSettings("unix_wrong", "wrong")).close())
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
  }

  @Test
  void largeValuesGoBothWays() throws Exception {
    String large = "x".repeat(5_000_000);
    try (Connection connection = connect(database.unixSettings("postgres", null));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT '" + large + "'")) {
      assertThat(row.next()).isTrue();
      assertThat(row.getString(1)).hasSize(large.length());
    }
  }

  @Test
  void statementIsCancelledFromAnotherThread() throws Exception {
    try (Connection connection = connect(database.unixSettings("postgres", null));
        Statement statement = connection.createStatement()) {
      CompletableFuture<Void> cancel =
          CompletableFuture.runAsync(
              () -> {
                try {
                  awaitSleeper(55);
                  statement.cancel();
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              });

      assertThatThrownBy(() -> statement.execute("SELECT pg_sleep(55)"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
      cancel.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void readTimesOut() throws Exception {
    try (Connection connection = connect(database.unixSettings("postgres", null));
        Statement statement = connection.createStatement()) {
      connection.setNetworkTimeout(Runnable::run, 200);

      assertThatThrownBy(() -> statement.execute("SELECT pg_sleep(20)"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).startsWith("08"));
    }
  }

  @Test
  void abortWakesTheReader() throws Exception {
    Connection connection = connect(database.unixSettings("postgres", null));
    Statement statement = connection.createStatement();
    CompletableFuture<Boolean> query =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return statement.execute("SELECT pg_sleep(56)");
              } catch (SQLException e) {
                return false;
              }
            });
    awaitSleeper(56);

    connection.abort(Runnable::run);

    assertThat(query.get(60, TimeUnit.SECONDS)).isFalse();
  }

  @Test
  void missingSocketIsNamed() {
    DatabaseSettings nowhere =
        new DatabaseSettings(
            "/nowhere",
            5432,
            "d",
            "u",
            null,
            "prefer",
            null,
            PassOrReject.REJECT,
            PassOrReject.REJECT,
            1,
            Duration.ofSeconds(1));

    assertThatThrownBy(() -> connect(nowhere).close())
        .hasStackTraceContaining("/nowhere/.s.PGSQL.5432");
  }
}
