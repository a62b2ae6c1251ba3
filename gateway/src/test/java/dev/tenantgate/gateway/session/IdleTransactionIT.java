package dev.tenantgate.gateway.session;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.session.RawClient.Message;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that keeps a backend and does nothing with it makes room for others in time. */
@ParameterizedClass
@ValueSource(strings = {"transaction", "session"})
class IdleTransactionIT {

  @Parameter String mode = "";

  @TempDir static Path folder;
  private static TestDatabase database;
  private static final Map<String, GatewayFixture> GATEWAYS = new HashMap<>();

  @BeforeAll
  static void start() {
    database = TestPostgres.latest().newDatabase();
    database.execute("CREATE TABLE kept (id int)");
    for (String mode : List.of("transaction", "session")) {
      GATEWAYS.put(
          mode,
          GatewayFixture.start(
              database,
              folder,
              Map.of(
                  "pool.mode", mode,
                  "pool.size", "1",
                  "auth.method", "trust",
                  "pool.idle-transaction-timeout", "300ms")));
    }
  }

  @AfterAll
  static void stop() {
    GATEWAYS.values().forEach(GatewayFixture::close);
    database.close();
  }

  private RawClient client() throws Exception {
    RawClient client = new RawClient(Objects.requireNonNull(GATEWAYS.get(mode)).port());
    client.send(RawClient.startup(Map.of("user", "postgres", "database", database.name())));
    client.readUntil('Z');
    return client;
  }

  private void assertBackendIsFree() throws Exception {
    try (RawClient other = client()) {
      assertThat(RawClient.types(other.send(RawClient.query("select 1")).readUntil('Z')))
          .isEqualTo("TDCZ");
    }
  }

  /** Another client gets the only backend, and the one that kept it is told why. */
  private void assertMakesRoom(RawClient idle) throws Exception {
    assertBackendIsFree();
    Message last = idle.read();
    while (last.type() != 'E' && last.type() != '\0' && last.type() != '!') {
      last = idle.read();
    }
    assertThat(last.field('S')).isEqualTo("FATAL");
    assertThat(last.field('C')).isEqualTo("25P03");
    assertThat(idle.isAtEnd()).isTrue();
  }

  @Test
  void withinATransaction() throws Exception {
    try (RawClient client = client()) {
      client.send(RawClient.query("begin; insert into kept values (1)")).readUntil('Z');
      assertMakesRoom(client);
    }
    assertThat(database.value("SELECT count(*) FROM kept")).isEqualTo("0");
  }

  @Test
  void withinAFailedTransaction() throws Exception {
    try (RawClient client = client()) {
      client.send(RawClient.query("begin")).readUntil('Z');
      client.send(RawClient.query("select 1/0")).readUntil('Z');
      assertMakesRoom(client);
    }
  }

  @Test
  void withABatchThatHasNoSync() throws Exception {
    try (RawClient client = client()) {
      client.send(batch(false, "select 1"));
      assertMakesRoom(client);
    }
  }

  @Test
  void withABatchWhoseAnswersItHasFlushed() throws Exception {
    try (RawClient client = client()) {
      client.send(batch(true, "select 1"));
      assertMakesRoom(client);
    }
  }

  @Test
  void withHalfAMessageBehindABegin() throws Exception {
    try (RawClient client = client()) {
      client.send(RawClient.query("begin")).readUntil('Z');
      byte[] query = RawClient.query("insert into kept values (1)");
      client.send(Arrays.copyOf(query, query.length - 3));
      assertMakesRoom(client);
    }
  }

  @Test
  void withCopiedDataThatDoesNotEnd() throws Exception {
    try (RawClient client = client()) {
      client.send(RawClient.query("copy kept from stdin")).readUntil('G');
      client.send(RawClient.message('d', "1\n".getBytes(US_ASCII)));
      assertMakesRoom(client);
    }
    assertThat(database.value("SELECT count(*) FROM kept")).isEqualTo("0");
  }

  @Test
  void withALongTextThatItDoesNotBind() throws Exception {
    assumeTrue(mode.equals("transaction"), "elsewhere nobody waits for its backend");
    try (RawClient client = client()) {
      byte[] text = ("\0select 1 --" + "x".repeat(2 << 20) + "\0\0\0").getBytes(US_ASCII);
      client.send(RawClient.message('P', text)).send(RawClient.message('S', new byte[0]));
      client.readUntil('Z');
      assertMakesRoom(client);
    }
  }

  @Test
  void withHalfOfCopiedData() throws Exception {
    try (RawClient client = client()) {
      client.send(RawClient.query("copy kept from stdin")).readUntil('G');
      client.send(Arrays.copyOf(RawClient.message('d', new byte[2_000_000]), 1_000_000));
      assertMakesRoom(client);
    }
  }

  @Test
  void withALongTextThatItSendsInPart() throws Exception {
    try (RawClient client = client()) {
      client.send(RawClient.query("begin")).readUntil('Z');
      byte[] query = RawClient.query("select 1 --" + "x".repeat(3 << 20));
      client.send(Arrays.copyOf(query, 2 << 20));
      assertMakesRoom(client);
    }
  }

  @Test
  void withAnErrorThatNoSyncFollows() throws Exception {
    try (RawClient client = client()) {
      client.send(batch(true, "select 1/0")).readUntil('E');
      assertMakesRoom(client);
    }
  }

  @Test
  void withAnAnswerOfWhichItReadsNothing() throws Exception {
    try (RawClient client = client()) {
      client.send(RawClient.query("select repeat('x', 1000) from generate_series(1, 30000)"));
      assertBackendIsFree();
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(
                          database.value(
                              "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%, 30000)'"
                                  + " AND state = 'active' AND datname = '%s'"
                                      .formatted(database.name())))
                      .isEqualTo("0"));
    }
  }

  @Test
  void oneThatReadsSlowlyIsWaitedFor() throws Exception {
    try (RawClient client = client()) {
      client.socket().setReceiveBufferSize(1 << 16); // the kernel's part goes on soon as well
      client.send(RawClient.query("select repeat('x', 1000) from generate_series(1, 20000)"));
      InputStream in = client.in();
      long bytes = 0;
      for (int i = 0; i < 9; i++) {
        bytes += in.readNBytes(1 << 20).length;
        TimeUnit.MILLISECONDS.sleep(100); // as slow as it is
      }
      bytes += in.readNBytes((int) (20_000 * 1_011L + 56 - bytes)).length;
      assertThat(bytes).isGreaterThan(20_000 * 1_011L);
    }
  }

  @Test
  void aServerThatWorksIsWaitedFor() throws Exception {
    try (RawClient client = client()) {
      client.send(RawClient.query("select pg_sleep(0.9)"));
      assertThat(RawClient.types(client.readUntil('Z'))).isEqualTo("TDCZ");
      client.send(batch(true, "select pg_sleep(0.9)"));
      client.readUntil('C');
      client.send(RawClient.message('S', new byte[0]));
      client.readUntil('Z');
      client.send(RawClient.query("begin")).readUntil('Z');
      client.send(RawClient.query("select pg_sleep(0.9)")).readUntil('Z');
      client.send(RawClient.query("commit")).readUntil('Z');
    }
  }

  /** Parse, Bind, Execute, with a Flush or without. */
  private static byte[] batch(boolean flush, String sql) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] text = ("\0" + sql + "\0\0\0").getBytes(US_ASCII);
    out.write(RawClient.message('P', text));
    out.write(RawClient.message('B', new byte[8]));
    out.write(RawClient.message('E', new byte[5]));
    if (flush) {
      out.write(RawClient.message('H', new byte[0]));
    }
    return out.toByteArray();
  }
}
