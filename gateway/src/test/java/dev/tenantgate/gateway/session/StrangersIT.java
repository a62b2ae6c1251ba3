package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestCertificates;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.testing.TestPostgres.Login;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that never log in have bounds at each step, beyond which the newest is turned away. */
class StrangersIT {

  private static final byte[] SSL_REQUEST = FrontendNotation.sslRequest();
  private static final String ELSEWHERE = "127.0.0.2";

  @TempDir static Path folder;
  private static TestDatabase database;
  private static Path certificate;

  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeAll
  static void prepare() throws Exception {
    TestPostgres postgres = TestPostgres.latest();
    postgres.execute("DROP ROLE IF EXISTS stranger");
    postgres.createUser("stranger", "right", Login.SCRAM);
    database = postgres.newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    certificate = TestCertificates.authority(folder, "ours").server("dns:localhost,ip:127.0.0.1");
    Files.createDirectories(folder.resolve("migrations"));
    Files.write(folder.resolve("users.txt"), List.of("\"stranger\" \"right\""));
  }

  @AfterAll
  static void forget() {
    database.close();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private GatewayFixture gateway(String logins, Map<String, String> changes) {
    Map<String, String> all = new HashMap<>(changes);
    all.put("limits.logins", logins);
    GatewayFixture gateway = GatewayFixture.start(database, folder.resolve("migrations"), all);
    open.add(0, gateway);
    return gateway;
  }

  private static Map<String, String> scram() {
    return Map.of(
        "auth.method", "scram-sha-256", "auth.user-list", folder.resolve("users.txt").toString());
  }

  private static Map<String, String> tls() {
    return Map.of(
        "listen.tls.mode",
        "allow",
        "listen.tls.certificate",
        certificate.toString(),
        "listen.tls.key",
        certificate + ".key");
  }

  private SocketClient client(GatewayFixture gateway, String from) throws IOException {
    SocketClient client = SocketClient.connect(gateway.port(), from);
    open.add(0, client);
    return client;
  }

  private SocketClient client(GatewayFixture gateway) throws IOException {
    return client(gateway, "127.0.0.1");
  }

  private static byte[] startup(String user) {
    return FrontendNotation.startup(Map.of("user", user, "database", database.name()));
  }

  private static byte[] saslOfNonce(int characters) {
    byte[] first = ("n,,n=,r=" + "x".repeat(characters)).getBytes(StandardCharsets.US_ASCII);
    return new Frame(
            'p',
            ByteBuffer.allocate(18 + first.length)
                .put("SCRAM-SHA-256\0".getBytes(StandardCharsets.US_ASCII))
                .putInt(first.length)
                .put(first)
                .array())
        .encoded();
  }

  private static void assertTurnedAway(Frame message) {
    assertThat(message.type()).isEqualTo('E');
    assertThat(message.field('S')).isEqualTo("FATAL");
    assertThat(message.field('C')).isEqualTo("53300");
  }

  private static void assertServes(GatewayFixture gateway) throws Exception {
    try (Connection connection = gateway.connect("acme")) {
      assertThat(connection.isValid(5)).isTrue();
    }
  }

  private static String used(GatewayFixture gateway, String of) throws IOException {
    try (var metrics = URI.create(gateway.adminUrl("/metrics")).toURL().openStream()) {
      return new String(metrics.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.startsWith("tenantgate_used{of=\"" + of + "\"}"))
          .map(line -> line.substring(line.indexOf(' ') + 1))
          .findFirst()
          .orElse("none");
    }
  }

  @Test
  void silentConnectionsOfOneAddressLeaveRoomForAnother() throws Exception {
    GatewayFixture gateway = gateway("8", Map.of());
    for (int i = 0; i < 4; i++) {
      client(gateway);
    }
    await().until(() -> used(gateway, "logins").equals("4.0"));
    assertTurnedAway(client(gateway).read());
    SocketClient other = client(gateway, ELSEWHERE).sendsBytes(startup("postgres"));
    assertThat(Frame.types(other.readUntil('Z'))).startsWith("R");
    assertThat(used(gateway, "logins")).isEqualTo("4.0"); // who has logged in takes no place
    open.get(2).close();
    await().until(() -> used(gateway, "logins").equals("3.0"));
    assertServes(gateway);
  }

  @Test
  void partsOfStartupPacketsAreBoundedAndWholeOnesPass() throws Exception {
    GatewayFixture gateway = gateway("80", Map.of());
    byte[] part =
        Arrays.copyOf(
            FrontendNotation.startup(Map.of("user", "postgres", "options", "x".repeat(9_900))),
            9_900);
    for (int i = 0; i < 5; i++) {
      client(gateway).sendsBytes(part);
    }
    await().until(() -> used(gateway, "partial_login_messages").equals("5.0"));
    assertTurnedAway(client(gateway).sendsBytes(part).read());
    client(gateway, ELSEWHERE).sendsBytes(part);
    await().until(() -> used(gateway, "partial_login_messages").equals("6.0"));
    assertServes(gateway);
  }

  @Test
  void partsOfSaslMessagesAreBounded() throws Exception {
    GatewayFixture gateway = gateway("80", scram());
    byte[] part = Arrays.copyOf(saslOfNonce(900), 800);
    for (int i = 0; i < 6; i++) {
      SocketClient client = client(gateway).sendsBytes(startup("stranger"));
      assertThat(client.read().type()).isEqualTo('R');
      client.sendsBytes(part);
      if (i == 5) {
        assertTurnedAway(client.read());
      } else {
        String number = (i + 1) + ".0";
        await().until(() -> used(gateway, "partial_login_messages").equals(number));
      }
    }
    try (Connection connection = gateway.connect(Map.of("user", "stranger", "password", "right"))) {
      assertThat(connection.isValid(5)).isTrue();
    }
  }

  @Test
  void aLongSaslMessageIsRefusedByItsLength() throws Exception {
    for (Map<String, String> settings : List.of(scram(), Map.<String, String>of())) {
      GatewayFixture gateway = gateway("0", settings);
      SocketClient client = client(gateway).sendsBytes(startup("stranger"));
      assertThat(client.read().type()).isEqualTo('R');
      client.sendsBytes(Arrays.copyOf(saslOfNonce(65_000), 5));
      Frame error = client.read();
      assertThat(error.field('C')).isEqualTo("08P01");
      assertThat(error.field('M')).contains("65030");
    }
  }

  @Test
  void bytesAheadOfTheProofAreFew() throws Exception {
    GatewayFixture gateway = gateway("80", Map.of());
    byte[] startup = startup("stranger");
    // The server is asked while this waits; it is no message of a login.
    byte[] ahead = Arrays.copyOf(startup, startup.length + 60_000);
    SocketClient client = client(gateway).sendsBytes(ahead);
    List<Frame> answers = new ArrayList<>();
    do {
      answers.add(client.read());
    } while (answers.get(answers.size() - 1).type() == 'R');
    assertThat(answers.get(answers.size() - 1).field('C')).isEqualTo("08P01");
    assertServes(gateway);
  }

  @Test
  void handshakesThatDoNotGoOnHoldUpTheirOwnAddressAlone() throws Exception {
    Map<String, String> settings = new HashMap<>(tls());
    GatewayFixture gateway = gateway("32", settings); // 4 handshakes, 2 of an address
    List<SocketClient> silent = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      SocketClient client = client(gateway).sendsBytes(SSL_REQUEST);
      assertThat(client.readByte()).isEqualTo('S');
      silent.add(client);
    }
    await().until(() -> used(gateway, "tls_handshakes").equals("2.0"));
    try (Socket other =
        new Socket(
            InetAddress.getLoopbackAddress(),
            gateway.port(),
            InetAddress.getByName(ELSEWHERE),
            0)) {
      other.setSoTimeout(60_000);
      TlsSockets.trusting(other, "postgresql").close(); // direct
    }
    assertThat(used(gateway, "tls_handshakes")).isEqualTo("2.0");
    silent.get(0).close();
    silent.get(1).close();
    // The third has its turn, and others of that address.
    try (Socket socket = TlsSockets.plain(gateway.port())) {
      TlsSockets.trusting(socket, "postgresql").close();
    }
    assertServes(gateway);
  }
}
