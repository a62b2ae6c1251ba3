package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two clients share a single backend, and one of them does something to its session that its
 * statements hardly show: it follows that client, or has it keep the backend, and the other never
 * meets it.
 */
class UnseenStateIT {

  private static final String OTHERS =
      "SELECT current_setting('work_mem'), current_setting('timezone'), current_user, session_user";

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() {
    database = TestPostgres.oldest().newDatabase();
    database.execute(
        """
        CREATE SCHEMA tenant_acme;
        CREATE ROLE unseen_one;
        CREATE ROLE unseen_two;
        CREATE FUNCTION public.shares() RETURNS int LANGUAGE plpgsql AS
          $$ BEGIN /* as in Perl: $_SHARED{x} = 1 */ RETURN 1; END $$;
        CREATE FUNCTION public.tune() RETURNS void LANGUAGE plpgsql AS
          $$ BEGIN SET work_mem = '23MB'; SET TIME ZONE 'Asia/Tokyo'; SET ROLE unseen_one; END $$;
        """);
    gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of("pool.mode", "transaction", "pool.size", "1", "auth.method", "trust"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.execute("SELECT pg_replication_origin_drop('unseen_origin')");
    database.execute("DROP ROLE unseen_one, unseen_two");
    database.close();
  }

  private static SocketClient client(String path) {
    return SocketClient.login(gateway.port(), database.name(), path, Map.of());
  }

  @Test
  void whatAFunctionSetsByAPlainSetFollowsItsClient() {
    try (SocketClient one = client("tenant_acme");
        SocketClient other = client("tenant_acme")) {
      String before = other.value(OTHERS);
      one.query("SELECT public.tune()");
      assertThat(one.value(OTHERS)).isEqualTo("23MB|Asia/Tokyo|unseen_one|postgres");
      assertThat(other.value(OTHERS)).isEqualTo(before);
      assertThat(one.value(OTHERS)).isEqualTo("23MB|Asia/Tokyo|unseen_one|postgres");
    }
  }

  @Test
  void whatAFunctionSetsThatIsMadeJustNowDoes() {
    try (SocketClient one = client("tenant_acme");
        SocketClient other = client("tenant_acme")) {
      one.query(
          "CREATE FUNCTION public.become() RETURNS void LANGUAGE plpgsql AS "
              + "$$ BEGIN SET SESSION AUTHORIZATION unseen_two; END $$; SELECT public.become()");
      assertThat(one.value("SELECT session_user")).isEqualTo("unseen_two");
      assertThat(other.value("SELECT session_user")).isEqualTo("postgres");
      assertThat(one.value("SELECT session_user")).isEqualTo("unseen_two");
    }
  }

  @Test
  void whoBecomesAnotherUserTakesOffTheRole() {
    try (SocketClient one = client("tenant_acme");
        SocketClient other = client("tenant_acme")) {
      one.query("SET ROLE unseen_two");
      one.query("SET SESSION AUTHORIZATION unseen_one");
      assertThat(other.value("SELECT current_user")).isEqualTo("postgres");
      assertThat(one.value("SELECT current_user, session_user")).isEqualTo("unseen_one|unseen_one");
      one.query("RESET SESSION AUTHORIZATION");
      assertThat(other.value("SELECT current_user")).isEqualTo("postgres");
      assertThat(one.value("SELECT current_user, session_user")).isEqualTo("postgres|postgres");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"SET seed TO 0.5", "SELECT setseed(0.5)", "SELECT 1, SetSeed (0.5)"})
  void whoSeedsRandomKeepsTheBackend(String seed) throws Exception {
    List<String> direct;
    try (SocketClient alone = SocketClient.login(database.server().port(), database.name())) {
      alone.query(seed);
      direct = alone.query("SELECT random()");
    }
    try (SocketClient one = client("tenant_acme")) {
      one.query(seed);
      assertThat(one.query("SELECT random()")).isEqualTo(direct);
      assertThat(keepsItsBackend(one)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT pg_replication_origin_session_setup('unseen_origin')",
        "SELECT pg_start_backup('unseen', true, false)",
        "SELECT pg_create_physical_replication_slot('unseen_slot', true, true)",
        "SELECT public.shares()"
      })
  void whatOnlyTheEndOfItsProcessClearsKeepsTheBackend(String sql) throws Exception {
    try (SocketClient one = client("tenant_acme")) {
      one.query("SELECT pg_replication_origin_create('unseen_origin')"); // fails but for the first
      assertThat(one.query(sql)).as(sql).contains("C SELECT 1");
      assertThat(keepsItsBackend(one)).isTrue();
    }
  }

  @Test
  void descriptorsOfLargeObjectsEndWithTheirTransaction() {
    try (SocketClient one = client("tenant_acme");
        SocketClient other = client("tenant_acme")) {
      one.query("BEGIN");
      String object = one.value("SELECT lo_from_bytea(0, 'abc')");
      assertThat(one.value("SELECT lo_open(" + object + ", 262144)")).isEqualTo("0");
      assertThat(one.value("SELECT convert_from(loread(0, 2), 'UTF8')")).isEqualTo("ab");
      one.query("COMMIT");
      assertThat(other.query("SELECT loread(0, 1)")).contains("E 42704");
      assertThat(one.query("SELECT loread(0, 1)")).contains("E 42704");
      assertThat(one.query("SELECT lo_unlink(" + object + ")")).contains("D 1");
    }
  }

  @Test
  void transactionsNumbersAndSnapshotsAreTheTransactionsOwn() {
    try (SocketClient one = client("tenant_acme");
        SocketClient other = client("tenant_acme")) {
      one.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
      String snapshot = one.value("SELECT pg_export_snapshot()");
      assertThat(snapshot).contains("-");
      one.query("COMMIT");
      assertThat(other.value("SELECT pg_current_xact_id_if_assigned()")).isEqualTo("null");
      other.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
      assertThat(other.query("SET TRANSACTION SNAPSHOT '" + snapshot + "'")).contains("Z E");
      other.query("ROLLBACK");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET search_path TO pg_temp, tenant_acme",
        "SELECT set_config('search_path', 'pg_temp', false)",
        "SET search_path TO tenant_acme",
      })
  void whoCreatesInTheTemporarySchemaKeepsTheBackend(String path) throws Exception {
    boolean begins = path.endsWith("TO tenant_acme");
    try (SocketClient one = client(begins ? "pg_temp,tenant_acme" : "tenant_acme")) {
      if (!begins) {
        one.query(path);
      }
      one.query("CREATE TABLE own AS SELECT 7 AS n");
      assertThat(one.value("SELECT n FROM own")).isEqualTo("7");
      assertThat(keepsItsBackend(one)).isTrue();
    }
  }

  /** Whether a client has the backend beyond its transactions, and another one when it has gone. */
  private static boolean keepsItsBackend(SocketClient one) throws Exception {
    one.query("SELECT 1");
    boolean pinned = PinIT.get(gateway, "/api/v1/sessions?pinned=true").contains("pinned");
    try (SocketClient other = client("tenant_acme")) {
      other.sends("Q SELECT 1");
      one.close();
      return pinned && SocketClient.value(other.until('Z')).equals("1");
    }
  }
}
