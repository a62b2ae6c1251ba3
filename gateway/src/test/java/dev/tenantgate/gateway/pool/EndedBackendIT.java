package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.pool.PooledClient.bind;
import static dev.tenantgate.gateway.pool.PooledClient.execute;
import static dev.tenantgate.gateway.pool.PooledClient.parse;
import static dev.tenantgate.gateway.pool.PooledClient.sync;
import static dev.tenantgate.gateway.session.RawClient.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.session.RawClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client sees its connection end with the backend that it has, and with no other. */
class EndedBackendIT {

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() {
    database = TestPostgres.oldest().newDatabase();
    database.execute("CREATE SCHEMA tenant_acme");
    gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of("pool.mode", "transaction", "pool.size", "2", "auth.method", "trust"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.close();
  }

  private static PooledClient client() throws IOException {
    return new PooledClient(gateway.port(), database.name(), "tenant_acme", Map.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "BEGIN; SELECT pg_terminate_backend(pg_backend_pid())",
        "CREATE TEMP TABLE own(i int); SELECT pg_terminate_backend(pg_backend_pid())",
      })
  void clientThatEndsItsOwnBackendIsEnded(String sql) throws IOException {
    try (PooledClient client = client()) {
      assertThat(client.send(query(sql)).untilEnd()).endsWith("E 57P01");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BEGIN; SELECT 1",
        "BEGIN; SELECT 1/0",
        "CREATE TEMP TABLE own(i int)",
        "SELECT pg_advisory_lock(1)",
      })
  void clientIsEndedWhoseBackendIsEndedWhileItHasIt(String sql) throws IOException {
    try (PooledClient client = client()) {
      client.query(sql);
      String pid =
          sql.startsWith("BEGIN")
              ? database.value(
                  "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                      + " AND state ~ 'in transaction' AND query = '%s'".formatted(sql))
              : client.value("SELECT pg_backend_pid()");
      database.execute("SELECT pg_terminate_backend(%s, 5000)".formatted(pid));
      assertThat(client.untilEnd()).endsWith("E 57P01");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clientIsEndedByTheProcessThatItWasTold(boolean inTransaction) throws IOException {
    try (PooledClient client = client();
        PooledClient other = client()) {
      client.query(inTransaction ? "BEGIN" : "SELECT 1");
      String ends = "SELECT pg_terminate_backend(%d)".formatted(client.processId());
      assertThat(other.query(ends)).containsExactly("T", "D t", "C SELECT 1", "Z I");
      assertThat(client.untilEnd()).isEqualTo("E 57P01");
      assertThat(other.value("SELECT 1")).isEqualTo("1");
    }
    try (PooledClient client = client();
        PooledClient other = client()) {
      client.query(inTransaction ? "BEGIN" : "SELECT 1");
      other.send(
          parse("", "SELECT pg_terminate_backend($1)"),
          bind("", String.valueOf(client.processId())),
          execute(),
          sync());
      assertThat(other.until('Z', 1)).contains("D t");
      assertThat(client.untilEnd()).isEqualTo("E 57P01");
    }
  }

  @Test
  void clientIsEndedByItself() throws IOException {
    try (PooledClient client = client()) {
      client.send(query("SELECT pg_terminate_backend(%d)".formatted(client.processId())));
      assertThat(client.untilEnd()).endsWith("E 57P01");
    }
  }

  @Test
  void statementIsCancelledByTheProcessThatItsClientWasTold() throws IOException {
    try (PooledClient client = client();
        PooledClient other = client()) {
      client.send(query("SELECT pg_sleep(60)"));
      await().until(() -> sleeping() == 1);
      assertThat(other.value("SELECT pg_cancel_backend(%d)".formatted(client.processId())))
          .isEqualTo("t");
      assertThat(client.until('Z', 1)).contains("E 57014");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void serverDecidesWhoMayEndAClient() throws Exception {
    database.execute("CREATE ROLE nobody_special LOGIN");
    try (PooledClient client = client();
        PooledClient other =
            new PooledClient(
                gateway.port(), database.name(), "tenant_acme", Map.of("user", "nobody_special"))) {
      assertThat(other.query("SELECT pg_terminate_backend(%d)".formatted(client.processId())))
          .containsExactly("T", "E 42501", "Z I");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    } finally {
      database.execute("DROP ROLE nobody_special");
    }
  }

  @Test
  void processThatNobodyHasIsTheServersToDenyByItsNumber() throws IOException {
    try (PooledClient client = client()) {
      assertThat(client.query("SELECT pg_terminate_backend(2147483647)"))
          .contains("D f", "N 01000");
    }
  }

  private static int sleeping() {
    return Integer.parseInt(
        database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'"
                + " AND state = 'active'"));
  }

  @Test
  void clientWithoutBackendGoesOn() throws IOException {
    try (PooledClient client = client()) {
      String pid = client.value("SELECT pg_backend_pid()");
      database.execute("SELECT pg_terminate_backend(%s, 5000)".formatted(pid));
      client.query("SELECT 1");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void largeObjectsAreReadAndWrittenWithinTransactions() throws IOException {
    try (PooledClient client = client();
        PooledClient other = client()) {
      client.query("BEGIN");
      String oid = client.value("SELECT lo_creat(-1)");
      String fd = client.value("SELECT lo_open(%s, %d)".formatted(oid, 0x60000));
      other.query("SELECT 1");
      assertThat(client.value("SELECT lowrite(%s, 'hello')".formatted(fd))).isEqualTo("5");
      assertThat(client.query("COMMIT")).containsExactly("C COMMIT", "Z I");
      client.query("BEGIN");
      fd = client.value("SELECT lo_open(%s, %d)".formatted(oid, 0x40000));
      int loread = Integer.parseInt(database.value("SELECT 'loread'::regproc::oid::int"));
      client.send(functionCall(loread, Integer.parseInt(fd), 5));
      assertThat(client.lastBodyOf('V')).endsWith("hello".getBytes(StandardCharsets.US_ASCII));
      assertThat(client.until('Z', 1)).containsExactly("Z T");
      assertThat(client.query("COMMIT")).endsWith("Z I");
      assertThat(client.value("SELECT lo_unlink(%s)".formatted(oid))).isEqualTo("1");
    }
  }

  /** A FunctionCall with binary integers. */
  private static byte[] functionCall(int function, int... arguments) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(ByteBuffer.allocate(4).putInt(function).array());
    body.writeBytes(new byte[] {0, 1, 0, 1, 0, (byte) arguments.length});
    for (int argument : arguments) {
      body.writeBytes(ByteBuffer.allocate(8).putInt(4).putInt(argument).array());
    }
    body.writeBytes(new byte[] {0, 1});
    return RawClient.message('F', body.toByteArray());
  }
}
