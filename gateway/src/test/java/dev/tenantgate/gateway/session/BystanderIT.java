package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.backend.BackendConnector;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients drive to its bound what they can make the gateway keep, one and many of them, while a
 * bystander is served.
 */
class BystanderIT {

  private static final long MIB = 1 << 20;
  private static final int BUDGET_MIB = 8;

  /** So long a bystander waits at most, but for one of a hundred answers. */
  private static final long MOST_MILLIS = 100;

  @TempDir static Path folder;
  private static TestDatabase database;
  private static final Map<String, GatewayFixture> GATEWAYS = new HashMap<>();

  private final List<SocketClient> clients = new ArrayList<>();

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    for (String mode : List.of("session", "transaction")) {
      GATEWAYS.put(
          mode,
          GatewayFixture.start(
              database,
              folder,
              Map.of(
                  "pool.mode",
                  mode,
                  "auth.method",
                  "trust",
                  "limits.client-mebibytes",
                  String.valueOf(BUDGET_MIB))));
    }
  }

  @AfterAll
  static void stop() {
    GATEWAYS.values().forEach(GatewayFixture::close);
    database.close();
  }

  @AfterEach
  void leave() throws IOException {
    for (SocketClient client : clients) {
      client.close();
    }
    for (GatewayFixture gateway : GATEWAYS.values()) {
      await().untilAsserted(() -> assertThat(gateway.gateway().sessions()).isZero());
      assertThat(used(gateway)).isZero();
    }
  }

  @BeforeEach
  void nobodyIsThere() {
    clients.clear();
  }

  private static GatewayFixture gateway(String mode) {
    return Objects.requireNonNull(GATEWAYS.get(mode));
  }

  private SocketClient client(String mode) throws IOException {
    SocketClient client = SocketClient.connect(gateway(mode).port());
    clients.add(client);
    client.startsUp(Map.of("user", "postgres", "database", database.name()));
    client.readUntil('Z');
    return client;
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

  private static long bufferBytes() {
    return ((ByteBufAllocatorMetricProvider) BackendConnector.ALLOCATOR)
        .metric()
        .usedDirectMemory();
  }

  private static byte[] header(char type, int bodyBytes) {
    return ByteBuffer.allocate(5).put((byte) type).putInt(4 + bodyBytes).array();
  }

  /**
   * The 99th percentile of its answers' times, in milliseconds: the best of three rounds where the
   * first is slow, as the machine has other things to do.
   */
  private static long served(SocketClient bystander) throws IOException {
    long best = round(bystander);
    for (int i = 0; i < 2 && best >= MOST_MILLIS; i++) {
      best = Math.min(best, round(bystander));
    }
    return best;
  }

  private static long round(SocketClient bystander) throws IOException {
    long[] nanos = new long[100];
    for (int i = 0; i < nanos.length; i++) {
      long begun = System.nanoTime();
      bystander.sends("Q select 1").readUntil('Z');
      nanos[i] = System.nanoTime() - begun;
    }
    Arrays.sort(nanos);
    return nanos[nanos.length - 2] / 1_000_000;
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "transaction"})
  void announcedLengthsTakeNoMemory(String mode) throws Exception {
    SocketClient bystander = client(mode);
    int many = mode.equals("session") ? 60 : 150; // each has a backend there
    long before = bufferBytes();
    for (int i = 0; i < many; i++) {
      client(mode).sendsBytes(header(i % 2 == 0 ? 'Q' : 'P', 1_000_000));
    }
    assertThat(served(bystander)).isLessThan(MOST_MILLIS);
    assertThat(bufferBytes() - before).isLessThan(16 * MIB);
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "transaction"})
  void partsOfMessagesKeepToTheBudget(String mode) throws Exception {
    SocketClient bystander = client(mode);
    List<CompletableFuture<Void>> sending = new ArrayList<>();
    byte[] part = Arrays.copyOf(header('Q', 1_000_000), 900_000);
    for (int i = 0; i < 30; i++) {
      SocketClient client = client(mode);
      sending.add(CompletableFuture.runAsync(() -> sendQuietly(client, part)));
    }
    await().until(() -> used(gateway(mode)) > (BUDGET_MIB - 2) * MIB);
    assertThat(served(bystander)).isLessThan(MOST_MILLIS);
    assertThat(used(gateway(mode))).isLessThan(2 * BUDGET_MIB * MIB);
    // One that has little to say in two parts is served, too.
    byte[] query = FrontendNotation.encode("Q select '" + "x".repeat(3_000) + "'");
    bystander.sendsBytes(Arrays.copyOf(query, 2_000));
    bystander.sendsBytes(Arrays.copyOfRange(query, 2_000, query.length)).readUntil('Z');
    // Those that are silent make room for those that wait, with a word.
    List<SocketClient> all = List.copyOf(clients.subList(1, clients.size()));
    await()
        .untilAsserted(
            () ->
                assertThat(gateway(mode).gateway().sessions())
                    .as("some have been ended")
                    .isLessThan(all.size() + 1));
    sending.forEach(CompletableFuture::join);
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "transaction"})
  void owedAnswersThatNobodyReadsStopTheReading(String mode) throws Exception {
    SocketClient bystander = client(mode);
    SocketClient client = client(mode);
    byte[] syncs = new byte[5 * 4_000];
    for (int i = 0; i < syncs.length; i += 5) {
      System.arraycopy(header('S', 0), 0, syncs, i, 5);
    }
    client.socket().setReceiveBufferSize(4_096);
    int batches = 600; // 2.4 million Syncs, 12 MB: more than sockets take
    AtomicLong sent = new AtomicLong();
    long before = bufferBytes();
    CompletableFuture<Void> sending =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < batches; i++) {
                sendQuietly(client, syncs);
                sent.incrementAndGet();
              }
            });
    AtomicLong last = new AtomicLong(-1);
    await().during(Duration.ofMillis(500)).until(() -> last.getAndSet(sent.get()) == sent.get());
    assertThat(sent.get()).as("it is read no further").isLessThan(batches);
    for (int i = 0; i < 6_000; i++) { // more than may be owed: it is read on
      char type = client.read().type();
      if (type != 'Z') {
        assertThat(type).isEqualTo('Z');
      }
    }
    assertThat(bufferBytes() - before).isLessThan(16 * MIB);
    assertThat(served(bystander)).isLessThan(MOST_MILLIS);
    client.close();
    sending.join();
  }

  private static void sendQuietly(SocketClient client, byte[] bytes) {
    try {
      client.sendsBytes(bytes);
    } catch (UncheckedIOException e) {
      // It was ended.
    }
  }

  @Test
  void whoIsEndedForWantOfMemoryIsTold() throws Exception {
    // Two fill the budget of bytes and say no more; a third waits until one of them is ended.
    List<SocketClient> silent = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      SocketClient client = client("transaction");
      silent.add(client);
      CompletableFuture.runAsync(
          () -> sendQuietly(client, Arrays.copyOf(header('Q', 1_000_000), 900_000)));
    }
    Frame told = new Frame(' ', new byte[0]);
    for (SocketClient client : silent) {
      client.socket().setSoTimeout(15_000);
    }
    await().until(() -> gateway("transaction").gateway().sessions() < silent.size());
    for (SocketClient client : silent) {
      if (client.in().available() > 0) {
        told = client.read();
        break;
      }
    }
    assertThat(told.type()).isEqualTo('E');
    assertThat(told.field('C')).isEqualTo("53200");
    assertThat(told.field('S')).isEqualTo("FATAL");
  }
}
