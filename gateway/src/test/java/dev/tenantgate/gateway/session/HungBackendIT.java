package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A server takes connections and falls silent, at each step of a login: it counts as unreachable
 * after {@code database.connect-timeout}, whoever logs in.
 */
class HungBackendIT {

  @TempDir Path migrations;
  private static TestDatabase database;

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  private GatewayFixture gateway(int port, String sslMode, String method, String mode) {
    return GatewayFixture.start(
        database,
        migrations,
        Map.of(
            "database.url",
            "postgresql://postgres@127.0.0.1:%d/%s?sslmode=%s"
                .formatted(port, database.name(), sslMode),
            "database.others",
            "pass",
            "database.connect-timeout",
            "1s",
            "database.outage-timeout",
            "0s",
            "auth.method",
            method,
            "pool.mode",
            mode));
  }

  /** The server would be silent for ever: the client is told nevertheless. */
  private static void isTold(GatewayFixture gateway, String stage) {
    try (SocketClient client = SocketClient.connect(gateway.port())) {
      client.startsUp(Map.of("user", "postgres", "database", stage));
      Frame message = client.read();
      while (message.type() != 'E') {
        if (message.type() == 'R' && message.body()[3] == 3) {
          client.sends(new Frame('p', "secret\0".getBytes(StandardCharsets.US_ASCII)));
        }
        assertThat(message.type()).as(stage).isNotEqualTo('\0').isNotEqualTo('Z');
        message = client.read();
      }
      assertThat(message.field('S')).as(stage).isEqualTo("FATAL");
      assertThat(message.field('C')).as(stage).isEqualTo("08006");
      assertThat(client.isAtEnd()).as(stage).isTrue();
    } catch (UncheckedIOException e) {
      throw new AssertionError(stage, e);
    }
  }

  /** Goes as far as the name of the database says, and falls silent. */
  private static void hang(DataInputStream in, OutputStream out, String stage) throws IOException {
    if (stage.equals("password")) {
      out.write(new Frame('R', new byte[] {0, 0, 0, 3}).encoded());
      in.readNBytes(in.readByte() == 'p' ? in.readInt() - 4 : 0);
    } else if (!stage.equals("startup")) {
      out.write(ScriptedBackend.authenticationOk());
    }
    if (stage.equals("parameters")) {
      out.write(ScriptedBackend.searchPath("public"));
    }
    in.readAllBytes();
  }

  private static void hang(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] startup = in.readNBytes(in.readInt() - 4);
    String[] words = new String(startup, StandardCharsets.US_ASCII).substring(4).split("\0", -1);
    String stage = "startup";
    for (int i = 0; i + 1 < words.length; i += 2) {
      stage = words[i].equals("database") ? words[i + 1] : stage;
    }
    hang(in, socket.getOutputStream(), stage);
  }

  @ParameterizedTest
  @CsvSource({"pass-through, session", "trust, session", "trust, transaction"})
  void whileLoggingIn(String method, String mode) throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.fromTheFirstByte(HungBackendIT::hang);
        GatewayFixture gateway = gateway(backend.port(), "disable", method, mode)) {
      Stream<String> stages =
          method.equals("trust")
              ? Stream.of("startup", "ok", "parameters")
              : Stream.of("startup", "password", "ok", "parameters");
      stages.parallel().forEach(stage -> isTold(gateway, stage));
    }
  }

  @ParameterizedTest
  @CsvSource({"pass-through, session, ''", "pass-through, session, S", "trust, transaction, S"})
  void whileTlsIsNegotiated(String method, String mode, String answer) throws Exception {
    try (ScriptedBackend backend =
            ScriptedBackend.fromTheFirstByte(
                socket -> {
                  socket.getInputStream().readNBytes(8);
                  socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                  socket.getInputStream().readAllBytes();
                });
        GatewayFixture gateway = gateway(backend.port(), "prefer", method, mode)) {
      isTold(gateway, "elsewhere");
    }
  }

  /** The client thinks about its password: its time is its own. */
  @Test
  void aClientMayTakeItsTime() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.fromTheFirstByte(HungBackendIT::hang);
        GatewayFixture gateway = gateway(backend.port(), "disable", "pass-through", "session");
        SocketClient client = SocketClient.connect(gateway.port())) {
      client.startsUp(Map.of("user", "postgres", "database", "password"));
      assertThat(client.read().type()).isEqualTo('R');
      client.socket().setSoTimeout(1_500);
      assertThat(org.assertj.core.api.Assertions.catchThrowable(client::read))
          .hasCauseInstanceOf(java.net.SocketTimeoutException.class);
    }
  }

  /** Behind the login the gateway has questions of its own. */
  @ParameterizedTest
  @CsvSource({"pass-through, session", "trust, session", "trust, transaction"})
  void whileTheGatewayAsks(String method, String mode) throws Exception {
    try (ScriptedBackend backend =
            new ScriptedBackend(
                (in, out) -> {
                  out.write(ScriptedBackend.authenticationOk());
                  out.write(ScriptedBackend.ready());
                  in.readAllBytes();
                });
        GatewayFixture gateway = gateway(backend.port(), "disable", method, mode)) {
      isTold(gateway, database.name());
    }
  }
}
