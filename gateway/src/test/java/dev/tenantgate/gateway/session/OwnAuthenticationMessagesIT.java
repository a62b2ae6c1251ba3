package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The messages of a login that the gateway checks itself, right ones and wrong ones. */
class OwnAuthenticationMessagesIT {

  @TempDir Path folder;

  private static byte[] startup(TestDatabase database, String user) {
    return FrontendNotation.startup(Map.of("user", user, "database", database.name()));
  }

  private static byte[] initial(String mechanism, String message) {
    byte[] name = mechanism.getBytes(StandardCharsets.UTF_8);
    byte[] data = message.getBytes(StandardCharsets.UTF_8);
    return new Frame(
            'p',
            ByteBuffer.allocate(name.length + 5 + data.length)
                .put(name)
                .put((byte) 0)
                .putInt(data.length)
                .put(data)
                .array())
        .encoded();
  }

  private static byte[] response(String message) {
    return new Frame('p', message.getBytes(StandardCharsets.UTF_8)).encoded();
  }

  private interface Talk {
    void with(SocketClient client, TestDatabase database) throws Exception;
  }

  private void talk(Talk talk) throws Exception {
    talk("60s", talk);
  }

  private void talk(String loginTimeout, Talk talk) throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        GatewayFixture gateway =
            GatewayFixture.start(
                database,
                Files.createDirectories(folder.resolve("migrations")),
                Map.of(
                    "auth.method",
                    "scram-sha-256",
                    "auth.user-list",
                    Files.writeString(folder.resolve("users.txt"), "\"app\" \"right\"").toString(),
                    "listen.login-timeout",
                    loginTimeout));
        SocketClient client = SocketClient.connect(gateway.port())) {
      talk.with(client, database);
    }
  }

  @Test
  void aVersionAndOptionsThatNobodyKnowsAreNegotiated() throws Exception {
    talk(
        (client, database) -> {
          client.startsUp(
              (3 << 16) | 9999,
              Map.of(
                  "user", "app",
                  "database", database.name(),
                  "_pq_.test_protocol_negotiation", "1"));
          Frame negotiate = client.read();
          assertThat(negotiate.type()).isEqualTo('v');
          ByteBuffer body = ByteBuffer.wrap(negotiate.body());
          assertThat(body.getInt()).isEqualTo((3 << 16) | 2);
          assertThat(body.getInt()).isEqualTo(1);
          assertThat(new String(negotiate.body(), StandardCharsets.UTF_8))
              .endsWith("_pq_.test_protocol_negotiation\0");
          Frame sasl = client.read();
          assertThat(sasl.type()).isEqualTo('R');
          assertThat(new String(sasl.body(), StandardCharsets.UTF_8)).endsWith("SCRAM-SHA-256\0\0");
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1", "PLAIN", ""})
  void aMechanismThatWasNotOfferedIsAViolation(String mechanism) throws Exception {
    talk(
        (client, database) -> {
          client.sendsBytes(startup(database, "app"));
          assertThat(client.read().type()).isEqualTo('R');
          client.sendsBytes(initial(mechanism, "n,,n=,r=abc"));
          Frame error = client.read();
          assertThat(error.field('S')).isEqualTo("FATAL");
          assertThat(error.field('C')).isEqualTo("08P01");
          assertThat(client.isAtEnd()).isTrue();
        });
  }

  @Test
  void messagesThatAreNoneEndTheConnection() throws Exception {
    List<byte[]> bad =
        List.of(
            initial("SCRAM-SHA-256", "p=tls-server-end-point,,n=,r=abc"),
            initial("SCRAM-SHA-256", ""),
            new Frame('p', "SCRAM-SHA-256".getBytes(StandardCharsets.US_ASCII)).encoded(),
            new Frame('p', "SCRAM-SHA-256\0\0\0\0\u007fn".getBytes(StandardCharsets.US_ASCII))
                .encoded(),
            new Frame('p', new byte[0]).encoded(),
            FrontendNotation.encode("Q SELECT 1"),
            new Frame('p', new byte[70_000]).encoded());
    for (byte[] message : bad) {
      talk(
          (client, database) -> {
            client.sendsBytes(startup(database, "app"));
            assertThat(client.read().type()).isEqualTo('R');
            client.sendsBytes(message);
            assertThat(client.read().field('C')).isEqualTo("08P01");
          });
    }
  }

  /** The first message may come by itself; a third one may not come at all. */
  @Test
  void theInitialResponseMayBeLeftOut() throws Exception {
    talk(
        (client, database) -> {
          client.sendsBytes(startup(database, "nobody"));
          assertThat(client.read().type()).isEqualTo('R');
          client.sends(
              new Frame(
                  'p',
                  ByteBuffer.allocate(18)
                      .put("SCRAM-SHA-256\0".getBytes(StandardCharsets.US_ASCII))
                      .putInt(-1)
                      .array()));
          assertThat(client.read().body()).hasSize(4);
          client.sendsBytes(response("n,,n=,r=abc"));
          String challenge = new String(client.read().body(), 4, 30, StandardCharsets.US_ASCII);
          assertThat(challenge).startsWith("r=abc");
          client.sendsBytes(response("c=biws,r=abc,p=AAAA"));
          assertThat(client.read().field('C')).isEqualTo("08P01");
        });
  }

  /** Nobody can tell from the first answer whether a user exists. */
  @Test
  void anUnknownUsersSaltStaysTheSame() throws Exception {
    talk(
        (client, database) -> {
          String first = salt(client, database, "nobody");
          assertThat(first).hasSize(24);
          try (SocketClient again = SocketClient.connect(client.socket().getPort());
              SocketClient other = SocketClient.connect(client.socket().getPort());
              SocketClient known = SocketClient.connect(client.socket().getPort())) {
            assertThat(salt(again, database, "nobody")).isEqualTo(first);
            assertThat(salt(other, database, "somebody")).isNotEqualTo(first).hasSize(24);
            assertThat(salt(known, database, "app")).hasSize(24);
          }
        });
  }

  private static String salt(SocketClient client, TestDatabase database, String user)
      throws Exception {
    client.sendsBytes(startup(database, user));
    client.read();
    client.sendsBytes(initial("SCRAM-SHA-256", "n,,n=,r=abc"));
    byte[] body = client.read().body();
    String challenge = new String(body, 4, body.length - 4, StandardCharsets.US_ASCII);
    assertThat(challenge).endsWith(",i=4096");
    return challenge.substring(challenge.indexOf(",s=") + 3, challenge.indexOf(",i="));
  }

  @Test
  void whoSaysNothingIsEnded() throws Exception {
    talk(
        "1s",
        (client, database) -> {
          client.sendsBytes(startup(database, "app"));
          assertThat(client.read().type()).isEqualTo('R');
          assertThat(client.read().field('M')).contains("timeout");
          assertThat(client.isAtEnd()).isTrue();
        });
  }
}
