package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.testing.wire.Frame.last;
import static dev.tenantgate.gateway.testing.wire.FrontendNotation.functionCall;
import static dev.tenantgate.gateway.testing.wire.FrontendNotation.int4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
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

  private static SocketClient client() {
    return SocketClient.login(gateway.port(), database.name(), "tenant_acme", Map.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "BEGIN; SELECT pg_terminate_backend(pg_backend_pid())",
        "CREATE TEMP TABLE own(i int); SELECT pg_terminate_backend(pg_backend_pid())",
      })
  void clientThatEndsItsOwnBackendIsEnded(String sql) {
    try (SocketClient client = client()) {
      assertThat(client.sends("Q " + sql).untilEnd()).endsWith("E 57P01");
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
  void clientIsEndedWhoseBackendIsEndedWhileItHasIt(String sql) {
    try (SocketClient client = client()) {
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
  void clientIsEndedByTheProcessThatItWasTold(boolean inTransaction) {
    try (SocketClient client = client();
        SocketClient other = client()) {
      client.query(inTransaction ? "BEGIN" : "SELECT 1");
      String ends = "SELECT pg_terminate_backend(%d)".formatted(client.process());
      other.sends("Q " + ends).gets("T", "D t", "C SELECT 1", "Z I");
      assertThat(client.untilEnd()).isEqualTo("E 57P01");
      assertThat(other.value("SELECT 1")).isEqualTo("1");
    }
    try (SocketClient client = client();
        SocketClient other = client()) {
      client.query(inTransaction ? "BEGIN" : "SELECT 1");
      other.sends("P - SELECT pg_terminate_backend($1)", "B - " + client.process(), "E", "S");
      assertThat(other.until('Z')).contains("D t");
      assertThat(client.untilEnd()).isEqualTo("E 57P01");
    }
  }

  @Test
  void clientIsEndedByItself() {
    try (SocketClient client = client()) {
      client.sends("Q SELECT pg_terminate_backend(%d)".formatted(client.process()));
      assertThat(client.untilEnd()).endsWith("E 57P01");
    }
  }

  @Test
  void statementIsCancelledByTheProcessThatItsClientWasTold() {
    try (SocketClient client = client();
        SocketClient other = client()) {
      client.sends("Q SELECT pg_sleep(60)");
      await().until(() -> sleeping() == 1);
      assertThat(other.value("SELECT pg_cancel_backend(%d)".formatted(client.process())))
          .isEqualTo("t");
      assertThat(client.until('Z')).contains("E 57014");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void serverDecidesWhoMayEndAClient() throws Exception {
    database.execute("CREATE ROLE nobody_special LOGIN");
    try (SocketClient client = client();
        SocketClient other =
            SocketClient.login(
                gateway.port(), database.name(), "tenant_acme", Map.of("user", "nobody_special"))) {
      other
          .sends("Q SELECT pg_terminate_backend(%d)".formatted(client.process()))
          .gets("T", "E 42501", "Z I");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    } finally {
      database.execute("DROP ROLE nobody_special");
    }
  }

  @Test
  void processThatNobodyHasIsTheServersToDenyByItsNumber() {
    try (SocketClient client = client()) {
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
  void clientWithoutBackendGoesOn() {
    try (SocketClient client = client()) {
      String pid = client.value("SELECT pg_backend_pid()");
      database.execute("SELECT pg_terminate_backend(%s, 5000)".formatted(pid));
      client.query("SELECT 1");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void largeObjectsAreReadAndWrittenWithinTransactions() {
    try (SocketClient client = client();
        SocketClient other = client()) {
      client.query("BEGIN");
      String oid = client.value("SELECT lo_creat(-1)");
      String fd = client.value("SELECT lo_open(%s, %d)".formatted(oid, 0x60000));
      other.query("SELECT 1");
      assertThat(client.value("SELECT lowrite(%s, 'hello')".formatted(fd))).isEqualTo("5");
      client.sends("Q COMMIT").gets("C COMMIT", "Z I");
      client.query("BEGIN");
      fd = client.value("SELECT lo_open(%s, %d)".formatted(oid, 0x40000));
      int loread = Integer.parseInt(database.value("SELECT 'loread'::regproc::oid::int"));
      client.sends(functionCall(loread, int4(Integer.parseInt(fd)), int4(5)));
      assertThat(last(client.readUntil('V')).body())
          .endsWith("hello".getBytes(StandardCharsets.US_ASCII));
      client.gets("Z T");
      assertThat(client.query("COMMIT")).endsWith("Z I");
      assertThat(client.value("SELECT lo_unlink(%s)".formatted(oid))).isEqualTo("1");
    }
  }
}
