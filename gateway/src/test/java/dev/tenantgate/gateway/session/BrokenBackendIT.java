package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Backends that are away, break or talk nonsense: the client is told as much as the protocol
 * allows.
 */
class BrokenBackendIT {

  @TempDir Path migrations;

  /**
   * A session in an ungated database, so that the gate's own connections have nothing to do with
   * it.
   */
  private SocketClient login(GatewayFixture gateway) throws Exception {
    SocketClient client = SocketClient.connect(gateway.port());
    client.startsUp(Map.of("user", "postgres", "database", "elsewhere"));
    return client;
  }

  private GatewayFixture gateway(TestDatabase database, int port) {
    return GatewayFixture.start(
        database,
        migrations,
        Map.of(
            "database.url",
            "postgresql://postgres@127.0.0.1:%d/%s?sslmode=disable"
                .formatted(port, database.name()),
            "database.others",
            "pass",
            "database.outage-timeout",
            "0s"));
  }

  private void withBackend(ScriptedBackend.Script script, ClientScript client) throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        ScriptedBackend backend = new ScriptedBackend(script);
        GatewayFixture gateway = gateway(database, backend.port());
        SocketClient session = login(gateway)) {
      client.run(session);
    }
  }

  @FunctionalInterface
  private interface ClientScript {
    void run(SocketClient client) throws Exception;
  }

  @Test
  void aBackendThatIsAwayIsNamed() throws Exception {
    int port;
    try (ScriptedBackend closed = new ScriptedBackend((in, out) -> {})) {
      port = closed.port();
    }
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        GatewayFixture gateway = gateway(database, port);
        SocketClient client = login(gateway)) {
      Frame error = client.read();
      assertThat(error.field('S')).isEqualTo("FATAL");
      assertThat(error.field('C')).isEqualTo("08006");
      assertThat(error.field('M')).contains("127.0.0.1:" + port);
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void aBackendLostBetweenMessagesIsReported() throws Exception {
    withBackend(
        (in, out) -> {
          out.write(ScriptedBackend.authenticationOk());
          out.write(ScriptedBackend.ready());
          in.readByte();
        },
        client -> {
          client.readUntil('Z');
          client.sends("Q SELECT 1");
          Frame error = client.read();
          assertThat(error.field('S')).isEqualTo("FATAL");
          assertThat(error.field('C')).isEqualTo("08006");
          assertThat(client.isAtEnd()).isTrue();
        });
  }

  /** Behind half a message nothing of ours may stand. */
  @Test
  void aBackendLostInsideAMessageEndsTheConnection() throws Exception {
    withBackend(
        (in, out) -> {
          out.write(ScriptedBackend.authenticationOk());
          out.write(ScriptedBackend.ready());
          in.readByte();
          out.write(ByteBuffer.allocate(7).put((byte) 'D').putInt(100).array());
        },
        client -> {
          client.readUntil('Z');
          client.sends("Q SELECT 1");
          byte[] half = client.in().readAllBytes();
          assertThat(half).hasSize(7);
        });
  }

  @Test
  void aBackendLostWhileLoggingInIsReported() throws Exception {
    withBackend(
        (in, out) -> {},
        client -> {
          assertThat(client.read().field('C')).isEqualTo("08006");
          assertThat(client.isAtEnd()).isTrue();
        });
  }

  @Test
  void nonsenseWhileLoggingInIsAProtocolViolation() throws Exception {
    withBackend(
        (in, out) -> out.write(new Frame('D', new byte[3]).encoded()),
        client -> assertThat(client.read().field('C')).isEqualTo("08P01"));
    withBackend(
        (in, out) -> {
          out.write(ScriptedBackend.authenticationOk());
          out.write(new Frame('K', new byte[] {0, 0, 0, 1, 2}).encoded());
        },
        client -> {
          assertThat(client.read().type()).isEqualTo('R');
          assertThat(client.read().field('C')).isEqualTo("08P01");
        });
    withBackend(
        (in, out) -> out.write(ScriptedBackend.ready()),
        client -> assertThat(client.read().field('C')).isEqualTo("08P01"));
  }

  /** An ErrorResponse without any field is passed on as it is (CVE-2026-6666). */
  @Test
  void anErrorWithoutFieldsIsPassedOn() throws Exception {
    withBackend(
        (in, out) -> out.write(new Frame('E', new byte[] {0}).encoded()),
        client -> {
          Frame error = client.read();
          assertThat(error.type()).isEqualTo('E');
          assertThat(error.field('C')).isEmpty();
          assertThat(client.isAtEnd()).isTrue();
        });
  }
}
