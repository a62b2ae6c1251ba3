package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Servers that say what a PostgreSQL may say at any time, or with the longest keys that the
 * protocol allows: clients get it as it is.
 */
class TalkativeBackendIT {

  private static final int CANCEL_REQUEST = 80877102;
  private static final byte[] NOTICE =
      new Frame('N', bytes("SNOTICE\0C00000\0Mmaintenance tonight\0\0")).encoded();
  private static final byte[] PARAMETER = new Frame('S', bytes("TimeZone\0UTC\0")).encoded();
  private static final byte[] NOTIFICATION =
      new Frame('A', bytes("\0\0\0\1channel\0payload\0")).encoded();

  @TempDir Path migrations;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private interface Talk {
    void with(GatewayFixture gateway, SocketClient client) throws Exception;
  }

  private void talk(ScriptedBackend scripted, String method, Talk talk) throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        ScriptedBackend backend = scripted;
        GatewayFixture gateway =
            GatewayFixture.start(
                database,
                migrations,
                Map.of(
                    "database.url",
                    "postgresql://postgres@127.0.0.1:%d/%s?sslmode=disable"
                        .formatted(backend.port(), database.name()),
                    "database.others",
                    "pass",
                    "auth.method",
                    method));
        SocketClient client = SocketClient.connect(gateway.port())) {
      talk.with(gateway, client);
    }
  }

  private static byte[] startup(int minor) {
    return FrontendNotation.startup(
        (3 << 16) | minor, Map.of("user", "postgres", "database", "elsewhere"));
  }

  @ParameterizedTest
  @CsvSource({"pass-through, NRNSKZ", "trust, RNNSKZ"})
  void whatIsSaidWhileLoggingInIsHeard(String method, String heard) throws Exception {
    talk(
        new ScriptedBackend(
            (in, out) -> {
              out.write(NOTICE);
              out.write(ScriptedBackend.authenticationOk());
              out.write(NOTICE);
              out.write(PARAMETER);
              out.write(new Frame('K', new byte[8]).encoded());
              out.write(ScriptedBackend.ready());
              in.readAllBytes();
            }),
        method,
        (gateway, client) ->
            assertThat(Frame.types(client.sendsBytes(startup(0)).readUntil('Z'))).isEqualTo(heard));
  }

  @ParameterizedTest
  @ValueSource(strings = {"pass-through", "trust"})
  void whatIsSaidToAnIdleSessionIsHeard(String method) throws Exception {
    talk(
        new ScriptedBackend(
            (in, out) -> {
              out.write(ScriptedBackend.authenticationOk());
              out.write(ScriptedBackend.ready());
              in.readByte(); // the client's word that it is there, which nobody answers yet
              out.write(NOTICE);
              out.write(PARAMETER);
              out.write(NOTIFICATION);
              out.write(ScriptedBackend.ready());
              in.readAllBytes();
            }),
        method,
        (gateway, client) -> {
          client.sendsBytes(startup(0)).readUntil('Z');
          client.sends("Q SELECT 1");
          assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("NSAZ");
        });
  }

  /** A server that keeps each connection's first packet, and the key it gave out last. */
  private static final class KeyGiver {

    private final BlockingQueue<byte[]> packets = new LinkedBlockingQueue<>();
    private final byte[] key;

    KeyGiver(int secretBytes) {
      key = new byte[4 + secretBytes];
      for (int i = 0; i < key.length; i++) {
        key[i] = (byte) (i + 1);
      }
    }

    ScriptedBackend backend() throws IOException {
      return ScriptedBackend.fromTheFirstByte(this::serve);
    }

    private void serve(Socket socket) throws IOException {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] packet = in.readNBytes(in.readInt() - 4);
      if (!new String(packet, StandardCharsets.US_ASCII).contains("elsewhere")
          && ByteBuffer.wrap(packet).getInt() != CANCEL_REQUEST) {
        return; // the gateway's own
      }
      packets.add(packet);
      if (ByteBuffer.wrap(packet).getInt() != CANCEL_REQUEST) {
        OutputStream out = socket.getOutputStream();
        out.write(ScriptedBackend.authenticationOk());
        out.write(new Frame('K', key).encoded());
        out.write(ScriptedBackend.ready());
        in.readAllBytes();
      }
    }

    ByteBuffer next() throws InterruptedException {
      byte[] packet = packets.poll(20, TimeUnit.SECONDS);
      assertThat(packet).isNotNull();
      return ByteBuffer.wrap(packet);
    }
  }

  /** Each secret that protocol 3.2 allows, to the longest: to the client and back again. */
  @ParameterizedTest
  @CsvSource({"0, 4", "2, 4", "2, 32", "2, 256"})
  void keysOfAnyLengthCancel(int minor, int secretBytes) throws Exception {
    KeyGiver giver = new KeyGiver(secretBytes);
    talk(
        giver.backend(),
        "pass-through",
        (gateway, client) -> {
          client.sendsBytes(startup(minor)).readUntil('Z');
          assertThat(client.key()).isEqualTo(giver.key);
          assertThat(giver.next().getInt()).as("the version").isEqualTo((3 << 16) | minor);
          client.cancels();
          ByteBuffer cancel = giver.next();
          assertThat(cancel.getInt()).isEqualTo(CANCEL_REQUEST);
          assertThat(cancel).isEqualTo(ByteBuffer.wrap(giver.key));
        });
  }

  /** Where the gateway logs in itself, it speaks the client's version, and keeps the key. */
  @Test
  void itsOwnLoginSpeaksTheClientsVersion() throws Exception {
    KeyGiver giver = new KeyGiver(256);
    talk(
        giver.backend(),
        "trust",
        (gateway, client) -> {
          for (Frame message : client.sendsBytes(startup(2)).readUntil('Z')) {
            if (message.type() == 'K') {
              assertThat(message.body()).hasSize(36).isNotEqualTo(giver.key);
            }
          }
          assertThat(giver.next().getInt()).isEqualTo((3 << 16) | 2);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 257})
  void keysThatCannotBeAreRefused(int secretBytes) throws Exception {
    talk(
        new KeyGiver(secretBytes).backend(),
        "pass-through",
        (gateway, client) -> {
          client.sendsBytes(startup(2)).readUntil('R');
          assertThat(client.read().field('C')).isEqualTo("08P01");
          assertThat(client.isAtEnd()).isTrue();
        });
  }
}
