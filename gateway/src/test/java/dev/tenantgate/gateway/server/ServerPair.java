package dev.tenantgate.gateway.server;

import dev.tenantgate.migrator.testing.FreePorts;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A PostgreSQL server of a test's own and, once it is asked for, a standby that streams from it.
 * Both can be stopped, started and promoted.
 */
final class ServerPair implements AutoCloseable {

  /** One of the two. */
  record Place(Path data, int port) {}

  private final Path folder;
  private final EmbeddedPostgres embedded;
  private final String bin;
  private final Place primary;
  private final Place standby;

  private ServerPair(Path folder, EmbeddedPostgres embedded) throws SQLException {
    this.folder = folder;
    this.embedded = embedded;
    this.primary =
        new Place(Path.of(value(embedded.getPort(), "SHOW data_directory")), embedded.getPort());
    this.standby = new Place(folder.resolve("standby"), FreePorts.next());
    this.bin = value(embedded.getPort(), "SELECT setting FROM pg_config WHERE name = 'BINDIR'");
  }

  /** Starts the primary. */
  static ServerPair start(Path folder) {
    try {
      EmbeddedPostgres server =
          EmbeddedPostgres.builder()
              .setPort(FreePorts.next())
              .setPGStartupWait(Duration.ofSeconds(60))
              .setServerConfig("shared_buffers", "16MB")
              .setServerConfig("fsync", "off")
              .setServerConfig("wal_level", "replica")
              .setServerConfig("unix_socket_directories", "")
              .setLocaleConfig("locale", "C")
              .start();
      return new ServerPair(folder, server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  Place primary() {
    return primary;
  }

  Place standby() {
    return standby;
  }

  static String value(int port, String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%d/postgres?user=postgres".formatted(port));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  static void execute(int port, String database, String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres".formatted(port, database));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Makes the standby, from a copy of the running primary's files. */
  void replicate() throws IOException, SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%d/postgres?user=postgres".formatted(primary.port));
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_backup_start('copy', true)");
      copy(primary.data, standby.data);
      try (ResultSet row = statement.executeQuery("SELECT labelfile FROM pg_backup_stop(false)")) {
        row.next();
        Files.writeString(standby.data.resolve("backup_label"), row.getString(1));
      }
    }
    Files.createFile(standby.data.resolve("standby.signal"));
    Files.writeString(
        standby.data.resolve("postgresql.auto.conf"),
        "primary_conninfo = 'host=127.0.0.1 port=%d user=postgres'%nport = %d%n"
            .formatted(primary.port, standby.port));
    start(standby);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Path copy = to.resolve(from.relativize(folder).toString());
            Files.createDirectory(
                copy,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (!file.endsWith("postmaster.pid") && !file.endsWith("postmaster.opts")) {
              Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  void start(Place place) throws IOException {
    // A standby has to allow as many connections as its primary did.
    control(
        place,
        "start",
        "-l",
        folder.resolve(place.port() + ".log").toString(),
        "-o",
        "-p %d -c max_connections=300 -c fsync=off".formatted(place.port()));
  }

  void stop(Place place) throws IOException {
    control(place, "stop", "-m", "fast");
  }

  void promote(Place place) throws IOException {
    control(place, "promote");
  }

  private void control(Place place, String... what) throws IOException {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name", "").equals("root")) {
      command.addAll(List.of("unshare", "-U")); // a server doesn't run as root
    }
    command.addAll(List.of(bin + "/pg_ctl", "-D", place.data().toString(), "-w"));
    command.addAll(List.of(what));
    Path output = Files.createTempFile(folder, "pg_ctl", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (process.onExit().join().exitValue() != 0) {
      Path log = folder.resolve(place.port() + ".log");
      throw new IllegalStateException(
          "%s: %s %s"
              .formatted(
                  command,
                  Files.readString(output),
                  Files.exists(log) ? Files.readString(log) : ""));
    }
  }

  @Override
  public void close() throws IOException {
    if (Files.exists(standby.data().resolve("postmaster.pid"))) {
      control(standby, "stop", "-m", "immediate");
    }
    if (Files.exists(primary.data().resolve("postmaster.pid"))) {
      control(primary, "stop", "-m", "immediate");
    }
    embedded.close();
  }
}
