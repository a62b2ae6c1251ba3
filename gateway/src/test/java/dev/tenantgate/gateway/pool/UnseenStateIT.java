package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.session.RawClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
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
    database.execute("DROP ROLE unseen_one, unseen_two");
    database.close();
  }

  private static PooledClient client(String path) throws IOException {
    return new PooledClient(gateway.port(), database.name(), path, Map.of());
  }

  @Test
  void whatAFunctionSetsByAPlainSetFollowsItsClient() throws IOException {
    try (PooledClient one = client("tenant_acme");
        PooledClient other = client("tenant_acme")) {
      String before = other.value(OTHERS);
      one.query("SELECT public.tune()");
      assertThat(one.value(OTHERS)).isEqualTo("23MB|Asia/Tokyo|unseen_one|postgres");
      assertThat(other.value(OTHERS)).isEqualTo(before);
      assertThat(one.value(OTHERS)).isEqualTo("23MB|Asia/Tokyo|unseen_one|postgres");
    }
  }

  @Test
  void whatAFunctionSetsThatIsMadeJustNowDoes() throws IOException {
    try (PooledClient one = client("tenant_acme");
        PooledClient other = client("tenant_acme")) {
      one.query(
          "CREATE FUNCTION public.become() RETURNS void LANGUAGE plpgsql AS "
              + "$$ BEGIN SET SESSION AUTHORIZATION unseen_two; END $$; SELECT public.become()");
      assertThat(one.value("SELECT session_user")).isEqualTo("unseen_two");
      assertThat(other.value("SELECT session_user")).isEqualTo("postgres");
      assertThat(one.value("SELECT session_user")).isEqualTo("unseen_two");
    }
  }

  @Test
  void whoBecomesAnotherUserTakesOffTheRole() throws IOException {
    try (PooledClient one = client("tenant_acme");
        PooledClient other = client("tenant_acme")) {
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
    try (PooledClient alone =
        new PooledClient(database.server().port(), database.name(), null, Map.of())) {
      alone.query(seed);
      direct = alone.query("SELECT random()");
    }
    try (PooledClient one = client("tenant_acme")) {
      one.query(seed);
      assertThat(one.query("SELECT random()")).isEqualTo(direct);
      assertThat(keepsItsBackend(one)).isTrue();
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
    try (PooledClient one = client(begins ? "pg_temp,tenant_acme" : "tenant_acme")) {
      if (!begins) {
        one.query(path);
      }
      one.query("CREATE TABLE own AS SELECT 7 AS n");
      assertThat(one.value("SELECT n FROM own")).isEqualTo("7");
      assertThat(keepsItsBackend(one)).isTrue();
    }
  }

  /** Whether a client has the backend beyond its transactions, and another one when it has gone. */
  private static boolean keepsItsBackend(PooledClient one) throws Exception {
    one.query("SELECT 1");
    boolean pinned = PinIT.get(gateway, "/api/v1/sessions?pinned=true").contains("pinned");
    try (PooledClient other = client("tenant_acme")) {
      other.send(RawClient.query("SELECT 1"));
      one.close();
      return pinned && PooledClient.value(other.until('Z', 1)).equals("1");
    }
  }
}
