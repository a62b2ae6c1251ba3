package dev.tenantgate.migrator.testing;

import static java.util.regex.Pattern.CASE_INSENSITIVE;

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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A database of its own for one test class. Closing it drops it, whoever is still connected. */
public final class TestDatabase implements AutoCloseable {

  /** Statements that change what a new session begins with, or that end with their session. */
  private static final Pattern NEW_SESSIONS =
      Pattern.compile(
          "\\b(ALTER\\s+(DATABASE|ROLE|USER|SYSTEM)|pg_terminate|LOAD)\\b", CASE_INSENSITIVE);

  private final TestPostgres server;
  private final String name;
  private final KeptConnection kept;

  TestDatabase(TestPostgres server, String name) {
    this.server = server;
    this.name = name;
    this.kept = new KeptConnection(this::connect, server.majorVersion());
  }

  /** The server it is on. */
  public TestPostgres server() {
    return server;
  }

  /** Its name, a plain identifier. */
  public String name() {
    return name;
  }

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

  /** Runs statements in a session that is like a new one. */
  public void execute(String sql) {
    try {
      if (NEW_SESSIONS.matcher(sql).find()) {
        kept.useLast(connection -> run(connection, sql));
      } else {
        kept.use(connection -> run(connection, sql));
      }
    } catch (SQLException e) {
      throw new IllegalStateException("could not run: " + sql, e);
    }
  }

  private static boolean run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.execute(sql);
    }
  }

  /** The first column of every row, as text. */
  public List<@Nullable String> column(String sql) {
    try {
      return kept.use(connection -> column(connection, sql));
    } catch (SQLException e) {
      throw new IllegalStateException("could not run: " + sql, e);
    }
  }

  private static List<@Nullable String> column(Connection connection, String sql)
      throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<@Nullable String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
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

  /** Leaves no session of its own at the server until the next use. */
  public void disconnect() {
    try {
      kept.close();
    } catch (SQLException e) {
      throw new IllegalStateException("a connection doesn't close", e);
    }
  }

  @Override
  public void close() {
    disconnect();
    server.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
  }
}
