package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.session.RawClient.query;
import static org.assertj.core.api.Assertions.assertThat;

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
