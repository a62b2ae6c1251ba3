package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gateway's own login at servers that do what no PostgreSQL would. */
class OwnLoginAtBrokenBackendIT {

  @TempDir Path folder;

  /** The answer to the client of a gateway that trusts it and knows its password. */
  private Frame answer(ScriptedBackend.Script script) throws Exception {
    Path users = Files.writeString(folder.resolve("users.txt"), "\"app\" \"right\"\n");
    Files.createDirectories(folder.resolve("migrations"));
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        ScriptedBackend backend = new ScriptedBackend(script);
        GatewayFixture gateway =
            GatewayFixture.start(
                database,
                folder.resolve("migrations"),
                Map.of(
                    "database.url",
                    "postgresql://postgres@127.0.0.1:%d/%s?sslmode=disable"
                        .formatted(backend.port(), database.name()),
                    "database.others",
                    "pass",
                    "database.outage-timeout",
                    "0s",
                    "database.connect-timeout",
                    "1s",
                    "auth.method",
                    "trust",
                    "auth.user-list",
                    users.toString()));
        SocketClient client = SocketClient.connect(gateway.port())) {
      client.startsUp(Map.of("user", "app", "database", "elsewhere"));
      client.readUntil('R');
      Frame last = client.readUntil('E').get(0);
      assertThat(last.field('S')).isEqualTo("FATAL");
      assertThat(client.isAtEnd()).isTrue();
      return last;
    }
  }

  private static byte[] request(int code, String content) {
    byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
    return new Frame('R', ByteBuffer.allocate(4 + bytes.length).putInt(code).put(bytes).array())
        .encoded();
  }

  private static String read(DataInputStream in) throws IOException {
    in.readByte();
    return new String(in.readNBytes(in.readInt() - 4), StandardCharsets.ISO_8859_1);
  }

  private void check(ScriptedBackend.Script script) throws Exception {
    assertThat(answer(script).field('C')).isEqualTo("08P01");
  }

  @Test
  void mechanismsThatNobodyKnowsAreNamed() throws Exception {
    for (String offered : new String[] {"SCRAM-SHA-256-PLUS\0\0", "PLAIN\0\0", "\0", "PLAIN"}) {
      Frame error =
          answer(
              (in, out) -> {
                out.write(request(10, offered));
                in.readAllBytes();
              });
      assertThat(error.field('C')).isEqualTo("28P01");
      assertThat(error.field('D')).contains("SASL mechanisms");
    }
  }

  @Test
  void aMethodThatNobodyKnowsIsNamed() throws Exception {
    Frame error =
        answer(
            (in, out) -> {
              out.write(request(7, ""));
              in.readAllBytes();
            });
    assertThat(error.field('C')).isEqualTo("28P01");
    assertThat(error.field('D')).contains("GSSAPI");
  }

  /** A server that lets us in without proof that it knows the password isn't the right one. */
  @Test
  void anExchangeHasToBeCompleted() throws Exception {
    check(
        (in, out) -> {
          out.write(request(10, "SCRAM-SHA-256\0\0"));
          read(in);
          out.write(ScriptedBackend.authenticationOk());
          in.readAllBytes();
        });
    check(
        (in, out) -> {
          out.write(request(10, "SCRAM-SHA-256\0\0"));
          String first = read(in);
          String nonce = first.substring(first.indexOf("r=") + 2);
          out.write(request(11, "r=" + nonce + "x,s=c2FsdA==,i=4096"));
          read(in);
          out.write(request(12, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
          in.readAllBytes();
        });
  }

  @Test
  void messagesOutOfTurnAreViolations() throws Exception {
    check((in, out) -> out.write(request(11, "r=x,s=c2FsdA==,i=1")));
    check((in, out) -> out.write(request(12, "v=AAAA")));
    check((in, out) -> out.write(request(5, "ab")));
    check((in, out) -> out.write(ScriptedBackend.ready()));
    check((in, out) -> out.write(new Frame('R', new byte[2]).encoded()));
    check((in, out) -> out.write(new Frame('D', new byte[2]).encoded()));
    check((in, out) -> out.write(new Frame('S', new byte[] {'a'}).encoded()));
    check(
        (in, out) -> {
          out.write(request(10, "SCRAM-SHA-256\0\0"));
          out.write(request(10, "SCRAM-SHA-256\0\0"));
          in.readAllBytes();
        });
  }

  @Test
  void aChallengeThatKeepsUsBusyIsRefused() throws Exception {
    check(
        (in, out) -> {
          out.write(request(10, "SCRAM-SHA-256\0\0"));
          String first = read(in);
          String nonce = first.substring(first.indexOf("r=") + 2);
          out.write(request(11, "r=" + nonce + "x,s=c2FsdA==,i=2000000000"));
          in.readAllBytes();
        });
  }

  /** An ErrorResponse without a SQLSTATE (CVE-2026-6666). */
  @Test
  void anErrorWithoutFieldsIsOneAllTheSame() throws Exception {
    Frame error = answer((in, out) -> out.write(new Frame('E', new byte[] {0}).encoded()));
    assertThat(error.field('C')).isEqualTo("08006");
  }

  @Test
  void aBackendThatHangsUpOrSaysNothingIsUnreachable() throws Exception {
    assertThat(answer((in, out) -> {}).field('C')).isEqualTo("08006");
    Frame error = answer((in, out) -> in.readAllBytes());
    assertThat(error.field('C')).isEqualTo("08006");
    assertThat(error.field('D')).contains("timed out");
  }
}
