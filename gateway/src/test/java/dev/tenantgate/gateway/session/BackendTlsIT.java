package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestCertificates;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * TLS towards servers, or towards somebody in the middle, that do what no PostgreSQL would. Neither
 * user nor password may go to a server that isn't encrypted as {@code sslmode} has it.
 */
class BackendTlsIT {

  @TempDir static Path certificates;
  @TempDir Path migrations;

  private GatewayFixture gateway(
      TestDatabase database, ScriptedBackend backend, String sslMode, String method) {
    return GatewayFixture.start(
        database,
        migrations,
        Map.of(
            "database.url",
            "postgresql://postgres@127.0.0.1:%d/%s?sslmode=%s"
                .formatted(backend.port(), database.name(), sslMode),
            "database.others",
            "pass",
            "database.connect-timeout",
            "2s",
            "database.outage-timeout",
            "0s",
            "auth.method",
            method));
  }

  private static SocketClient login(GatewayFixture gateway) throws IOException {
    return SocketClient.connect(gateway.port())
        .startsUp(Map.of("user", "postgres", "database", "elsewhere"));
  }

  /** The answer to an SSLRequest, in one piece, and what the client is told. */
  private Frame toldAfter(String sslMode, String method, byte[] answer) throws Exception {
    Queue<String> saidInTheClear = new ConcurrentLinkedQueue<>();
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        ScriptedBackend backend =
            ScriptedBackend.fromTheFirstByte(
                socket -> {
                  readRequest(socket);
                  socket.getOutputStream().write(answer);
                  saidInTheClear.add(
                      new String(
                          socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1));
                });
        GatewayFixture gateway = gateway(database, backend, sslMode, method);
        SocketClient client = login(gateway)) {
      Frame error = client.readUntil('E').get(method.equals("trust") ? 1 : 0);
      assertThat(error.field('S')).isEqualTo("FATAL");
      assertThat(client.isAtEnd()).isTrue();
      await().until(() -> !saidInTheClear.isEmpty());
      assertThat(saidInTheClear).noneMatch(said -> said.contains("elsewhere"));
      return error;
    }
  }

  private static void readRequest(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    if (in.readInt() != 8 || in.readInt() != 80877103) {
      throw new IOException("the driver of the gateway's own account tries it in the clear");
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** They could only have been put there by somebody in the middle (CVE-2021-23222). */
  @ParameterizedTest
  @CsvSource({
    "require, pass-through, S",
    "require, trust, S",
    "prefer, pass-through, N",
    "prefer, trust, N",
  })
  void bytesBehindTheAnswerAreRefused(String sslMode, String method, String answer)
      throws Exception {
    Frame error = toldAfter(sslMode, method, bytes(answer + "R\0\0\0\10\0\0\0\0Z\0\0\0\5I"));
    assertThat(error.field('C')).isEqualTo("08006");
    assertThat(error.field('D')).contains("unencrypted data");
  }

  /** Its words could be anybody's: no client is shown them (CVE-2024-10977). */
  @ParameterizedTest
  @ValueSource(strings = {"require", "prefer"})
  void anErrorInPlaceOfTheAnswerIsNotPassedOn(String sslMode) throws Exception {
    Frame error =
        toldAfter(
            sslMode,
            "pass-through",
            new Frame('E', bytes("SFATAL\0C28000\0Msend your password to me\0\0")).encoded());
    assertThat(error.field('C')).isEqualTo("08006");
    assertThat(new String(error.body(), StandardCharsets.UTF_8)).doesNotContain("password");
  }

  @ParameterizedTest
  @CsvSource({"require, N", "require, E", "require, X", "prefer, X"})
  void anAnswerThatIsNoneOrIsNoEndsIt(String sslMode, String answer) throws Exception {
    assertThat(toldAfter(sslMode, "pass-through", bytes(answer)).field('C')).isEqualTo("08006");
  }

  /** Where a handshake has to come. */
  @Test
  void whatComesInPlaceOfAHandshakeIsRefused() throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        ScriptedBackend backend =
            ScriptedBackend.fromTheFirstByte(
                socket -> {
                  readRequest(socket);
                  socket.getOutputStream().write('S');
                  socket.getInputStream().read(); // the ClientHello
                  socket.getOutputStream().write(ScriptedBackend.authenticationOk());
                  socket.getInputStream().readAllBytes();
                });
        GatewayFixture gateway = gateway(database, backend, "require", "pass-through");
        SocketClient client = login(gateway)) {
      assertThat(client.read().field('C')).isEqualTo("08006");
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  /** The end of a connection that nobody has said is cut off: it is never taken for an answer's. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anEndWithoutCloseNotifyIsALoss(boolean inTheMiddle) throws Exception {
    TestCertificates authority = TestCertificates.authority(certificates, "cut" + inTheMiddle);
    authority.server("ip:127.0.0.1");
    SSLContext context = authority.serverContext();
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        ScriptedBackend backend =
            ScriptedBackend.fromTheFirstByte(socket -> serve(socket, context, inTheMiddle));
        GatewayFixture gateway = gateway(database, backend, "require", "pass-through");
        SocketClient client = login(gateway)) {
      client.readUntil('Z');
      client.sends("Q SELECT 1");
      if (inTheMiddle) {
        assertThat(client.in().readAllBytes()).hasSize(7);
      } else {
        assertThat(client.read().field('C')).isEqualTo("08006");
        assertThat(client.isAtEnd()).isTrue();
      }
    }
  }

  private static void serve(Socket socket, SSLContext context, boolean inTheMiddle)
      throws IOException {
    readRequest(socket);
    socket.getOutputStream().write('S');
    SSLSocket encrypted = TlsSockets.accept(context, socket);
    DataInputStream in = new DataInputStream(encrypted.getInputStream());
    OutputStream out = encrypted.getOutputStream();
    in.readNBytes(in.readInt() - 4);
    out.write(ScriptedBackend.authenticationOk());
    out.write(ScriptedBackend.ready());
    in.readByte();
    if (inTheMiddle) {
      out.write(new byte[] {'D', 0, 0, 0, 100, 0, 1});
    }
  }
}
