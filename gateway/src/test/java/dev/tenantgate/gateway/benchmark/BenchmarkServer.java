package dev.tenantgate.gateway.benchmark;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.migrator.testing.FreePorts;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The server that all sides work on, with a database of the benchmark's own that closing it drops.
 * Thread-safe.
 */
final class BenchmarkServer implements AutoCloseable {

  /** The settings that decide about speed, as told in the table's head. */
  private static final List<String> TELLING_SETTINGS =
      List.of(
          "fsync",
          "synchronous_commit",
          "full_page_writes",
          "shared_buffers",
          "max_wal_size",
          "autovacuum");

  /** Of a server of the benchmark's own, which asks nobody for it. */
  private static final String PASSWORD = "benchmark";

  private final @Nullable EmbeddedPostgres embedded;
  private final String host;
  private final int port;
  private final String user;
  private final String password;
  private final String maintenanceDatabase;
  private final String database;

  private BenchmarkServer(
      @Nullable EmbeddedPostgres embedded,
      String host,
      int port,
      String user,
      String password,
      String maintenanceDatabase)
      throws SQLException {
    this.embedded = embedded;
    this.host = host;
    this.port = port;
    this.user = user;
    this.password = password;
    this.maintenanceDatabase = maintenanceDatabase;
    this.database = "tenantgate_benchmark_" + ProcessHandle.current().pid();
    maintain("CREATE DATABASE " + database);
  }

  /**
   * Starts a server of the benchmark's own, with PostgreSQL's defaults but for what would let a
   * checkpoint or a vacuum fall into one side's round and not into the other's.
   *
   * @param fsync whether commits are flushed to the disk, as they are by default
   */
  static BenchmarkServer embedded(boolean fsync) throws IOException, SQLException {
    String onOrOff = fsync ? "on" : "off";
    EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setPort(FreePorts.next())
            .setServerConfig("fsync", onOrOff)
            .setServerConfig("synchronous_commit", onOrOff)
            .setServerConfig("full_page_writes", onOrOff)
            .setServerConfig("shared_buffers", "512MB")
            .setServerConfig("max_wal_size", "16GB")
            .setServerConfig("max_connections", "600")
            .setServerConfig("checkpoint_timeout", "1h")
            .setServerConfig("autovacuum", "off")
            .setServerConfig("track_commit_timestamp", "on")
            .setLocaleConfig("locale", "C")
            .setLocaleConfig("encoding", "UTF8")
            .setPGStartupWait(Duration.ofSeconds(60))
            .start();
    try {
      BenchmarkServer ours =
          new BenchmarkServer(
              server, "127.0.0.1", server.getPort(), "postgres", PASSWORD, "postgres");
      ours.execute("ALTER ROLE postgres PASSWORD '%s'".formatted(PASSWORD));
      return ours;
    } catch (SQLException e) {
      server.close();
      throw e;
    }
  }

  /** A server that runs already; its superuser's account. */
  static BenchmarkServer at(DatabaseSettings settings) throws SQLException {
    String password = settings.password();
    return new BenchmarkServer(
        null,
        settings.host(),
        settings.port(),
        settings.user(),
        password == null ? "" : password,
        settings.database());
  }

  String host() {
    return host;
  }

  int port() {
    return port;
  }

  String user() {
    return user;
  }

  String password() {
    return password;
  }

  String database() {
    return database;
  }

  /** The directory of its Unix-domain socket; empty if there is none on this machine. */
  String socketDirectory() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      String first = value(statement, "SHOW unix_socket_directories").split(",", -1)[0].strip();
      return Files.exists(Path.of(first, ".s.PGSQL." + port)) ? first : "";
    }
  }

  /** For Tenantgate's {@code database.url}; the password is a setting of its own. */
  String url() {
    return "postgresql://%s@%s:%d/%s?sslmode=disable".formatted(user, host, port, database);
  }

  String jdbcUrl() {
    return "jdbc:postgresql://%s:%d/%s?sslmode=disable".formatted(host, port, database);
  }

  /** A connection of the benchmark's own. */
  Connection connect() throws SQLException {
    return connect(database);
  }

  private Connection connect(String to) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("sslmode", "disable");
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d/%s".formatted(host, port, to), properties);
  }

  private void maintain(String sql) throws SQLException {
    try (Connection connection = connect(maintenanceDatabase);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Runs a statement over a connection of its own. */
  void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The version and the settings that decide about speed, in one line. */
  String description() throws SQLException {
    StringBuilder text = new StringBuilder();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      text.append("PostgreSQL ").append(value(statement, "SHOW server_version"));
      text.append(embedded == null ? " at " + host + ":" + port : " (embedded)");
      for (String setting : TELLING_SETTINGS) {
        text.append(", ").append(setting).append(' ').append(value(statement, "SHOW " + setting));
      }
    }
    return text.toString();
  }

  private static String value(Statement statement, String query) throws SQLException {
    try (ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  /** The server's first process; 0 if it isn't known to be on this machine. */
  long postmaster() throws SQLException {
    if (embedded == null) {
      return 0;
    }
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      return ProcessHandle.of(process(statement))
          .flatMap(ProcessHandle::parent)
          .map(ProcessHandle::pid)
          .orElse(0L);
    }
  }

  /** The process that serves a connection. */
  static long process(Statement statement) throws SQLException {
    return Long.parseLong(value(statement, "SELECT pg_backend_pid()"));
  }

  /** How many connections it takes. */
  int maxConnections() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      return Integer.parseInt(value(statement, "SHOW max_connections"));
    }
  }

  /** The processes that serve the migrator; empty where they aren't on this machine. */
  List<Long> migratorBackends(Statement statement) throws SQLException {
    List<Long> processes = new ArrayList<>();
    if (embedded == null) {
      return processes;
    }
    try (ResultSet rows =
        statement.executeQuery(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'tenantgate-migrator'")) {
      while (rows.next()) {
        processes.add(rows.getLong(1));
      }
    }
    return processes;
  }

  /**
   * Ends the server as it is. An orderly end would flush some hundred thousand files to the disk,
   * only for them to be deleted.
   */
  private void stopAtOnce() throws IOException, SQLException {
    Optional<ProcessHandle> process = ProcessHandle.of(postmaster());
    if (process.isPresent()) {
      new ProcessBuilder("kill", "-QUIT", Long.toString(process.get().pid())).start();
      process.get().onExit().orTimeout(30, TimeUnit.SECONDS).join();
    }
    // It is going to say that there is nothing left to stop.
    ((Logger) LoggerFactory.getLogger(EmbeddedPostgres.class)).setLevel(Level.OFF);
  }

  @Override
  public void close() throws IOException, SQLException {
    if (embedded == null) {
      maintain("DROP DATABASE IF EXISTS " + database + " WITH (FORCE)");
    } else {
      stopAtOnce();
      embedded.close();
    }
  }
}
