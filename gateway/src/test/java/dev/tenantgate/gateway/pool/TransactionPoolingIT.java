package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.pool.PooledClient.bind;
import static dev.tenantgate.gateway.pool.PooledClient.copyData;
import static dev.tenantgate.gateway.pool.PooledClient.copyDone;
import static dev.tenantgate.gateway.pool.PooledClient.copyFail;
import static dev.tenantgate.gateway.pool.PooledClient.execute;
import static dev.tenantgate.gateway.pool.PooledClient.flush;
import static dev.tenantgate.gateway.pool.PooledClient.parse;
import static dev.tenantgate.gateway.pool.PooledClient.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.session.RawClient;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Two clients of two tenants on a single backend: each of them sees what it would on a connection
 * of its own.
 */
class TransactionPoolingIT extends SharedBackend {

  @Test
  void eachClientSeesItsTenantOnTheSameBackend() throws IOException {
    assertThat(mark(acme)).isEqualTo("acme");
    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(acme.value("SELECT pg_backend_pid()"))
        .isEqualTo(globex.value("SELECT pg_backend_pid()"));
  }

  @Test
  void settingsFollowTheirClient() throws IOException {
    assertThat(acme.query("SET datestyle TO german; SET app.who TO 'it''s \\me'"))
        .containsExactly("C SET", "C SET", "S DateStyle German, DMY", "Z I");

    assertThat(globex.value("SHOW datestyle")).isEqualTo("ISO, MDY");
    assertThat(acme.value("SHOW datestyle")).isEqualTo("German, DMY");
    assertThat(globex.value("SELECT current_setting('app.who', true)")).isIn("", "null");
    assertThat(acme.value("SHOW app.who")).isEqualTo("it's \\me");
  }

  @Test
  void startupParametersAreReportedAndRestored() throws IOException {
    try (PooledClient own =
        client("tenant_acme", Map.of("options", "-c geqo=off", "TimeZone", "Asia/Tokyo"))) {
      assertThat(mark(globex)).isEqualTo("globex");
      assertThat(own.value("SHOW geqo")).isEqualTo("off");
      assertThat(own.value("SHOW timezone")).isEqualTo("Asia/Tokyo");
      assertThat(own.query("SET timezone TO 'UTC'")).contains("S TimeZone UTC");
      assertThat(own.query("RESET timezone").subList(0, 1)).containsExactly("C RESET");
      assertThat(globex.value("SHOW geqo")).isEqualTo("on");
      assertThat(own.value("SHOW timezone")).isEqualTo("Asia/Tokyo");
    }
  }

  /** Longer than what is looked at on the event loop. */
  @Test
  void aResetWithinALongTextIsFollowedAtOnce() throws IOException {
    String filler = "SELECT length('%s'); ".formatted("x;".repeat(50_000));
    try (PooledClient own = client("tenant_acme", Map.of("TimeZone", "Asia/Tokyo"))) {
      own.query("SET timezone TO 'UTC'");
      assertThat(
              own.query(filler + "RESET timezone; SELECT current_setting('timezone'); " + filler))
          .containsSubsequence("D 100000", "C RESET", "D Asia/Tokyo", "D 100000");
      assertThat(own.query(filler + "RESET ALL; SELECT current_setting('search_path')"))
          .containsSubsequence("C RESET", "D tenant_acme");
    }
  }

  @Test
  void aTransactionThatRollsBackTakesItsSettingsWithIt() throws IOException {
    acme.query("BEGIN");
    acme.query("SET search_path TO tenant_initech");
    assertThat(mark(acme)).isEqualTo("initech");
    acme.query("SAVEPOINT s");
    acme.query("SET search_path TO tenant_globex");
    acme.query("ROLLBACK TO s");
    assertThat(mark(acme)).isEqualTo("initech");
    acme.query("ROLLBACK");

    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(mark(acme)).isEqualTo("acme");
  }

  @Test
  void rolesFollowTheirClient() throws IOException {
    database.execute(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pooled_weak') THEN"
            + " CREATE ROLE pooled_weak; END IF; END $$");
    assertThat(acme.query("SET ROLE pooled_weak")).contains("C SET");
    assertThat(globex.value("SELECT current_user")).isEqualTo("postgres");
    assertThat(acme.value("SELECT current_user")).isEqualTo("pooled_weak");
    assertThat(acme.query("RESET ROLE")).contains("C RESET");
    acme.query("SET SESSION AUTHORIZATION pooled_weak");
    assertThat(globex.value("SELECT session_user")).isEqualTo("postgres");
    assertThat(acme.value("SELECT session_user")).isEqualTo("pooled_weak");
    try (PooledClient own = client("tenant_acme", Map.of("role", "pooled_weak"))) {
      assertThat(own.value("SELECT current_user")).isEqualTo("pooled_weak");
      own.query("RESET ROLE");
      assertThat(own.value("SELECT current_user")).isEqualTo("pooled_weak");
      own.query("DISCARD ALL");
      assertThat(own.value("SELECT current_user")).isEqualTo("pooled_weak");
    }
  }

  @Test
  void whatFunctionsSetUnseenFollowsTheirClient() throws IOException {
    acme.query(
        "CREATE OR REPLACE FUNCTION public.go_to(path text) RETURNS void LANGUAGE plpgsql AS"
            + " $$ BEGIN PERFORM set_config('search_path', path, false); END $$");
    acme.query("SELECT public.go_to('tenant_initech')");

    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(mark(acme)).isEqualTo("initech");
    acme.query("DROP FUNCTION public.go_to");
  }

  @Test
  void localSettingsEndWithTheirTransaction() throws IOException {
    assertThat(
            acme.query(
                "BEGIN; SET LOCAL search_path TO tenant_initech; SELECT m FROM mark; COMMIT;"
                    + " SELECT m FROM mark"))
        .contains("D initech", "D acme");
    assertThat(mark(globex)).isEqualTo("globex");
  }

  @Test
  void everyWayToAnotherPathFollowsTheClient() throws IOException {
    acme.query("SET search_path TO tenant_initech, public");
    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(mark(acme)).isEqualTo("initech");
    acme.query("SELECT set_config('search_path', 'tenant_globex', false)");
    assertThat(mark(acme)).isEqualTo("globex");
    acme.send(
            parse("", "SELECT set_config('search_path', $1, false)"),
            bind("", "tenant_initech"),
            execute(),
            sync())
        .until('Z', 1);
    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(mark(acme)).isEqualTo("initech");
    acme.query("RESET search_path");
    assertThat(mark(acme)).isEqualTo("acme");
    acme.query("SET search_path TO tenant_globex");
    acme.query("DISCARD ALL");
    assertThat(mark(acme)).isEqualTo("acme");
    acme.query("BEGIN");
    acme.query("RESET ALL");
    assertThat(mark(acme)).isEqualTo("acme");
    acme.query("COMMIT");
  }

  @Test
  void aPipelineKeepsItsBackendToTheLastSync() throws IOException {
    assertThat(
            acme.send(
                    parse("", "SELECT m FROM mark"),
                    bind(""),
                    execute(),
                    sync(),
                    parse("", "SELECT 1/0"),
                    bind(""),
                    execute(),
                    sync(),
                    parse("", "SELECT m FROM mark"),
                    bind(""),
                    execute(),
                    sync())
                .until('Z', 3))
        .containsExactly(
            "1",
            "2",
            "D acme",
            "C SELECT 1",
            "Z I",
            "1",
            "E 22012",
            "Z I",
            "1",
            "2",
            "D acme",
            "C SELECT 1",
            "Z I");
    assertThat(mark(globex)).isEqualTo("globex");
  }

  @Test
  void portalsWithARowLimitStayAcrossFlush() throws IOException {
    acme.send(parse("", "SELECT generate_series(1, 3)"), bind(""), execute(2), flush());
    assertThat(acme.until('s', 1)).containsExactly("1", "2", "D 1", "D 2", "s");
    assertThat(acme.send(execute(2), sync()).until('Z', 1))
        .containsExactly("D 3", "C SELECT 1", "Z I");
  }

  @Test
  void aResetAmongOtherStatementsLeadsBackToTheClientsBeginning() throws IOException {
    assertThat(
            acme.query(
                "SET search_path TO tenant_globex; SELECT m FROM mark; RESET search_path;"
                    + " SELECT m FROM mark"))
        .containsExactly(
            "C SET", "T", "D globex", "C SELECT 1", "C RESET", "T", "D acme", "C SELECT 1", "Z I");
    assertThat(acme.query("RESET ALL; SELECT m FROM mark -- done"))
        .containsExactly("C RESET", "T", "D acme", "C SELECT 1", "Z I");
    assertThat(acme.query("BEGIN; SET LOCAL search_path TO tenant_initech; SELECT m FROM mark"))
        .contains("D initech", "Z T");
    assertThat(acme.query("SET LOCAL search_path TO DEFAULT; SELECT m FROM mark; SELECT 1/0"))
        .containsExactly("C SET", "T", "D acme", "C SELECT 1", "E 22012", "Z E");
    acme.query("ROLLBACK");
    assertThat(mark(acme)).isEqualTo("acme");
  }

  @Test
  void soDoesOneThatIsExecutedByItsName() throws IOException {
    acme.send(parse("r", "RESET ALL"), sync()).until('Z', 1);
    acme.query("BEGIN; SET LOCAL search_path TO tenant_initech");
    assertThat(acme.query("EXECUTE r; SELECT m FROM mark")).contains("C RESET", "D acme");
    acme.query("ROLLBACK; BEGIN; SET LOCAL search_path TO tenant_initech");
    acme.send(parse("", "EXECUTE r"), bind(""), execute(), sync());
    assertThat(acme.until('Z', 1)).containsExactly("1", "2", "C RESET", "Z T");
    assertThat(mark(acme)).isEqualTo("acme");
    acme.query("ROLLBACK");
  }

  @Test
  void aResetInAFailedTransactionResetsNothing() throws IOException {
    acme.query("SET search_path TO tenant_initech");
    acme.query("BEGIN");
    assertThat(acme.query("SELECT 1/0")).containsExactly("E 22012", "Z E");
    assertThat(acme.query("RESET search_path")).containsExactly("E 25P02", "Z E");
    assertThat(acme.query("ROLLBACK AND CHAIN")).containsExactly("C ROLLBACK", "Z T");
    assertThat(mark(acme)).isEqualTo("initech");
    assertThat(acme.query("RESET search_path")).containsExactly("C RESET", "Z T");
    assertThat(mark(acme)).isEqualTo("acme");
    acme.query("ROLLBACK");
    assertThat(mark(acme)).isEqualTo("initech");
  }

  @Test
  void copiesInAndOutInBothProtocols() throws IOException {
    acme.query("CREATE TABLE IF NOT EXISTS public.copied(i int)");
    acme.send(RawClient.query("COPY public.copied FROM STDIN")).until('G', 1);
    assertThat(acme.send(copyData("1\n"), copyData("2\n"), copyDone()).until('Z', 1))
        .containsExactly("C COPY 2", "Z I");
    acme.send(parse("", "COPY public.copied FROM STDIN"), bind(""), execute(), sync())
        .until('G', 1);
    assertThat(acme.send(copyData("3\n"), copyDone(), sync()).until('Z', 1))
        .containsExactly("C COPY 1", "Z I");
    assertThat(mark(globex)).isEqualTo("globex");
    acme.send(parse("", "COPY public.copied FROM STDIN"), bind(""), execute(), sync())
        .until('G', 1);
    assertThat(acme.send(copyData("none\n"), copyDone(), sync()).until('Z', 1))
        .containsExactly("E 22P02", "Z I");
    assertThat(mark(globex)).isEqualTo("globex");
    acme.send(RawClient.query("COPY public.copied FROM STDIN")).until('G', 1);
    assertThat(acme.send(copyFail("enough")).until('Z', 1)).containsExactly("E 57014", "Z I");
    assertThat(acme.query("COPY (SELECT m FROM mark) TO STDOUT")).contains("d acme");
    assertThat(mark(globex)).isEqualTo("globex");
  }

  @Test
  void whoLeavesInTheMiddleLeavesNothingBehind() throws IOException {
    acme.query("BEGIN");
    acme.query("CREATE TABLE public.unfinished(i int)");
    acme.close();

    assertThat(globex.value("SELECT to_regclass('public.unfinished')")).isEqualTo("null");

    try (PooledClient streaming = client("tenant_acme", Map.of())) {
      streaming.send(RawClient.query("SELECT repeat('x', 1000) FROM generate_series(1, 200000)"));
      streaming.until('T', 1);
    }
    assertThat(mark(globex)).isEqualTo("globex");
  }

  @Test
  void aCancelRequestReachesNobodyElse() throws IOException {
    acme.query("BEGIN");
    globex.send(RawClient.query("SELECT m FROM mark"));
    await().until(() -> waiting() == 1);
    globex.cancel();
    assertThat(globex.until('Z', 1)).endsWith("E 57014", "Z I");
    globex.cancel();
    assertThat(acme.query("SELECT m FROM mark")).contains("D acme", "Z T");
    acme.query("COMMIT");

    globex.send(RawClient.query("SELECT pg_sleep(60)"));
    await().until(() -> sleeping() == 1);
    globex.cancel();
    assertThat(globex.until('Z', 1)).contains("E 57014", "Z I");
    assertThat(mark(acme)).isEqualTo("acme");
  }

  private static int waiting() throws Exception {
    String metrics =
        java.net.http.HttpClient.newHttpClient()
            .send(
                java.net.http.HttpRequest.newBuilder(
                        java.net.URI.create(gateway.adminUrl("/metrics")))
                    .build(),
                java.net.http.HttpResponse.BodyHandlers.ofString())
            .body();
    return metrics
        .lines()
        .filter(line -> line.startsWith("tenantgate_pool_waiting "))
        .map(line -> (int) Double.parseDouble(line.substring(line.indexOf(' '))))
        .findFirst()
        .orElse(-1);
  }

  private static int sleeping() {
    return Integer.parseInt(
        database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state ="
                + " 'active'"));
  }

  @Test
  void whatCannotBePooledPinsItsSession() throws IOException {
    acme.query("CREATE TEMP TABLE own(i int)");
    globex.send(RawClient.query("SELECT m FROM mark"));
    assertThat(acme.value("SELECT count(*) FROM own")).isEqualTo("0");
    acme.close();
    assertThat(PooledClient.value(globex.until('Z', 1))).isEqualTo("globex");
  }

  @Test
  void aBackendThatIsKilledBetweenTransactionsIsReplaced() throws IOException {
    String pid = acme.value("SELECT pg_backend_pid()");
    database.execute("SELECT pg_terminate_backend(%s, 5000)".formatted(pid));
    await().untilAsserted(() -> assertThat(mark(acme)).isEqualTo("acme"));
    assertThat(acme.value("SELECT pg_backend_pid()")).isNotEqualTo(pid);
  }
}
