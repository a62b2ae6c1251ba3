package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.connect.BackendConnector;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replication connections that are passed, message by message. */
class ReplicationStreamIT {

  private static final long MEBIBYTE = 1 << 20;

  @TempDir Path folder;

  private GatewayFixture start(TestDatabase database, Map<String, String> changes) {
    Map<String, String> all = new HashMap<>(Map.of("database.replication", "pass"));
    all.putAll(changes);
    return GatewayFixture.start(database, folder, all);
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "on", "1", "database"})
  void everySpellingReachesTheServer(String replication) throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        GatewayFixture gateway = start(database, Map.of());
        SocketClient client = login(gateway, database.name(), replication)) {
      client.sends("Q IDENTIFY_SYSTEM");

      List<Frame> answer = client.readUntil('Z');

      assertThat(Frame.types(answer)).isEqualTo("TDCZ");
      String row = new String(answer.get(1).body(), StandardCharsets.UTF_8);
      assertThat(row.contains(database.name())).isEqualTo(replication.equals("database"));
    }
  }

  @Test
  void whatTheServerDoesntTakeItRefusesItself() throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        GatewayFixture gateway = start(database, Map.of());
        SocketClient client = SocketClient.connect(gateway.port())) {
      client.sendsBytes(startup(database.name(), "maybe"));

      Frame error = client.readUntil('E').get(0);

      assertThat(error.field('C')).isEqualTo("22023");
      assertThat(error.field('M')).contains("invalid value for parameter \"replication\"");
    }
  }

  @Test
  void aTenantOrAnotherDatabaseIsRefused() throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        GatewayFixture gateway = start(database, Map.of())) {
      assertRefused(gateway, Map.of("database", "template1"), "3D000");
      assertRefused(
          gateway,
          Map.of("database", database.name(), "options", "-ctenantgate.tenant=acme"),
          "0A000");
      assertRefused(
          gateway,
          Map.of("database", database.name(), "options", "-ctenantgate.min_version=1"),
          "0A000");
    }
  }

  private static void assertRefused(
      GatewayFixture gateway, Map<String, String> parameters, String sqlState) throws IOException {
    Map<String, String> all = new HashMap<>(parameters);
    all.put("user", "postgres");
    all.put("replication", "database");
    try (SocketClient client = SocketClient.connect(gateway.port())) {
      assertThat(client.startsUp(all).read().field('C')).isEqualTo(sqlState);
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  /** A failed migration of public, or of a tenant, would hold back whatever streams. */
  @Test
  void itIsntGated() throws Exception {
    GatewayFixture.migration(folder, "1_broken.sql", "SELECT 1/0");
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        GatewayFixture gateway = start(database, Map.of("migrations.default-scope", "public"));
        SocketClient client = login(gateway, database.name(), "database")) {
      assertThatThrownBy(() -> gateway.connect(Map.of()).close())
          .isInstanceOf(SQLException.class)
          .extracting(e -> ((SQLException) e).getSQLState())
          .isEqualTo("57P03");

      client.sends("Q SELECT 1");

      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("TDCZ");
    }
  }

  @Test
  void theEndOfTheGatewayDoesntWaitForAStream() throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        GatewayFixture gateway = start(database, Map.of());
        SocketClient client = streaming(gateway, database)) {
      CompletableFuture<Void> drained =
          CompletableFuture.runAsync(
              () -> {
                try {
                  gateway.gateway().drain(new Semaphore(0));
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });

      // The drain timeout is much longer.
      assertThat(lastError(client).field('C')).isEqualTo("57P01");
      await().until(drained::isDone);
    }
  }

  private static Frame lastError(SocketClient client) throws IOException {
    List<Frame> all = client.readUntil('E');
    return all.get(all.size() - 1);
  }

  @Test
  void aStreamIsListedAndCanBeCancelled() throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        GatewayFixture gateway = start(database, Map.of());
        SocketClient client = SocketClient.connect(gateway.port())) {
      client.sendsBytes(startup(database.name(), "database")).readUntil('Z');
      client.sends(streamFrom(ReplicationIT.flushed(database))).readUntil('W');
      assertThat(get(gateway, "/api/v1/sessions")).contains("\"streaming\"");
      assertThat(get(gateway, "/api/v1/sessions?in_transaction=0s")).contains("[]");

      client.cancels();

      assertThat(lastError(client).field('C')).isEqualTo("57014");
      client.readUntil('Z');
      assertThat(get(gateway, "/api/v1/sessions")).contains("[]");
      client.sends("Q SHOW wal_level");
      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("TDCZ");
    }
  }

  private static String get(GatewayFixture gateway, String path) throws IOException {
    try (InputStream answer = URI.create(gateway.adminUrl(path)).toURL().openStream()) {
      return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void whoDoesntReadHoldsTheServerBackAndCostsLittle() throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase()) {
      database.execute("CREATE PUBLICATION items FOR ALL TABLES");
      try (GatewayFixture gateway = start(database, Map.of());
          SocketClient client = streamingChanges(gateway, database)) {
        long before = bufferBytes();
        database.execute(
            "SELECT pg_logical_emit_message(true, 'bulk', repeat('x', 1000000))"
                + " FROM generate_series(1, 40)");
        String waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'WalSenderWriteData'";
        await().untilAsserted(() -> assertThat(database.value(waiting)).isEqualTo("1"));
        assertThat(bufferBytes() - before).isLessThan(16 * MEBIBYTE);

        int whole = 0;
        while (whole < 40) {
          Frame message = client.read();
          assertThat(message.type()).isEqualTo('d');
          whole += message.body().length > 1_000_000 ? 1 : 0;
        }

        assertThat(bufferBytes() - before).isLessThan(16 * MEBIBYTE);
      }
      ReplicationIT.awaitNoSlots(database);
    }
  }

  private static SocketClient streamingChanges(GatewayFixture gateway, TestDatabase database)
      throws IOException {
    SocketClient client = login(gateway, database.name(), "database");
    String slot = "slot_" + database.name();
    client.sends("Q CREATE_REPLICATION_SLOT " + slot + " TEMPORARY LOGICAL pgoutput");
    client.readUntil('Z');
    String options = "(proto_version '1', publication_names 'items', messages 'true')";
    client.sends("Q START_REPLICATION SLOT " + slot + " LOGICAL 0/0 " + options);
    client.readUntil('W');
    return client;
  }

  private static long bufferBytes() {
    return ((ByteBufAllocatorMetricProvider) BackendConnector.ALLOCATOR)
        .metric()
        .usedDirectMemory();
  }

  /** A client to which the server's log is streamed from now on. */
  private static SocketClient streaming(GatewayFixture gateway, TestDatabase database)
      throws IOException {
    SocketClient client = login(gateway, "replication", "true");
    client.sends(streamFrom(ReplicationIT.flushed(database))).readUntil('W');
    return client;
  }

  private static String streamFrom(String position) {
    return "Q START_REPLICATION PHYSICAL " + position;
  }

  private static SocketClient login(GatewayFixture gateway, String database, String replication)
      throws IOException {
    SocketClient client = SocketClient.connect(gateway.port());
    client.sendsBytes(startup(database, replication)).readUntil('Z');
    return client;
  }

  private static byte[] startup(String database, String replication) {
    return FrontendNotation.startup(
        Map.of("user", "postgres", "database", database, "replication", replication));
  }
}
