package dev.tenantgate.migrator.testing;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.PassOrReject;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * A database of its own for one test class. Closing it drops it, whoever is still connected.
 *
 * @param server the server it is on
 * @param name its name, a plain identifier
 */
public record TestDatabase(TestPostgres server, String name) implements AutoCloseable {

  /** Settings that reach it as the superuser, without TLS. */
  public DatabaseSettings settings() {
    return settings(server.port(), "postgres", null);
  }

  /** Settings that reach it as somebody else, or by way of what listens at another port. */
  public DatabaseSettings settings(int port, String user, @Nullable String password) {
    return new DatabaseSettings(
        server.host(),
        port,
        name,
        user,
        password,
        "disable",
        null,
        PassOrReject.REJECT,
        PassOrReject.REJECT,
        10,
        Duration.ofSeconds(10));
  }

  /**
   * Settings that reach it by its Unix-domain socket; TLS is asked for, and has no effect there.
   */
  public DatabaseSettings unixSettings(String user, @Nullable String password) {
    return new DatabaseSettings(
        server.socketDirectory(),
        server.port(),
        name,
        user,
        password,
        "require",
        null,
        PassOrReject.REJECT,
        PassOrReject.REJECT,
        10,
        Duration.ofSeconds(10));
  }

  /** A connection as the superuser, straight to the server. */
  public Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "postgres");
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d/%s".formatted(server.host(), server.port(), name), properties);
  }

  /** Runs statements over a connection of their own. */
  public void execute(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("could not run: " + sql, e);
    }
  }

  /** The first column of every row, as text. */
  public List<@Nullable String> column(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<@Nullable String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    } catch (SQLException e) {
      throw new IllegalStateException("could not run: " + sql, e);
    }
  }

  /** The first column of the only row, as text. */
  public @Nullable String value(String sql) {
    List<@Nullable String> values = column(sql);
    if (values.size() != 1) {
      throw new IllegalStateException(values.size() + " rows from: " + sql);
    }
    return values.get(0);
  }

  @Override
  public void close() {
    server.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
  }
}
