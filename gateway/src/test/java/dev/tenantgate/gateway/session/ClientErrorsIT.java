package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.FreePorts;
import dev.tenantgate.migrator.testing.TestCertificates;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.TestPostgres.Login;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every client that can't be served counts by its reason, in both pool modes. */
class ClientErrorsIT {

  private static final byte[] SSL_REQUEST = FrontendNotation.sslRequest();

  @TempDir static Path folder;
  private static TestDatabase database;
  private static Path migrations;

  @BeforeAll
  static void prepare() throws Exception {
    TestPostgres postgres = TestPostgres.latest();
    postgres.execute("DROP ROLE IF EXISTS errant; DROP ROLE IF EXISTS errant_few");
    postgres.createUser("errant", "right", Login.SCRAM);
    postgres.createUser("errant_few", "right", Login.SCRAM);
    postgres.execute("ALTER ROLE errant_few CONNECTION LIMIT 0");
    database = postgres.newDatabase();
    migrations = Files.createDirectories(folder.resolve("migrations"));
    Files.write(
        folder.resolve("users.txt"), List.of("\"errant\" \"right\"", "\"errant_few\" \"right\""));
  }

  @AfterAll
  static void forget() {
    database.close();
  }

  private static GatewayFixture gateway(String kind, Map<String, String> changes) {
    Map<String, String> all = new HashMap<>(changes);
    all.put("log.failures", "false");
    switch (kind) {
      case "session" -> {}
      case "own-session", "transaction" -> {
        all.put("auth.method", "scram-sha-256");
        all.put("auth.user-list", folder.resolve("users.txt").toString());
        all.put("pool.mode", kind.equals("transaction") ? "transaction" : "session");
      }
      default -> throw new IllegalArgumentException(kind);
    }
    return GatewayFixture.start(database, migrations, all);
  }

  private static void connect(GatewayFixture gateway, String user, String password)
      throws SQLException {
    try (Connection connection = gateway.connect(Map.of("user", user, "password", password))) {
      connection.createStatement().execute("SELECT 1");
    }
  }

  private static long counted(GatewayFixture gateway, String reason) throws Exception {
    String line = "tenantgate_client_errors_total{reason=\"%s\"} ".formatted(reason);
    String page =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(gateway.adminUrl("/metrics"))).build(),
                BodyHandlers.ofString())
            .body();
    return page.lines()
        .filter(each -> each.startsWith(line))
        .mapToLong(each -> (long) Double.parseDouble(each.substring(line.length())))
        .findFirst()
        .orElseThrow();
  }

  private static void awaitCounted(GatewayFixture gateway, String reason, long times) {
    await().untilAsserted(() -> assertThat(counted(gateway, reason)).isEqualTo(times));
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "own-session", "transaction"})
  void databaseThatCannotBeReachedCounts(String kind) throws Exception {
    String url =
        "postgresql://postgres@127.0.0.1:%d/%s".formatted(FreePorts.next(), database.name());
    Map<String, String> changes =
        Map.of("database.url", url, "database.outage-timeout", "0s", "pool.wait-timeout", "300ms");
    try (GatewayFixture gateway = gateway(kind, changes)) {
      assertThatThrownBy(() -> connect(gateway, "errant", "right"))
          .isInstanceOf(SQLException.class);
      awaitCounted(gateway, "unreachable", 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "own-session", "transaction"})
  void failedLoginCounts(String kind) throws Exception {
    try (GatewayFixture gateway = gateway(kind, Map.of())) {
      assertThatThrownBy(() -> connect(gateway, "errant", "wrong"));
      awaitCounted(gateway, "login", 1);
      connect(gateway, "errant", "right");
      awaitCounted(gateway, "login", 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "own-session", "transaction"})
  void serverWithoutAPlaceCounts(String kind) throws Exception {
    try (GatewayFixture gateway = gateway(kind, Map.of("pool.wait-timeout", "300ms"))) {
      assertThatThrownBy(() -> connect(gateway, "errant_few", "right"));
      awaitCounted(gateway, "server_limit", 1);
    }
  }

  @ParameterizedTest
  @CsvSource({"reject", "pass"})
  void databaseThatIsNotThereCounts(String others) throws Exception {
    try (GatewayFixture gateway = gateway("session", Map.of("database.others", others));
        SocketClient client = SocketClient.connect(gateway.port())) {
      client.startsUp(Map.of("user", "postgres", "database", "nowhere"));
      assertThat(client.readUntil('E').get(0).type()).isIn('E', 'R', 'S');
      awaitCounted(gateway, "database", 1);
    }
  }

  @Test
  void tooManyClientsCount() throws Exception {
    try (GatewayFixture gateway = gateway("session", Map.of("listen.max-connections", "1"));
        Connection first = gateway.connect(Map.of())) {
      assertThat(first.isClosed()).isFalse();
      assertThatThrownBy(() -> connect(gateway, "errant", "right"));
      awaitCounted(gateway, "limit", 1);
    }
  }

  @Test
  void protocolFaultsAndClientsThatFallSilentCount() throws Exception {
    try (GatewayFixture gateway = gateway("session", Map.of("listen.login-timeout", "300ms"));
        SocketClient web = SocketClient.connect(gateway.port());
        SocketClient silent = SocketClient.connect(gateway.port())) {
      web.sendsBytes("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      awaitCounted(gateway, "protocol", 1);
      assertThat(silent.isAtEnd()).isTrue();
      awaitCounted(gateway, "login_timeout", 1);
    }
  }

  @Test
  void failedHandshakesAndRefusedPlainConnectionsCountAsTls() throws Exception {
    Path certificate = TestCertificates.authority(folder, "ours").server("dns:localhost");
    Map<String, String> tls =
        Map.of(
            "listen.tls.mode",
            "require",
            "listen.tls.certificate",
            certificate.toString(),
            "listen.tls.key",
            certificate + ".key");
    try (GatewayFixture gateway = gateway("session", tls);
        SocketClient client = SocketClient.connect(gateway.port())) {
      client.sendsBytes(SSL_REQUEST);
      assertThat(client.readByte()).isEqualTo('S');
      client.sendsBytes("no ClientHello, whatever comes here".getBytes(StandardCharsets.US_ASCII));
      awaitCounted(gateway, "tls", 1);
      assertThatThrownBy(() -> connect(gateway, "errant", "right"));
      awaitCounted(gateway, "tls", 2);
    }
  }

  @BothModes
  void lostBackendsCount(String kind) throws Exception {
    try (GatewayFixture gateway = gateway(kind, Map.of());
        Connection connection = gateway.connect(Map.of("user", "errant", "password", "right"))) {
      connection.setAutoCommit(false);
      connection.createStatement().execute("SELECT 1");
      database.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'errant'");
      awaitCounted(gateway, "lost", 1);
    }
  }
}
