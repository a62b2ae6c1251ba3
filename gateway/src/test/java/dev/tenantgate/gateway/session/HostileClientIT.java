package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that are broken or mean no good. After each of them the gateway serves the others. */
class HostileClientIT {

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    gateway = GatewayFixture.start(database, migrations, Map.of());
  }

  /** One that waits only a moment for a login; a busy machine may take longer for a good one. */
  private static GatewayFixture impatient() {
    return GatewayFixture.start(database, migrations, Map.of("listen.login-timeout", "200ms"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.close();
  }

  @AfterEach
  void servesOthers() throws Exception {
    try (Connection connection = gateway.connect("acme")) {
      assertThat(connection.isValid(5)).isTrue();
    }
    await().untilAsserted(() -> assertThat(gateway.gateway().sessions()).isZero());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "p\0\0\0\nsecret\0",
        "X\0\0\0\u0004",
        "Q\0\0\0\rSELECT 1\0",
        "S\0\0\0\u0004",
        "\0\0\0\u0007\0\0\0",
        "\0\0\0\f\u0004\u00d2\u0016.\0\0\0\u0001",
        "\u007f\u00ff\u00ff\u00ff",
        "\u0000\u0000\u0000\u0003",
        "\u0016\u0003\u0001\u0002\u0000\u0001",
        "SSH-2.0-OpenSSH_9.2\r\n",
      })
  void noStartupAtAllIsClosedInSilence(String first) throws Exception {
    for (int port : List.of(gateway.port(), database.server().port())) {
      try (SocketClient client = SocketClient.connect(port)) {
        client.sendsBytes(first.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(client.isAtEnd()).isTrue();
      }
    }
  }

  /** A client that speaks this protocol is told what is wrong. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\0\0\0\u0009\0\u0003\0\0u",
        "\0\0\0\u0009\0\u0003\0\0\0",
      })
  void aStartupThatIsWrongIsAnswered(String first) throws Exception {
    for (int port : List.of(gateway.port(), database.server().port())) {
      try (SocketClient client = SocketClient.connect(port)) {
        client.sendsBytes(first.getBytes(StandardCharsets.ISO_8859_1));
        Frame error = client.read();
        assertThat(error.type()).isEqualTo('E');
        assertThat(error.field('S')).isEqualTo("FATAL");
        assertThat(client.isAtEnd()).isTrue();
      }
    }
  }

  @Test
  void aSilentClientIsLeftAfterTheLoginTimeout() throws Exception {
    try (GatewayFixture impatient = impatient();
        SocketClient client = SocketClient.connect(impatient.port())) {
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  /** Its time is its own: it isn't held, and nobody waits for it. */
  @Test
  void aSilentClientIsNoneOfTheHeld() throws Exception {
    try (GatewayFixture impatient = impatient()) {
      String before = holds(impatient);
      try (SocketClient client = SocketClient.connect(impatient.port())) {
        assertThat(client.isAtEnd()).isTrue();
        assertThat(impatient.gateway().held()).isZero();
      }
      assertThat(holds(impatient)).isEqualTo(before);
    }
  }

  /** How many were held so far, and for how long. */
  private static String holds(GatewayFixture gateway) throws IOException {
    try (InputStream metrics = URI.create(gateway.adminUrl("/metrics")).toURL().openStream()) {
      return new String(metrics.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.matches("tenantgate_hold_seconds_(count|sum) .*"))
          .collect(Collectors.joining("\n"));
    }
  }

  @Test
  void encryptionIsRefusedAndTheSessionGoesOn() throws Exception {
    try (SocketClient client = SocketClient.connect(gateway.port())) {
      client.sendsBytes(FrontendNotation.gssEncRequest());
      assertThat(client.readByte()).isEqualTo('N');
      client.sendsBytes(FrontendNotation.sslRequest());
      assertThat(client.readByte()).isEqualTo('N');
      assertThat(Frame.types(login(client))).startsWith("R").endsWith("Z");
    }
  }

  @Test
  void newerProtocolsAreNegotiated() throws Exception {
    try (SocketClient client = SocketClient.connect(gateway.port())) {
      client.startsUp(
          (3 << 16) | 9999,
          Map.of(
              "user",
              "postgres",
              "database",
              database.name(),
              "_pq_.test_protocol_negotiation",
              ""));
      List<Frame> login = client.readUntil('Z');
      Frame negotiate = login.get(0);
      assertThat(negotiate.type()).isEqualTo('v');
      assertThat(new String(negotiate.body(), StandardCharsets.US_ASCII))
          .contains("_pq_.test_protocol_negotiation");
    }
  }

  @Test
  void aFrameWithAnImpossibleLengthEndsTheSession() throws Exception {
    try (SocketClient client = SocketClient.connect(gateway.port())) {
      login(client);
      client.sendsBytes(ByteBuffer.allocate(5).put((byte) 'Q').putInt(3).array());
      Frame error = client.read();
      assertThat(error.field('C')).isEqualTo("08P01");
      assertThat(error.field('M')).contains("'Q'").contains("3 bytes");
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void queriesBeforeLoginNeverReachTheServer() throws Exception {
    try (SocketClient client = SocketClient.connect(gateway.port())) {
      client.sends("Q DROP SCHEMA tenant_acme");
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  /** Half a statement and gone: what is missing must not be filled up with anything. */
  @Test
  void halfAStatementIsNotExecuted() throws Exception {
    database.execute("CREATE TABLE tenant_acme.kept AS SELECT generate_series(1, 3) AS id");
    try (SocketClient client = SocketClient.connect(gateway.port())) {
      login(client);
      byte[] whole = FrontendNotation.encode("Q DELETE FROM tenant_acme.kept -- ");
      client.sendsBytes(java.util.Arrays.copyOf(whole, whole.length - 5));
    }
    await().untilAsserted(() -> assertThat(gateway.gateway().sessions()).isZero());
    await()
        .untilAsserted(
            () ->
                assertThat(
                        database.value(
                            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client"
                                + " backend' AND datname = current_database() AND pid <>"
                                + " pg_backend_pid() AND application_name = ''"))
                    .isEqualTo("0"));
    assertThat(database.value("SELECT count(*) FROM tenant_acme.kept")).isEqualTo("3");
  }

  @Test
  void replicationAndOtherDatabasesAreRefused() throws Exception {
    try (SocketClient client = SocketClient.connect(gateway.port())) {
      client.startsUp(Map.of("user", "postgres", "replication", "true"));
      assertThat(client.read().field('C')).isEqualTo("0A000");
    }
    try (SocketClient client = SocketClient.connect(gateway.port())) {
      client.startsUp(
          Map.of("user", "postgres", "database", database.name(), "replication", "database"));
      Frame error = client.read();
      assertThat(error.field('C')).isEqualTo("0A000");
      assertThat(error.field('M')).contains("replication");
      assertThat(client.isAtEnd()).isTrue();
    }
    try (SocketClient client = SocketClient.connect(gateway.port())) {
      client.startsUp(Map.of("user", "postgres", "database", "template1"));
      Frame error = client.read();
      assertThat(error.field('C')).isEqualTo("3D000");
      assertThat(error.field('M')).contains("template1");
    }
  }

  @Test
  void manyConnectionsThatComeAndGoLeaveNothing() throws Exception {
    long before = openFiles();
    for (int i = 0; i < 120; i++) {
      SocketClient client = SocketClient.connect(gateway.port());
      if (i % 2 == 0) {
        client.startsUp(Map.of("user", "postgres", "database", database.name()));
      }
      client.close();
    }
    await().untilAsserted(() -> assertThat(gateway.gateway().sessions()).isZero());
    await().untilAsserted(() -> assertThat(openFiles()).isLessThanOrEqualTo(before + 20));
  }

  private static long openFiles() {
    String[] files = new java.io.File("/proc/self/fd").list();
    return files == null ? 0 : files.length;
  }

  private List<Frame> login(SocketClient client) throws Exception {
    client.startsUp(Map.of("user", "postgres", "database", database.name()));
    return client.readUntil('Z');
  }
}
