package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that send large messages in part use up the memory for that: one that is silent is ended
 * for those that wait, and is told so, while others are served.
 */
class ClientMemoryIT {

  private static final int BUDGET_MIB = 2;
  private static final int MANY = 6;

  @TempDir Path migrations;

  @BothModes
  void whoIsEndedForWantOfMemoryIsTold(String mode) throws Exception {
    Map<String, String> settings =
        Map.of(
            "pool.mode", mode, "auth.method", "trust", "limits.client-mebibytes", "" + BUDGET_MIB);
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        GatewayFixture gateway = GatewayFixture.start(database, migrations, settings);
        SocketClient bystander = SocketClient.login(gateway.port(), database.name())) {
      List<SocketClient> silent = new ArrayList<>();
      List<CompletableFuture<Void>> sending = new ArrayList<>();
      byte[] part =
          ByteBuffer.allocate(900_000).put((byte) 'Q').putInt(1_000_000).array(); // not all of it
      for (int i = 0; i < MANY; i++) {
        SocketClient client = SocketClient.login(gateway.port(), database.name());
        silent.add(client);
        sending.add(CompletableFuture.runAsync(() -> sendQuietly(client, part)));
      }
      await().until(() -> used(gateway) > (BUDGET_MIB << 20) * 3 / 4);
      byte[] query = FrontendNotation.encode("Q select '" + "x".repeat(3_000) + "'");
      bystander.sendsBytes(Arrays.copyOf(query, 2_000));
      bystander.sendsBytes(Arrays.copyOfRange(query, 2_000, query.length)).readUntil('Z');
      assertThat(used(gateway)).isLessThan((2 * BUDGET_MIB) << 20);

      Frame told = toldTo(silent);
      assertThat(told.type()).isEqualTo('E');
      assertThat(told.field('S')).isEqualTo("FATAL");
      assertThat(told.field('C')).isEqualTo("53200");

      silent.forEach(SocketClient::close);
      sending.forEach(CompletableFuture::join);
      await().untilAsserted(() -> assertThat(gateway.gateway().sessions()).isEqualTo(1));
      await().untilAsserted(() -> assertThat(used(gateway)).isZero());
    }
  }

  /** The first message that one of them gets. */
  private static Frame toldTo(List<SocketClient> clients) {
    List<SocketClient> told = new ArrayList<>();
    await()
        .until(
            () -> {
              for (SocketClient client : clients) {
                if (client.in().available() > 0) {
                  return told.add(client);
                }
              }
              return false;
            });
    return told.get(0).read();
  }

  private static void sendQuietly(SocketClient client, byte[] bytes) {
    try {
      client.sendsBytes(bytes);
    } catch (UncheckedIOException e) {
      // It was ended.
    }
  }

  private static long used(GatewayFixture gateway) throws IOException {
    try (var metrics = URI.create(gateway.adminUrl("/metrics")).toURL().openStream()) {
      return new String(metrics.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.startsWith("tenantgate_used{of=\"client_bytes\"}"))
          .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
          .sum();
    }
  }
}
