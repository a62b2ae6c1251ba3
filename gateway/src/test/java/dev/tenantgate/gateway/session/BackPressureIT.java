package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.backend.BackendConnector;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who reads slowly makes the server wait, not the gateway grow. */
class BackPressureIT {

  private static final long MEBIBYTE = 1 << 20;

  @TempDir Path migrations;

  @Test
  void aClientThatDoesntReadCostsLittle() throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        GatewayFixture gateway = GatewayFixture.start(database, migrations, Map.of());
        RawClient client = new RawClient(gateway.port())) {
      client.send(RawClient.startup(Map.of("user", "postgres", "database", database.name())));
      client.readUntil('Z');
      long before = bufferBytes();

      client.send(RawClient.query("SELECT repeat('x', 1000000) FROM generate_series(1, 200)"));

      // The server has filled every buffer on the way and waits for the client.
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          database.value(
                              "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'"))
                      .isEqualTo("1"));
      assertThat(bufferBytes() - before).isLessThan(16 * MEBIBYTE);
      long rows = client.readUntil('Z').stream().filter(m -> m.type() == 'D').count();
      assertThat(rows).isEqualTo(200);
      assertThat(bufferBytes() - before).isLessThan(16 * MEBIBYTE);
    }
  }

  private static long bufferBytes() {
    return ((ByteBufAllocatorMetricProvider) BackendConnector.ALLOCATOR)
        .metric()
        .usedDirectMemory();
  }
}
