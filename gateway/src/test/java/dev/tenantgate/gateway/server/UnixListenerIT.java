package dev.tenantgate.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.migrator.connection.UnixSocketFactory;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Applications that come by a Unix-domain socket, and what becomes of its file. */
class UnixListenerIT {

  private static TestDatabase database;

  @TempDir static Path migrations;
  private Path directory;
  private final Map<String, String> settings = new HashMap<>();

  @BeforeAll
  static void begin() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    GatewayFixture.migration(migrations, "00001_sites.sql", "CREATE TABLE sites (id int);");
  }

  @AfterAll
  static void end() {
    database.close();
  }

  /** A short path: those of sockets have few bytes. */
  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("tg");
    settings.put("listen.unix-socket", directory.toString());
  }

  @AfterEach
  void removeDirectory() throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  private GatewayFixture gateway() {
    return GatewayFixture.start(database, migrations, settings);
  }

  private Path file(GatewayFixture gateway) {
    return UnixListener.file(directory, gateway.port());
  }

  private Connection connect(GatewayFixture gateway, Map<String, String> more) throws SQLException {
    Map<String, String> properties = new HashMap<>();
    properties.put("socketFactory", UnixSocketFactory.class.getName());
    properties.put("socketFactoryArg", file(gateway).toString());
    properties.put("currentSchema", "tenant_acme");
    properties.putAll(more);
    return gateway.connect(properties);
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static String osUser() {
    return System.getProperty("user.name");
  }

  @ParameterizedTest
  @CsvSource({
    "session, pass-through, epoll",
    "transaction, trust, epoll",
    "transaction, trust, nio"
  })
  void clientIsServed(String mode, String method, String transport) throws Exception {
    settings.put("pool.mode", mode);
    settings.put("auth.method", method);
    settings.put("listen.transport", transport);
    try (GatewayFixture gateway = gateway();
        Connection connection = connect(gateway, Map.of())) {
      assertThat(one(connection, "SELECT current_schema()")).isEqualTo("tenant_acme");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file(gateway))))
          .isEqualTo("rwxrwxrwx");
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void fileHasThePermissionsThatAreAskedFor() throws Exception {
    settings.put("listen.unix-socket-mode", "0660");
    try (GatewayFixture gateway = gateway()) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file(gateway))))
          .isEqualTo("rw-rw----");
    }
  }

  /** TLS is asked of clients of other sockets only: the bytes don't leave this machine. */
  @BothModes
  void peerLogsInAsItsRoleAndNoOther(String mode) throws Exception {
    settings.put("pool.mode", mode);
    settings.put("auth.method", mode.equals("session") ? "pass-through" : "trust");
    settings.put("auth.unix-socket-method", "peer");
    settings.put("auth.peer-map", osUser() + "=postgres");
    try (GatewayFixture gateway = gateway()) {
      try (Connection connection = connect(gateway, Map.of())) {
        assertThat(one(connection, "SELECT current_user")).isEqualTo("postgres");
      }
      assertThatThrownBy(() -> connect(gateway, Map.of("user", "somebody")))
          .isInstanceOfSatisfying(
              SQLException.class,
              e -> {
                assertThat(e.getSQLState()).isEqualTo("28000");
                assertThat(e.getMessage()).contains("Peer authentication failed for user");
              });
      // Over TCP everything is as it was.
      gateway.connect("acme").close();
    }
  }

  @Test
  void peerNeedsATransportThatKnowsIt() {
    settings.put("auth.unix-socket-method", "peer");
    settings.put("listen.transport", "nio");

    assertThatThrownBy(this::gateway)
        .hasRootCauseMessage(
            "auth.unix-socket-method: the transport nio can't tell who a client is; peer needs"
                + " listen.transport epoll, io_uring or kqueue");
  }

  @Test
  void fileThatNobodyListensOnIsReplaced() throws Exception {
    Path file;
    try (GatewayFixture gateway = gateway()) {
      file = file(gateway);
      settings.put("listen.address", "127.0.0.1:" + gateway.port());
    }
    try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(file));
    }
    assertThat(file).exists();

    try (GatewayFixture gateway = gateway()) {
      connect(gateway, Map.of()).close();
    }
  }

  @Test
  void fileThatSomebodyListensOnStays() throws Exception {
    try (GatewayFixture gateway = gateway()) {
      settings.put("listen.address", "127.0.0.1:" + gateway.port());
    }
    Path file = UnixListener.file(directory, port());
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(file));

      assertThatThrownBy(this::gateway)
          .cause()
          .hasMessage(
              "listen.unix-socket: cannot listen on %s: another process listens there", file);
      assertThat(file).exists();
    }
  }

  @Test
  void fileThatIsNoSocketStays() throws Exception {
    try (GatewayFixture gateway = gateway()) {
      settings.put("listen.address", "127.0.0.1:" + gateway.port());
    }
    Path file = Files.writeString(UnixListener.file(directory, port()), "precious");

    assertThatThrownBy(this::gateway).cause().hasMessageContaining("a file that is no socket");
    assertThat(file).hasContent("precious");
  }

  private int port() {
    String address = Objects.requireNonNull(settings.get("listen.address"));
    return Integer.parseInt(address.substring(address.indexOf(':') + 1));
  }

  @Test
  void fileOfAnotherProcessIsLeftAlone() throws Exception {
    Path file;
    try (GatewayFixture gateway = gateway()) {
      file = file(gateway);
      Files.delete(file);
      Files.writeString(file, "another's");
    }
    assertThat(file).hasContent("another's");
  }
}
