package dev.tenantgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
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

  private SocketClient client() throws Exception {
    SocketClient client = SocketClient.connect(Objects.requireNonNull(GATEWAYS.get(mode)).port());
    client.startsUp(Map.of("user", "postgres", "database", database.name()));
    client.readUntil('Z');
    return client;
  }

  private void assertBackendIsFree() throws Exception {
    try (SocketClient other = client()) {
      assertThat(Frame.types(other.sends("Q select 1").readUntil('Z'))).isEqualTo("TDCZ");
    }
  }

  /** Another client gets the only backend, and the one that kept it is told why. */
  private void assertMakesRoom(SocketClient idle) throws Exception {
    assertBackendIsFree();
    Frame last = idle.read();
    while (last.type() != 'E' && last.type() != '\0' && last.type() != '!') {
      last = idle.read();
    }
    assertThat(last.field('S')).isEqualTo("FATAL");
    assertThat(last.field('C')).isEqualTo("25P03");
    assertThat(idle.isAtEnd()).isTrue();
  }

  @Test
  void withinATransaction() throws Exception {
    try (SocketClient client = client()) {
      client.sends("Q begin; insert into kept values (1)").readUntil('Z');
      assertMakesRoom(client);
    }
    assertThat(database.value("SELECT count(*) FROM kept")).isEqualTo("0");
  }

  @Test
  void withinAFailedTransaction() throws Exception {
    try (SocketClient client = client()) {
      client.sends("Q begin").readUntil('Z');
      client.sends("Q select 1/0").readUntil('Z');
      assertMakesRoom(client);
    }
  }

  @Test
  void withABatchThatHasNoSync() throws Exception {
    try (SocketClient client = client()) {
      client.sends(batch(false, "select 1"));
      assertMakesRoom(client);
    }
  }

  @Test
  void withABatchWhoseAnswersItHasFlushed() throws Exception {
    try (SocketClient client = client()) {
      client.sends(batch(true, "select 1"));
      assertMakesRoom(client);
    }
  }

  @Test
  void withHalfAMessageBehindABegin() throws Exception {
    try (SocketClient client = client()) {
      client.sends("Q begin").readUntil('Z');
      byte[] query = FrontendNotation.encode("Q insert into kept values (1)");
      client.sendsBytes(Arrays.copyOf(query, query.length - 3));
      assertMakesRoom(client);
    }
  }

  @Test
  void withCopiedDataThatDoesNotEnd() throws Exception {
    try (SocketClient client = client()) {
      client.sends("Q copy kept from stdin").readUntil('G');
      client.sends("d 1\n");
      assertMakesRoom(client);
    }
    assertThat(database.value("SELECT count(*) FROM kept")).isEqualTo("0");
  }

  @Test
  void withALongTextThatItDoesNotBind() throws Exception {
    assumeTrue(mode.equals("transaction"), "elsewhere nobody waits for its backend");
    try (SocketClient client = client()) {
      client.sends("P - select 1 --" + "x".repeat(2 << 20), "S");
      client.readUntil('Z');
      assertMakesRoom(client);
    }
  }

  @Test
  void withHalfOfCopiedData() throws Exception {
    try (SocketClient client = client()) {
      client.sends("Q copy kept from stdin").readUntil('G');
      client.sendsBytes(Arrays.copyOf(new Frame('d', new byte[2_000_000]).encoded(), 1_000_000));
      assertMakesRoom(client);
    }
  }

  @Test
  void withALongTextThatItSendsInPart() throws Exception {
    try (SocketClient client = client()) {
      client.sends("Q begin").readUntil('Z');
      byte[] query = FrontendNotation.encode("Q select 1 --" + "x".repeat(3 << 20));
      client.sendsBytes(Arrays.copyOf(query, 2 << 20));
      assertMakesRoom(client);
    }
  }

  @Test
  void withAnErrorThatNoSyncFollows() throws Exception {
    try (SocketClient client = client()) {
      client.sends(batch(true, "select 1/0")).readUntil('E');
      assertMakesRoom(client);
    }
  }

  @Test
  void withAnAnswerOfWhichItReadsNothing() throws Exception {
    try (SocketClient client = client()) {
      client.sends("Q select repeat('x', 1000) from generate_series(1, 30000)");
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
    try (SocketClient client = client()) {
      client.socket().setReceiveBufferSize(1 << 16); // the kernel's part goes on soon as well
      client.sends("Q select repeat('x', 1000) from generate_series(1, 20000)");
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
    try (SocketClient client = client()) {
      client.sends("Q select pg_sleep(0.9)");
      assertThat(Frame.types(client.readUntil('Z'))).isEqualTo("TDCZ");
      client.sends(batch(true, "select pg_sleep(0.9)"));
      client.readUntil('C');
      client.sends("S");
      client.readUntil('Z');
      client.sends("Q begin").readUntil('Z');
      client.sends("Q select pg_sleep(0.9)").readUntil('Z');
      client.sends("Q commit").readUntil('Z');
    }
  }

  /** Parse, Bind, Execute, with a Flush or without. */
  private static String batch(boolean flush, String sql) {
    return "P - " + sql + " & B - & E" + (flush ? " & H" : "");
  }
}
