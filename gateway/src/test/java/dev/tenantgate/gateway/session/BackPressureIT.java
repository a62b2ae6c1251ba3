package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.connect.BackendConnector;
import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A slow reader makes the server wait, not the gateway grow. */
class BackPressureIT {

  private static final long MEBIBYTE = 1 << 20;

  @TempDir Path migrations;

  @ParameterizedTest
  @CsvSource({
    "session, D, SELECT %s",
    "session, d, COPY (SELECT %s) TO STDOUT",
    "transaction, D, SELECT %s",
    "transaction, d, COPY (SELECT %s) TO STDOUT"
  })
  void aClientThatDoesntReadCostsLittle(String mode, char row, String statement) throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        GatewayFixture gateway = start(database, mode);
        SocketClient client = login(gateway, database)) {
      long before = bufferBytes();

      client.sends("Q " + statement.formatted("repeat('x', 1000000) FROM generate_series(1, 100)"));

      // The server has filled every buffer on the way and waits for the client.
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          database.value(
                              "SELECT count(*) FROM pg_stat_activity WHERE wait_event ="
                                  + " 'ClientWrite'"))
                      .isEqualTo("1"));
      assertThat(bufferBytes() - before).isLessThan(16 * MEBIBYTE);
      long rows = client.readUntil('Z').stream().filter(m -> m.type() == row).count();
      assertThat(rows).isEqualTo(100);
      assertThat(bufferBytes() - before).isLessThan(16 * MEBIBYTE);
    }
  }

  /** The server doesn't take what is copied: the client has to wait, the gateway keeps little. */
  @BothModes
  void aServerThatDoesntReadCostsLittle(String mode) throws Exception {
    byte[] row = FrontendNotation.encode("d " + "x".repeat(1_000_000));
    row[row.length - 1] = '\n';
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        GatewayFixture gateway = start(database, mode);
        SocketClient client = login(gateway, database);
        Connection blocker = database.connect()) {
      // Its first row makes the server wait for whoever has inserted the same one.
      database.execute("CREATE TABLE copied(t text); CREATE UNIQUE INDEX ON copied (left(t, 1))");
      blocker.setAutoCommit(false);
      blocker.createStatement().execute("INSERT INTO copied VALUES ('x')");
      client.sends("Q COPY copied FROM STDIN").readUntil('G');
      long before = bufferBytes();
      CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> send(client, row, 60));
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          database.value(
                              "SELECT count(*) FROM pg_stat_activity"
                                  + " WHERE wait_event = 'transactionid'"))
                      .isEqualTo("1"));
      assertThat(sending).isNotDone();
      assertThat(bufferBytes() - before).isLessThan(16 * MEBIBYTE);

      blocker.commit();

      assertThat(client.readUntil('Z').get(0).field('C')).isEqualTo("23505");
      sending.join();
      client.sends("Q SELECT 1").readUntil('Z');
    }
  }

  private static void send(SocketClient client, byte[] row, int times) {
    for (int i = 0; i < times; i++) {
      client.sendsBytes(row);
    }
    client.sends("c");
  }

  private GatewayFixture start(TestDatabase database, String mode) {
    return GatewayFixture.start(
        database, migrations, Map.of("pool.mode", mode, "auth.method", "trust"));
  }

  private static SocketClient login(GatewayFixture gateway, TestDatabase database)
      throws IOException {
    SocketClient client = SocketClient.connect(gateway.port());
    client.startsUp(Map.of("user", "postgres", "database", database.name()));
    client.readUntil('Z');
    return client;
  }

  private static long bufferBytes() {
    return ((ByteBufAllocatorMetricProvider) BackendConnector.ALLOCATOR)
        .metric()
        .usedDirectMemory();
  }
}
