package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client of a single backend leaves in the middle of something: the next one gets the same
 * backend, and finds nothing of it.
 */
class LeavingIT {

  private static final String TERMINATE = "X";

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;
  private SocketClient leaving;
  private String pid;

  @BeforeAll
  static void start() {
    database = TestPostgres.oldest().newDatabase();
    database.execute(
        "CREATE SCHEMA tenant_acme; CREATE TABLE tenant_acme.t(i int);"
            + " CREATE TABLE tenant_acme.source AS SELECT 1 AS i");
    gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of("pool.mode", "transaction", "pool.size", "1", "auth.method", "trust"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.close();
  }

  @BeforeEach
  void connect() {
    database.execute("TRUNCATE tenant_acme.t");
    leaving = client();
    pid = leaving.value("SELECT pg_backend_pid()");
  }

  @AfterEach
  void disconnect() {
    leaving.close();
  }

  private static SocketClient client() {
    return SocketClient.login(gateway.port(), database.name(), "tenant_acme,public", Map.of());
  }

  /** Leaves; the backend is the next client's, and the table has so many rows. */
  private void leavesWith(int rows) {
    leaving.close();
    assertBackendIsKept(rows);
  }

  private void assertBackendIsKept(int rows) {
    try (SocketClient next = client()) {
      assertThat(next.value("SELECT pg_backend_pid()")).isEqualTo(pid);
      next.sends("Q SELECT count(*) FROM t").gets("T", "D " + rows, "C SELECT 1", "Z I");
      next.sends("P - SELECT 1", "B -", "E", "S").gets("1", "2", "D 1", "C SELECT 1", "Z I");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BEGIN; INSERT INTO t VALUES (1)",
        "BEGIN; INSERT INTO t VALUES (1); SELECT 1/0",
        "BEGIN; SAVEPOINT s; INSERT INTO t VALUES (1); SET LOCAL work_mem = '1MB'",
        "BEGIN; LOCK TABLE t; DECLARE c CURSOR FOR SELECT 1",
      })
  void transactionIsRolledBack(String sql) {
    leaving.query(sql);
    leavesWith(0);
  }

  @Test
  void transactionIsRolledBackBehindTerminate() {
    leaving.query("BEGIN; INSERT INTO t VALUES (1)");
    leaving.sends(TERMINATE);
    assertBackendIsKept(0);
  }

  @Test
  void statementThatIsCommittedOnAnyConnectionIsCommitted() {
    leaving.sends("Q INSERT INTO t VALUES (1)", TERMINATE);
    assertBackendIsKept(1);
  }

  @Test
  void batchWithoutSyncIsNotCommitted() {
    leaving.sends("P - INSERT INTO t VALUES (1)", "B -", "E", "H");
    leaving.until('C');
    leavesWith(0);
  }

  @Test
  void batchThatFailedIsPassedOver() {
    leaving.sends("P a INSERT INTO t VALUES (1)", "B a", "E", "P - SELECT 1/0", "B -", "E", "H");
    leaving.until('E');
    leaving.sends("P b SELECT 2");
    leavesWith(0);
  }

  @Test
  void batchWithinTransactionIsRolledBack() {
    leaving.query("BEGIN");
    leaving.sends("P - INSERT INTO t VALUES (1)", "B -", "E", "H");
    leaving.until('C');
    leavesWith(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void copiedDataIsGivenUp(boolean inTransaction) {
    if (inTransaction) {
      leaving.query("BEGIN");
    }
    leaving.sends("Q COPY t FROM STDIN");
    leaving.until('G');
    leaving.sends("d 1\n");
    leavesWith(0);
  }

  @Test
  void copiedDataOfBatchIsGivenUp() {
    leaving.sends("P - COPY t FROM STDIN", "B -", "E", "H");
    leaving.until('G');
    leaving.sends("d 1\n");
    leavesWith(0);
  }

  @Test
  void copyIsGivenUpThatTheServerHasNotBegun() {
    leaving.sends("Q COPY t FROM STDIN", TERMINATE);
    assertBackendIsKept(0);
    leaving = client();
    leaving.sends("P - COPY t FROM STDIN", "B -", "E", TERMINATE);
    assertBackendIsKept(0);
    leaving = client();
    leaving.sends("Q BEGIN", "P - COPY t FROM STDIN", "B -", "E", "H", TERMINATE);
    assertBackendIsKept(0);
  }

  @Test
  void halfMessageThatWasNotForwardedIsDropped() {
    leaving.query("BEGIN; INSERT INTO t VALUES (1)");
    byte[] whole = FrontendNotation.encode("Q COMMIT");
    leaving.sendsBytes(Arrays.copyOf(whole, whole.length - 2));
    leavesWith(0);
  }

  @Test
  void halfMessageThatWasForwardedCostsTheBackend() {
    leaving.query("BEGIN");
    leaving.sends("Q COPY t FROM STDIN");
    leaving.until('G');
    byte[] whole = FrontendNotation.encode("d " + "1\n".repeat(100_000));
    leaving.sendsBytes(Arrays.copyOf(whole, whole.length / 2));
    leaving.close();
    try (SocketClient next = client()) {
      assertThat(next.value("SELECT pg_backend_pid()")).isNotEqualTo(pid);
      assertThat(next.value("SELECT count(*) FROM t")).isEqualTo("0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"SELECT pg_sleep(300)", "SELECT * FROM generate_series(1, 1000000000)"})
  void longStatementWithinTransactionIsCancelled(String sql) {
    leaving.query("BEGIN; INSERT INTO t VALUES (1)");
    leaving.sends("Q " + sql);
    await().until(() -> running(sql) == 1);
    leavesWith(0);
    assertThat(running(sql)).isZero();
  }

  @Test
  void longStatementOutsideTransactionGoesOnWithoutItsBackend() throws Exception {
    String sql = "INSERT INTO t SELECT i FROM source";
    try (Connection holder = database.connect();
        Statement lock = holder.createStatement()) {
      lock.execute("BEGIN; LOCK TABLE tenant_acme.source");
      leaving.sends("Q " + sql);
      await().until(() -> running(sql) == 1);
      leaving.close();
      try (SocketClient next = client()) {
        assertThat(next.value("SELECT pg_backend_pid()")).isNotEqualTo(pid);
        assertThat(next.value("SELECT count(*) FROM t")).isEqualTo("0");
        lock.execute("COMMIT");
        await().until(() -> next.value("SELECT count(*) FROM t").equals("1"));
      }
    }
  }

  private static int running(String sql) {
    return Integer.parseInt(
        database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = '%s'"
                .formatted(sql)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TEMP TABLE own(i int)",
        "SELECT pg_advisory_lock(1)",
        "PREPARE p AS SELECT 1",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
        "BEGIN; CREATE TEMP TABLE own(i int); SET work_mem = '7MB'",
      })
  void stateOfPinnedSessionIsDiscarded(String sql) {
    leaving.query(sql);
    leavesWith(0);
    try (SocketClient next = client()) {
      List<String> left =
          next.query(
              "SELECT (SELECT count(*) FROM pg_class WHERE relname = 'own'),"
                  + " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),"
                  + " (SELECT count(*) FROM pg_cursors WHERE is_holdable),"
                  + " (SELECT count(*) FROM pg_prepared_statements WHERE from_sql),"
                  + " current_setting('work_mem')");
      assertThat(left).contains("D 0|0|0|0|4MB");
    }
  }

  @Test
  void settingsThatAreNotReadBackAreDiscarded() {
    leaving.sends("Q SET work_mem = '7MB'", "Q SELECT 1", TERMINATE);
    leaving.close();
    try (SocketClient next = client()) {
      assertThat(next.value("SELECT current_setting('work_mem')")).isEqualTo("4MB");
    }
  }

  @Test
  void preparedStatementsAreThereForTheNext() {
    leaving.sends("P s SELECT 5", "S").until('Z');
    leaving.query("BEGIN; CREATE TEMP TABLE own(i int)");
    try (SocketClient next = client()) {
      next.sends("P s SELECT 5", "B s", "E", "S");
      leaving.close();
      assertThat(next.until('Z')).contains("D 5");
      assertThat(next.sends("B s", "E", "S").until('Z')).contains("D 5");
    }
  }
}
