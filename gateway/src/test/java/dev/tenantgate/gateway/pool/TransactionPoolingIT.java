package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.testing.wire.SocketClient;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Two clients of two tenants on a single backend: each of them sees what it would on a connection
 * of its own.
 */
class TransactionPoolingIT extends SharedBackend {

  @Test
  void eachClientSeesItsTenantOnTheSameBackend() {
    assertThat(mark(acme)).isEqualTo("acme");
    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(acme.value("SELECT pg_backend_pid()"))
        .isEqualTo(globex.value("SELECT pg_backend_pid()"));
  }

  @Test
  void settingsFollowTheirClient() {
    acme.sends("Q SET datestyle TO german; SET app.who TO 'it''s \\me'")
        .gets("C SET", "C SET", "S DateStyle=German, DMY", "Z I");

    assertThat(globex.value("SHOW datestyle")).isEqualTo("ISO, MDY");
    assertThat(acme.value("SHOW datestyle")).isEqualTo("German, DMY");
    assertThat(globex.value("SELECT current_setting('app.who', true)")).isIn("", "null");
    assertThat(acme.value("SHOW app.who")).isEqualTo("it's \\me");
  }

  /** PostgreSQL knows such a parameter as long as its connection lasts. */
  @Test
  void aParameterThatAnotherClientHasSetIsEmpty() {
    acme.query("SET app.other TO '1'");

    assertThat(globex.value("SHOW app.other")).isEmpty();
    assertThat(globex.value("SELECT nullif(current_setting('app.other', true), '')"))
        .isEqualTo("null");
  }

  @Test
  void startupParametersAreReportedAndRestored() {
    try (SocketClient own =
        client("tenant_acme", Map.of("options", "-c geqo=off", "TimeZone", "Asia/Tokyo"))) {
      assertThat(mark(globex)).isEqualTo("globex");
      assertThat(own.value("SHOW geqo")).isEqualTo("off");
      assertThat(own.value("SHOW timezone")).isEqualTo("Asia/Tokyo");
      assertThat(own.query("SET timezone TO 'UTC'")).contains("S TimeZone=UTC");
      assertThat(own.query("RESET timezone").subList(0, 1)).containsExactly("C RESET");
      assertThat(globex.value("SHOW geqo")).isEqualTo("on");
      assertThat(own.value("SHOW timezone")).isEqualTo("Asia/Tokyo");
    }
  }

  /** Longer than what is looked at on the event loop. */
  @Test
  void aResetWithinALongTextIsFollowedAtOnce() {
    String filler = "SELECT length('%s'); ".formatted("x;".repeat(50_000));
    try (SocketClient own = client("tenant_acme", Map.of("TimeZone", "Asia/Tokyo"))) {
      own.query("SET timezone TO 'UTC'");
      assertThat(
              own.query(filler + "RESET timezone; SELECT current_setting('timezone'); " + filler))
          .containsSubsequence("D 100000", "C RESET", "D Asia/Tokyo", "D 100000");
      assertThat(own.query(filler + "RESET ALL; SELECT current_setting('search_path')"))
          .containsSubsequence("C RESET", "D tenant_acme");
    }
  }

  @Test
  void aTransactionThatRollsBackTakesItsSettingsWithIt() {
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
  void rolesFollowTheirClient() {
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
    try (SocketClient own = client("tenant_acme", Map.of("role", "pooled_weak"))) {
      assertThat(own.value("SELECT current_user")).isEqualTo("pooled_weak");
      own.query("RESET ROLE");
      assertThat(own.value("SELECT current_user")).isEqualTo("pooled_weak");
      own.query("DISCARD ALL");
      assertThat(own.value("SELECT current_user")).isEqualTo("pooled_weak");
    }
  }

  @Test
  void whatFunctionsSetUnseenFollowsTheirClient() {
    acme.query(
        "CREATE OR REPLACE FUNCTION public.go_to(path text) RETURNS void LANGUAGE plpgsql AS"
            + " $$ BEGIN PERFORM set_config('search_path', path, false); END $$");
    acme.query("SELECT public.go_to('tenant_initech')");

    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(mark(acme)).isEqualTo("initech");
    acme.query("DROP FUNCTION public.go_to");
  }

  @Test
  void localSettingsEndWithTheirTransaction() {
    assertThat(
            acme.query(
                "BEGIN; SET LOCAL search_path TO tenant_initech; SELECT m FROM mark; COMMIT;"
                    + " SELECT m FROM mark"))
        .contains("D initech", "D acme");
    assertThat(mark(globex)).isEqualTo("globex");
  }

  @Test
  void everyWayToAnotherPathFollowsTheClient() {
    acme.query("SET search_path TO tenant_initech, public");
    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(mark(acme)).isEqualTo("initech");
    acme.query("SELECT set_config('search_path', 'tenant_globex', false)");
    assertThat(mark(acme)).isEqualTo("globex");
    acme.sends("P - SELECT set_config('search_path', $1, false)", "B - tenant_initech", "E", "S")
        .until('Z');
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
  void aPipelineKeepsItsBackendToTheLastSync() {
    acme.sends(
            "P - SELECT m FROM mark",
            "B -",
            "E",
            "S",
            "P - SELECT 1/0",
            "B -",
            "E",
            "S",
            "P - SELECT m FROM mark",
            "B -",
            "E",
            "S")
        .gets(
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
  void portalsWithARowLimitStayAcrossFlush() {
    acme.sends("P - SELECT generate_series(1, 3)", "B -", "E - 2", "H")
        .gets("1", "2", "D 1", "D 2", "s");
    acme.sends("E - 2", "S").gets("D 3", "C SELECT 1", "Z I");
  }

  @Test
  void aResetAmongOtherStatementsLeadsBackToTheClientsBeginning() {
    assertThat(
            acme.query(
                "SET search_path TO tenant_globex; SELECT m FROM mark; RESET search_path;"
                    + " SELECT m FROM mark"))
        .containsExactly(
            "C SET", "T", "D globex", "C SELECT 1", "C RESET", "T", "D acme", "C SELECT 1", "Z I");
    acme.sends("Q RESET ALL; SELECT m FROM mark -- done")
        .gets("C RESET", "T", "D acme", "C SELECT 1", "Z I");
    assertThat(acme.query("BEGIN; SET LOCAL search_path TO tenant_initech; SELECT m FROM mark"))
        .contains("D initech", "Z T");
    acme.sends("Q SET LOCAL search_path TO DEFAULT; SELECT m FROM mark; SELECT 1/0")
        .gets("C SET", "T", "D acme", "C SELECT 1", "E 22012", "Z E");
    acme.query("ROLLBACK");
    assertThat(mark(acme)).isEqualTo("acme");
  }

  @Test
  void soDoesOneThatIsExecutedByItsName() {
    acme.sends("P r RESET ALL", "S").until('Z');
    acme.query("BEGIN; SET LOCAL search_path TO tenant_initech");
    assertThat(acme.query("EXECUTE r; SELECT m FROM mark")).contains("C RESET", "D acme");
    acme.query("ROLLBACK; BEGIN; SET LOCAL search_path TO tenant_initech");
    acme.sends("P - EXECUTE r", "B -", "E", "S").gets("1", "2", "C RESET", "Z T");
    assertThat(mark(acme)).isEqualTo("acme");
    acme.query("ROLLBACK");
  }

  @Test
  void aResetInAFailedTransactionResetsNothing() {
    acme.query("SET search_path TO tenant_initech");
    acme.query("BEGIN");
    acme.sends("Q SELECT 1/0").gets("E 22012", "Z E");
    acme.sends("Q RESET search_path").gets("E 25P02", "Z E");
    acme.sends("Q ROLLBACK AND CHAIN").gets("C ROLLBACK", "Z T");
    assertThat(mark(acme)).isEqualTo("initech");
    acme.sends("Q RESET search_path").gets("C RESET", "Z T");
    assertThat(mark(acme)).isEqualTo("acme");
    acme.query("ROLLBACK");
    assertThat(mark(acme)).isEqualTo("initech");
  }

  @Test
  void copiesInAndOutInBothProtocols() {
    acme.query("CREATE TABLE IF NOT EXISTS public.copied(i int)");
    acme.sends("Q COPY public.copied FROM STDIN").until('G');
    acme.sends("d 1\n", "d 2\n", "c").gets("C COPY 2", "Z I");
    acme.sends("P - COPY public.copied FROM STDIN", "B -", "E", "S").until('G');
    acme.sends("d 3\n", "c", "S").gets("C COPY 1", "Z I");
    assertThat(mark(globex)).isEqualTo("globex");
    acme.sends("P - COPY public.copied FROM STDIN", "B -", "E", "S").until('G');
    acme.sends("d none\n", "c", "S").gets("E 22P02", "Z I");
    assertThat(mark(globex)).isEqualTo("globex");
    acme.sends("Q COPY public.copied FROM STDIN").until('G');
    acme.sends("f enough").gets("E 57014", "Z I");
    assertThat(acme.query("COPY (SELECT m FROM mark) TO STDOUT")).contains("d acme");
    assertThat(mark(globex)).isEqualTo("globex");
  }

  @Test
  void whoLeavesInTheMiddleLeavesNothingBehind() {
    acme.query("BEGIN");
    acme.query("CREATE TABLE public.unfinished(i int)");
    acme.close();

    assertThat(globex.value("SELECT to_regclass('public.unfinished')")).isEqualTo("null");

    try (SocketClient streaming = client("tenant_acme", Map.of())) {
      streaming.sends("Q SELECT repeat('x', 1000) FROM generate_series(1, 200000)");
      streaming.until('T');
    }
    assertThat(mark(globex)).isEqualTo("globex");
  }

  @Test
  void aCancelRequestReachesNobodyElse() {
    acme.query("BEGIN");
    globex.sends("Q SELECT m FROM mark");
    await().until(() -> waiting() == 1);
    globex.cancels();
    assertThat(globex.until('Z')).endsWith("E 57014", "Z I");
    globex.cancels();
    assertThat(acme.query("SELECT m FROM mark")).contains("D acme", "Z T");
    acme.query("COMMIT");

    globex.sends("Q SELECT pg_sleep(60)");
    await().until(() -> sleeping() == 1);
    globex.cancels();
    assertThat(globex.until('Z')).contains("E 57014", "Z I");
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
  void whatCannotBePooledPinsItsSession() {
    acme.query("CREATE TEMP TABLE own(i int)");
    globex.sends("Q SELECT m FROM mark");
    assertThat(acme.value("SELECT count(*) FROM own")).isEqualTo("0");
    acme.close();
    assertThat(SocketClient.value(globex.until('Z'))).isEqualTo("globex");
  }

  @Test
  void aBackendThatIsKilledBetweenTransactionsIsReplaced() {
    String pid = acme.value("SELECT pg_backend_pid()");
    database.execute("SELECT pg_terminate_backend(%s, 5000)".formatted(pid));
    await().untilAsserted(() -> assertThat(mark(acme)).isEqualTo("acme"));
    assertThat(acme.value("SELECT pg_backend_pid()")).isNotEqualTo(pid);
  }
}
