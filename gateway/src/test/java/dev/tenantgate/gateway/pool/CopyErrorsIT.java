package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.session.RawClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** COPY that fails, at its beginning and while data streams: answered as without a gateway. */
class CopyErrorsIT {

  private static final String GOOD = "1\n".repeat(20_000);
  private static final String BAD = "x\n";

  @TempDir static Path migrations;
  private static TestDatabase database;

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme; CREATE TABLE tenant_acme.t (a int CHECK (a < 5))");
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  private static byte[] join(byte[]... messages) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] message : messages) {
      all.writeBytes(message);
    }
    return all.toByteArray();
  }

  private static byte[] extended(String sql) {
    return join(PooledClient.parse("", sql), PooledClient.bind(""), PooledClient.execute());
  }

  /** Each with the number of ReadyForQuery that answer it. */
  private static List<Map.Entry<byte[], Integer>> scripts() {
    List<Map.Entry<byte[], Integer>> scripts = new ArrayList<>();
    byte[] data = join(PooledClient.copyData(GOOD), PooledClient.copyData(BAD));
    byte[] more = PooledClient.copyData(GOOD);
    byte[] done = PooledClient.copyDone();
    byte[] sync = PooledClient.sync();
    byte[] query = RawClient.query("SELECT 'next'");
    String copy = "COPY t FROM STDIN";
    scripts.add(Map.entry(join(RawClient.query(copy), data, more, more, done, query), 2));
    scripts.add(
        Map.entry(join(RawClient.query(copy), more, PooledClient.copyFail("why"), query), 2));
    scripts.add(
        Map.entry(join(RawClient.query(copy), PooledClient.copyData("7\n"), more, done, query), 2));
    scripts.add(Map.entry(join(RawClient.query(copy + "; SELECT 5"), data, done, query), 2));
    scripts.add(Map.entry(join(extended(copy), data, more, done, sync, query), 2));
    scripts.add(Map.entry(join(extended(copy), sync, data, more, done, sync, query), 2));
    scripts.add(Map.entry(join(extended("COPY t FRM STDIN"), more, done, sync, query), 2));
    scripts.add(Map.entry(join(extended("COPY t FRM STDIN"), sync, query), 2));
    scripts.add(
        Map.entry(
            join(
                extended("SELECT 1"),
                extended("COPY t FRM STDIN"),
                more,
                done,
                extended("SELECT 2"),
                sync,
                query),
            2));
    scripts.add(
        Map.entry(
            join(extended("COPY nothing FROM STDIN"), more, done, sync, extended("SELECT 3"), sync),
            2));
    scripts.add(Map.entry(join(RawClient.query("COPY t FRM STDIN"), more, done, query), 2));
    scripts.add(
        Map.entry(
            join(
                RawClient.query("BEGIN"),
                RawClient.query(copy),
                data,
                done,
                query,
                RawClient.query("ROLLBACK")),
            4));
    scripts.add(
        Map.entry(
            join(
                RawClient.query("COPY (SELECT 1 / (3 - i) FROM generate_series(1, 5) i) TO STDOUT"),
                query),
            2));
    scripts.add(
        Map.entry(
            join(
                extended("COPY (SELECT 1 / (3 - i) FROM generate_series(1, 5) i) TO STDOUT"),
                sync,
                query),
            2));
    return scripts;
  }

  private static List<String> answers(int port, byte[] script, int readies) throws IOException {
    try (PooledClient client = new PooledClient(port, database.name(), "tenant_acme", Map.of())) {
      client.send(script);
      List<String> answers = client.until('Z', readies);
      assertThat(client.query("SELECT 'alive'")).contains("D alive");
      return answers;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"session", "transaction"})
  void theyAreAnsweredAsByTheServer(String mode) throws Exception {
    try (GatewayFixture gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of("pool.mode", mode, "pool.size", "1", "auth.method", "trust"))) {
      int number = 0;
      for (Map.Entry<byte[], Integer> script : scripts()) {
        List<String> direct = answers(database.server().port(), script.getKey(), script.getValue());
        assertThat(answers(gateway.port(), script.getKey(), script.getValue()))
            .as("script %d", number++)
            .isEqualTo(direct);
      }
    }
  }
}
