package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.migrator.testing.TestCertificates;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients whose TLS ends as it shouldn't, or never comes about. None leaves anything behind. */
class TlsEndIT {

  private static final byte[] SSL_REQUEST = FrontendNotation.sslRequest();

  @TempDir static Path folder;
  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture patient;
  private static GatewayFixture hasty;

  @BeforeAll
  static void start() throws Exception {
    Path certificate = TestCertificates.authority(folder, "ours").server("dns:localhost");
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE TABLE kept AS SELECT generate_series(1, 3) AS id");
    patient = gateway(certificate, "60s");
    hasty = gateway(certificate, "1s");
  }

  private static GatewayFixture gateway(Path certificate, String loginTimeout) {
    return GatewayFixture.start(
        database,
        migrations,
        Map.of(
            "listen.tls.mode",
            "allow",
            "listen.tls.certificate",
            certificate.toString(),
            "listen.tls.key",
            certificate + ".key",
            "listen.login-timeout",
            loginTimeout));
  }

  @AfterAll
  static void stop() {
    patient.close();
    hasty.close();
    database.close();
  }

  @AfterEach
  void nobodyIsLeft() {
    for (GatewayFixture gateway : new GatewayFixture[] {patient, hasty}) {
      await().untilAsserted(() -> assertThat(gateway.gateway().sessions()).isZero());
    }
    await()
        .untilAsserted(
            () ->
                assertThat(
                        database.value(
                            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tls'"
                                + " AND datname = current_database()"))
                    .isEqualTo("0"));
    assertThat(database.value("SELECT count(*) FROM kept")).isEqualTo("3");
  }

  private SSLSocket login(Socket plain) throws Exception {
    SSLSocket socket = TlsSockets.trusting(plain, "postgresql");
    TlsSockets.send(
        socket,
        FrontendNotation.startup(
            Map.of("user", "postgres", "database", database.name(), "application_name", "tls")));
    DataInputStream in = new DataInputStream(socket.getInputStream());
    while (in.readByte() != 'Z') {
      in.readNBytes(in.readInt() - 4);
    }
    in.readNBytes(5);
    return socket;
  }

  /** The connection is cut: an attacker who cuts it doesn't say the rest of the statement. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void withoutACloseNotify(boolean inTheMiddle) throws Exception {
    try (Socket plain = TlsSockets.plain(patient.port())) {
      SSLSocket socket = login(plain);
      if (inTheMiddle) {
        byte[] whole = FrontendNotation.encode("Q DELETE FROM kept -- ");
        TlsSockets.send(socket, Arrays.copyOf(whole, whole.length - 4));
      }
    } // the plain socket ends, and TLS is not asked
  }

  @Test
  void withACloseNotifyAndNothingElse() throws Exception {
    try (Socket plain = TlsSockets.plain(patient.port())) {
      SSLSocket socket = login(plain);
      socket.shutdownOutput();
      assertThat(plain.getInputStream().readAllBytes()).isNotNull(); // to the gateway's own end
    }
  }

  /** A handshake that doesn't go on ends with the time for logging in. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void halfAClientHello(boolean direct) throws Exception {
    try (Socket plain = TlsSockets.plain(hasty.port())) {
      begin(plain, direct);
      TlsSockets.send(plain, new byte[] {0x16, 3, 1, 1, 0, 1, 0, 0, (byte) 0xfc, 3, 3});
      assertThat(plain.getInputStream().readAllBytes().length).isLessThan(200);
    }
  }

  /** One that never ends is refused long before that: nothing of such a size is kept. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClientHelloWithoutEnd(boolean direct) throws Exception {
    try (Socket plain = TlsSockets.plain(patient.port())) {
      begin(plain, direct);
      byte[] record = new byte[5 + 16_384];
      System.arraycopy(new byte[] {0x16, 3, 1, 0x40, 0}, 0, record, 0, 5);
      byte[] first = record.clone();
      System.arraycopy(new byte[] {1, (byte) 0xff, (byte) 0xff, (byte) 0xff}, 0, first, 5, 4);
      TlsSockets.send(plain, first);
      for (int i = 0; i < 16; i++) {
        TlsSockets.send(plain, record);
      }
      assertThat(plain.getInputStream().readAllBytes().length).isLessThan(200);
    } catch (IOException e) {
      assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe).*"); // while it still talks
    }
  }

  private static void begin(Socket plain, boolean direct) throws IOException {
    if (!direct) {
      TlsSockets.send(plain, SSL_REQUEST);
      assertThat(plain.getInputStream().read()).isEqualTo('S');
    }
  }
}
