package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Statements that change their session by a way that their text doesn't show. Each runs on a pooled
 * client and on a twin with a connection of its own; both have the same afterwards, and the next
 * client of the only backend has nothing of it, rows of another tenant least of all.
 */
@TestInstance(Lifecycle.PER_CLASS)
class HiddenWaysIT {

  private static final String STATE =
      """
      SELECT current_user, session_user, current_setting('search_path'), current_setting('work_mem'),
        coalesce(current_setting('app.tenant', true), ''), to_regclass('pg_temp.orders') IS NOT NULL,
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
        (SELECT count(*) FROM pg_prepared_statements WHERE from_sql),
        (SELECT count(*) FROM pg_cursors WHERE is_holdable),
        (SELECT string_agg(n::text, ',') FROM public.rows)\
      """;

  private static final String HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";

  private final TestDatabase database = server().newDatabase();
  private GatewayFixture gateway;
  private SocketClient other;
  private String before;

  /** The server that it runs on. */
  TestPostgres server() {
    return TestPostgres.oldest();
  }

  static List<String> ways() {
    return HiddenWays.ALL;
  }

  @BeforeAll
  void start(@TempDir Path migrations) {
    database.execute(
        "CREATE ROLE hidden_app LOGIN; CREATE ROLE hidden_role; GRANT hidden_role TO hidden_app");
    database.execute(HiddenWays.objects());
    gateway =
        GatewayFixture.start(
            database,
            migrations,
            Map.of("pool.mode", "transaction", "pool.size", "1", "auth.method", "trust"));
    other = client("tenant_globex");
    before = other.value(STATE);
  }

  @AfterAll
  void stop() {
    other.close();
    gateway.close();
    database.close();
    try (TestDatabase rest = server().newDatabase()) {
      rest.execute("DROP ROLE hidden_app, hidden_role");
    }
  }

  private SocketClient client(String path) {
    return SocketClient.login(
        gateway.port(), database.name(), path + ",public", Map.of("user", "hidden_app"));
  }

  private SocketClient twin() {
    return SocketClient.login(
        database.server().port(),
        database.name(),
        "tenant_acme,public",
        Map.of("user", "hidden_app"));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void aHiddenWayLeadsToNobodyElse(String sql) {
    List<String> expected;
    String state;
    try (SocketClient twin = twin()) {
      expected = answers(twin.query(sql));
      state = twin.value(STATE);
    }
    await().until(() -> "0".equals(database.value(HELD)));
    try (SocketClient one = client("tenant_acme")) {
      assertThat(answers(one.query(sql))).isEqualTo(expected);
      other.sends("Q " + STATE); // which may have to wait for its backend
      assertThat(one.value(STATE)).isEqualTo(state);
    }
    assertThat(SocketClient.value(other.until('Z'))).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void neitherDoesItWithinATransactionOrABatch(String sql) {
    if (sql.contains(";")) {
      return;
    }
    try (SocketClient one = client("tenant_acme")) {
      one.query("BEGIN");
      one.sends("P s " + sql, "B s", "E", "S");
      one.until('Z');
      one.query("COMMIT");
      other.sends("Q " + STATE);
      one.query("SELECT 1");
    }
    assertThat(SocketClient.value(other.until('Z'))).isEqualTo(before);
  }

  private static List<String> answers(List<String> all) {
    return all.stream()
        .filter(answer -> !answer.startsWith("S ") && !answer.startsWith("D "))
        .toList();
  }

  /** A harmless statement costs no question, and its backend is anybody's at once. */
  @ParameterizedTest
  @ValueSource(
      strings = {"SELECT 1", "SELECT m FROM orders", "INSERT INTO public.indexed VALUES (1)"})
  void whatIsHarmlessIsNotReadBack(String sql) {
    try (SocketClient one = client("tenant_acme")) {
      await()
          .untilAsserted(
              () -> {
                String pid = one.value("SELECT pg_backend_pid()");
                one.query(sql);
                assertThat(database.value("SELECT query FROM pg_stat_activity WHERE pid = " + pid))
                    .isEqualTo(sql);
              });
    }
  }

  @Test
  void aParameterSetByAPreparedCallFollowsItsClientAlone() {
    try (SocketClient one = client("tenant_acme")) {
      one.sends("P c SELECT public.ctx($1, $2)", "B c app.tenant|acme", "E", "S");
      assertThat(one.until('Z')).contains("D acme");
      assertThat(other.value(STATE)).isEqualTo(before);
      assertThat(one.value("SELECT string_agg(n::text, ',') FROM public.rows")).isEqualTo("1");
      assertThat(other.value(STATE)).isEqualTo(before);
      one.sends("B c app.tenant|globex", "E", "S");
      one.until('Z');
      assertThat(other.value(STATE)).isEqualTo(before);
      assertThat(one.value("SELECT string_agg(n::text, ',') FROM public.rows")).isEqualTo("2");
    }
  }

  /** Past the gateway, while nearly all of the pool's time is somebody's. */
  @Test
  void aFunctionThatOthersReplaceIsKnownSoon() throws Exception {
    String call = "SELECT public.turns()";
    try (SocketClient acme = client("tenant_acme")) {
      database.execute(
          "CREATE FUNCTION public.turns() RETURNS int LANGUAGE plpgsql AS"
              + " $$ BEGIN RETURN 1; END $$");
      assertThat(acme.query(call)).contains("D 1");
      database.execute(
          "CREATE OR REPLACE FUNCTION public.turns() RETURNS int LANGUAGE plpgsql AS"
              + " $$ BEGIN PERFORM set_config('app.tenant', 'turned', false); RETURN 2; END $$");
      await()
          .untilAsserted(
              () -> {
                assertThat(acme.query(call)).contains("D 2");
                assertThat(other.value("SELECT current_setting('app.tenant', true)"))
                    .isNotEqualTo("turned");
              });
      assertThat(acme.value("SELECT current_setting('app.tenant', true)")).isEqualTo("turned");
    }
  }
}
