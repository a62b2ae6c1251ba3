package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.pool.PooledClient.bind;
import static dev.tenantgate.gateway.pool.PooledClient.copyData;
import static dev.tenantgate.gateway.pool.PooledClient.execute;
import static dev.tenantgate.gateway.pool.PooledClient.flush;
import static dev.tenantgate.gateway.pool.PooledClient.parse;
import static dev.tenantgate.gateway.pool.PooledClient.sync;
import static dev.tenantgate.gateway.session.RawClient.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.session.RawClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
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

  private static final byte[] TERMINATE = RawClient.message('X', new byte[0]);

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;
  private PooledClient leaving;
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
  void connect() throws IOException {
    database.execute("TRUNCATE tenant_acme.t");
    leaving = client();
    pid = leaving.value("SELECT pg_backend_pid()");
  }

  @AfterEach
  void disconnect() throws IOException {
    leaving.close();
  }

  private static PooledClient client() throws IOException {
    return new PooledClient(gateway.port(), database.name(), "tenant_acme,public", Map.of());
  }

  /** Leaves; the backend is the next client's, and the table has so many rows. */
  private void leavesWith(int rows) throws IOException {
    leaving.close();
    assertBackendIsKept(rows);
  }

  private void assertBackendIsKept(int rows) throws IOException {
    try (PooledClient next = client()) {
      assertThat(next.value("SELECT pg_backend_pid()")).isEqualTo(pid);
      assertThat(next.query("SELECT count(*) FROM t"))
          .containsExactly("T", "D " + rows, "C SELECT 1", "Z I");
      assertThat(next.send(parse("", "SELECT 1"), bind(""), execute(), sync()).until('Z', 1))
          .containsExactly("1", "2", "D 1", "C SELECT 1", "Z I");
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
  void transactionIsRolledBack(String sql) throws IOException {
    leaving.query(sql);
    leavesWith(0);
  }

  @Test
  void transactionIsRolledBackBehindTerminate() throws IOException {
    leaving.query("BEGIN; INSERT INTO t VALUES (1)");
    leaving.send(TERMINATE);
    assertBackendIsKept(0);
  }

  @Test
  void statementThatIsCommittedOnAnyConnectionIsCommitted() throws IOException {
    leaving.send(query("INSERT INTO t VALUES (1)"), TERMINATE);
    assertBackendIsKept(1);
  }

  @Test
  void batchWithoutSyncIsNotCommitted() throws IOException {
    leaving.send(parse("", "INSERT INTO t VALUES (1)"), bind(""), execute(), flush());
    leaving.until('C', 1);
    leavesWith(0);
  }

  @Test
  void batchThatFailedIsPassedOver() throws IOException {
    leaving.send(
        parse("a", "INSERT INTO t VALUES (1)"),
        bind("a"),
        execute(),
        parse("", "SELECT 1/0"),
        bind(""),
        execute(),
        flush());
    leaving.until('E', 1);
    leaving.send(parse("b", "SELECT 2"));
    leavesWith(0);
  }

  @Test
  void batchWithinTransactionIsRolledBack() throws IOException {
    leaving.query("BEGIN");
    leaving.send(parse("", "INSERT INTO t VALUES (1)"), bind(""), execute(), flush());
    leaving.until('C', 1);
    leavesWith(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void copiedDataIsGivenUp(boolean inTransaction) throws IOException {
    if (inTransaction) {
      leaving.query("BEGIN");
    }
    leaving.send(query("COPY t FROM STDIN"));
    leaving.until('G', 1);
    leaving.send(copyData("1\n"));
    leavesWith(0);
  }

  @Test
  void copiedDataOfBatchIsGivenUp() throws IOException {
    leaving.send(parse("", "COPY t FROM STDIN"), bind(""), execute(), flush());
    leaving.until('G', 1);
    leaving.send(copyData("1\n"));
    leavesWith(0);
  }

  @Test
  void copyIsGivenUpThatTheServerHasNotBegun() throws IOException {
    leaving.send(query("COPY t FROM STDIN"), TERMINATE);
    assertBackendIsKept(0);
    leaving = client();
    leaving.send(parse("", "COPY t FROM STDIN"), bind(""), execute(), TERMINATE);
    assertBackendIsKept(0);
    leaving = client();
    leaving.send(
        query("BEGIN"), parse("", "COPY t FROM STDIN"), bind(""), execute(), flush(), TERMINATE);
    assertBackendIsKept(0);
  }

  @Test
  void halfMessageThatWasNotForwardedIsDropped() throws IOException {
    leaving.query("BEGIN; INSERT INTO t VALUES (1)");
    byte[] whole = query("COMMIT");
    leaving.send(Arrays.copyOf(whole, whole.length - 2));
    leavesWith(0);
  }

  @Test
  void halfMessageThatWasForwardedCostsTheBackend() throws IOException {
    leaving.query("BEGIN");
    leaving.send(query("COPY t FROM STDIN"));
    leaving.until('G', 1);
    byte[] whole = copyData("1\n".repeat(100_000));
    leaving.send(Arrays.copyOf(whole, whole.length / 2));
    leaving.close();
    try (PooledClient next = client()) {
      assertThat(next.value("SELECT pg_backend_pid()")).isNotEqualTo(pid);
      assertThat(next.value("SELECT count(*) FROM t")).isEqualTo("0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"SELECT pg_sleep(300)", "SELECT * FROM generate_series(1, 1000000000)"})
  void longStatementWithinTransactionIsCancelled(String sql) throws IOException {
    leaving.query("BEGIN; INSERT INTO t VALUES (1)");
    leaving.send(query(sql));
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
      leaving.send(query(sql));
      await().until(() -> running(sql) == 1);
      leaving.close();
      try (PooledClient next = client()) {
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
  void stateOfPinnedSessionIsDiscarded(String sql) throws IOException {
    leaving.query(sql);
    leavesWith(0);
    try (PooledClient next = client()) {
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
  void settingsThatAreNotReadBackAreDiscarded() throws IOException {
    leaving.send(query("SET work_mem = '7MB'"), query("SELECT 1"), TERMINATE);
    leaving.close();
    try (PooledClient next = client()) {
      assertThat(next.value("SELECT current_setting('work_mem')")).isEqualTo("4MB");
    }
  }

  @Test
  void preparedStatementsAreThereForTheNext() throws IOException {
    leaving.send(parse("s", "SELECT 5"), sync()).until('Z', 1);
    leaving.query("BEGIN; CREATE TEMP TABLE own(i int)");
    try (PooledClient next = client()) {
      next.send(parse("s", "SELECT 5"), bind("s"), execute(), sync());
      leaving.close();
      assertThat(next.until('Z', 1)).contains("D 5");
      assertThat(next.send(bind("s"), execute(), sync()).until('Z', 1)).contains("D 5");
    }
  }
}
