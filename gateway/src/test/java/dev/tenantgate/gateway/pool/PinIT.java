package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A session keeps a pool's only backend as long as something is left there, and no longer. */
class PinIT {

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;
  private SocketClient one;
  private SocketClient other;

  @BeforeAll
  static void start() {
    database = TestPostgres.oldest().newDatabase();
    database.execute(
        """
        CREATE SCHEMA tenant_acme;
        CREATE PROCEDURE public.nothing() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
        CREATE FUNCTION public.unlocking() RETURNS boolean LANGUAGE sql AS
          $$ SELECT pg_advisory_unlock(1) $$;
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
    database.close();
  }

  @BeforeEach
  void connect() {
    one = client();
    other = client();
  }

  @AfterEach
  void disconnect() {
    one.close();
    other.close();
  }

  private static SocketClient client() {
    return SocketClient.login(
        gateway.port(), database.name(), "tenant_acme,public", Map.of("application_name", "pins"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "temporary# CREATE TEMP TABLE own(i int)# DROP TABLE own",
        "temporary# CREATE TEMP SEQUENCE own# DISCARD TEMP",
        "temporary# CREATE TEMP VIEW own AS SELECT 1# DISCARD ALL",
        "temporary# CREATE FUNCTION pg_temp.own() RETURNS int RETURN 1# DROP FUNCTION pg_temp.own",
        "temporary# SELECT 1 AS i INTO TEMP own# DROP TABLE own CASCADE",
        "cursor# DECLARE c CURSOR WITH HOLD FOR SELECT 1# CLOSE c",
        "cursor# DECLARE c CURSOR WITH HOLD FOR SELECT 1# CLOSE ALL",
        "advisory_lock# SELECT pg_advisory_lock(1)# SELECT pg_advisory_unlock(1)",
        "advisory_lock# SELECT pg_try_advisory_lock_shared(1, 2)# SELECT pg_advisory_unlock_all()",
        "advisory_lock# SELECT pg_advisory_lock(1)# SELECT public.unlocking()",
        "advisory_lock# DO 'BEGIN PERFORM pg_advisory_lock(3); END'# DISCARD ALL",
        "prepare# PREPARE p AS SELECT 1# DEALLOCATE p",
        "prepare# PREPARE p AS SELECT 1# DEALLOCATE PREPARE ALL",
        "random_seed# SELECT setseed(0.5)# DISCARD ALL",
        "library# LOAD 'plpgsql'# DISCARD ALL",
      })
  void sessionIsPinnedUntilNothingIsLeft(String reason, String leaves, String ends)
      throws Exception {
    assertThat(one.query(leaves)).noneMatch(answer -> answer.startsWith("E"));
    assertThat(one.query("SELECT 1")).contains("D 1");
    assertThat(pinned("")).contains("\"pinned\":\"%s\"".formatted(reason));
    assertThat(metric(reason)).isEqualTo(1);
    other.sends("Q SELECT 'served'");
    assertThat(one.query(ends)).noneMatch(answer -> answer.startsWith("E"));
    assertThat(other.until('Z')).contains("D served");
    assertThat(pinned("")).doesNotContain("\"pinned\":");
    assertThat(metric(reason)).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DO 'BEGIN END'",
        "CALL public.nothing()",
        "BEGIN; CREATE TEMP TABLE own(i int) ON COMMIT DROP; COMMIT",
        "BEGIN; CREATE TEMP TABLE own(i int); ROLLBACK",
        "BEGIN; CREATE TEMP TABLE own(i int); SAVEPOINT s; DROP TABLE own; COMMIT",
        "SELECT pg_advisory_lock(1); SELECT pg_advisory_unlock(1)",
        "BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT 1; ROLLBACK",
        "PREPARE p AS SELECT 1; EXECUTE p; DEALLOCATE p",
        "CREATE TEMP TABLE own(i int); SELECT 1/0",
        "DISCARD ALL",
      })
  void statementsThatLeaveNothingPinNothing(String sql) throws Exception {
    one.query(sql);
    assertThat(other.value("SELECT 'served'")).isEqualTo("served");
    assertThat(pinned("")).doesNotContain("\"pinned\":");
  }

  @Test
  void preparedStatementThatEndsThePinUnpins() throws Exception {
    one.sends("P u SELECT pg_advisory_unlock(1)", "S").until('Z');
    one.query("SELECT pg_advisory_lock(1)");
    other.sends("Q SELECT 'served'");
    one.sends("B u", "E", "S").until('Z');
    assertThat(other.until('Z')).contains("D served");
  }

  @Test
  void transactionBlockThatEndsThePinUnpinsAtItsEnd() throws Exception {
    one.query("CREATE TEMP TABLE own(i int)");
    one.query("BEGIN");
    one.query("DROP TABLE own");
    other.sends("Q SELECT 'served'");
    assertThat(one.query("ROLLBACK")).endsWith("Z I");
    assertThat(one.value("SELECT count(*) FROM own")).isEqualTo("0");
    one.query("BEGIN");
    one.query("DROP TABLE own");
    one.query("COMMIT");
    assertThat(other.until('Z')).contains("D served");
  }

  @Test
  void pinnedSessionsAreFilteredByTheApi() throws Exception {
    one.query("SELECT pg_advisory_lock(9)");
    assertThat(one.query("SELECT 1")).contains("D 1");
    assertThat(pinned("advisory_lock")).contains("\"state\":\"idle\"").contains("\"pinned_ms\":");
    assertThat(pinned("cursor")).contains("[]");
    assertThat(pinned("socks")).contains("advisory_lock").contains("pinned:");
    one.close();
    await().until(() -> metric("advisory_lock") == 0);
  }

  private static String pinned(String reason) throws Exception {
    return get("/api/v1/sessions?pinned=" + (reason.isEmpty() ? "true" : reason))
        .replaceAll("\\s+:\\s+", ":");
  }

  private static int metric(String reason) throws Exception {
    String series = "tenantgate_pinned_sessions{reason=\"%s\"} ".formatted(reason);
    return get("/metrics")
        .lines()
        .filter(line -> line.startsWith(series))
        .map(line -> (int) Double.parseDouble(line.substring(series.length())))
        .findFirst()
        .orElse(-1);
  }

  private static String get(String path) throws Exception {
    return get(gateway, path);
  }

  static String get(GatewayFixture gateway, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(gateway.adminUrl(path))).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** State that a statement is refused for pins here, where an unseen function has left it. */
  @Test
  void refusalsLeaveThePinToFunctionsAndItEndsAsWell() throws Exception {
    try (GatewayFixture strict =
            GatewayFixture.start(
                database,
                migrations,
                Map.of(
                    "pool.mode", "transaction",
                    "pool.size", "1",
                    "pool.unpoolable", "refuse",
                    "auth.method", "trust"));
        SocketClient unseen =
            SocketClient.login(strict.port(), database.name(), "tenant_acme", Map.of());
        SocketClient waiting =
            SocketClient.login(strict.port(), database.name(), "tenant_acme", Map.of())) {
      List<String> made =
          unseen.query(
              "CREATE FUNCTION public.locks() RETURNS void LANGUAGE sql AS "
                  + "'SELECT pg_advisory_lock(8)'; SELECT public.locks()");
      assertThat(made).noneMatch(answer -> answer.startsWith("E"));
      waiting.sends("Q SELECT 'served'");
      unseen.query("SELECT pg_advisory_unlock_all()");
      assertThat(waiting.until('Z')).contains("D served");
    } finally {
      database.execute("DROP FUNCTION public.locks()");
    }
  }
}
