package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.testing.wire.Frame;
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

/**
 * Two clients without special rights share a backend: settings that the server refuses, that are
 * very long, or that change how texts are read, are nobody's but the client's that sent them.
 */
class RefusedSettingsIT {

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() {
    database = TestPostgres.oldest().newDatabase();
    database.execute(
        """
        CREATE ROLE refused_app LOGIN;
        CREATE ROLE refused_old LOGIN;
        ALTER ROLE refused_old SET standard_conforming_strings = off;
        CREATE ROLE refused_sjis LOGIN;
        ALTER ROLE refused_sjis SET client_encoding = 'SJIS';
        CREATE SCHEMA tenant_acme;
        CREATE SCHEMA tenant_globex;
        CREATE TABLE tenant_acme.mark AS SELECT 'acme'::text AS m;
        CREATE TABLE tenant_globex.mark AS SELECT 'globex'::text AS m;
        GRANT USAGE ON SCHEMA tenant_acme, tenant_globex TO PUBLIC;
        GRANT SELECT ON tenant_acme.mark, tenant_globex.mark TO PUBLIC;
        CREATE FUNCTION public.forgetting() RETURNS void LANGUAGE plpgsql AS
          $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$;
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
    try (TestDatabase other = TestPostgres.oldest().newDatabase()) {
      other.execute("DROP ROLE refused_app, refused_old, refused_sjis");
    }
  }

  private static SocketClient client(String user, String path) {
    return SocketClient.login(gateway.port(), database.name(), path, Map.of("user", user));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET session_replication_role = replica",
        "SET log_statement TO 'all'",
        "SELECT set_config('zero_damaged_pages', 'on', false)",
        "SET SESSION AUTHORIZATION postgres",
        "SET ROLE postgres",
        "SET work_mem TO 'much'",
        "SET no_such_parameter TO 1",
        "RESET log_min_duration_statement",
        "SET shared_buffers TO '1GB'",
        "BEGIN; SET application_name TO 'x'; SET lc_messages TO 'nowhere'"
      })
  void aSettingThatIsRefusedConcernsNobodyElse(String sql) {
    try (SocketClient one = client("refused_app", "tenant_acme");
        SocketClient other = client("refused_app", "tenant_globex")) {
      assertThat(one.query(sql)).anyMatch(answer -> answer.startsWith("E"));
      one.query("ROLLBACK");
      assertThat(other.value("SELECT m FROM mark")).isEqualTo("globex");
      assertThat(one.value("SELECT m FROM mark")).isEqualTo("acme");
      assertThat(one.sends("P - " + sql, "B -", "E", "S").until('Z'))
          .anyMatch(answer -> answer.startsWith("E"));
      one.query("ROLLBACK");
      assertThat(other.value("SELECT m FROM mark")).isEqualTo("globex");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {65_000, 70_000, 1_100_000})
  void aLongValueIsItsClientsAlone(int length) {
    try (SocketClient one = client("refused_app", "tenant_acme")) {
      one.query("SET app.large TO '" + "v".repeat(length / 2) + "'");
      one.sends(
          "P - SELECT set_config('app.large', repeat('w', " + length + "), false) IS NULL",
          "B -",
          "E",
          "S");
      assertThat(one.until('Z')).contains("D f");
      assertThat(one.value("SELECT length(current_setting('app.large'))")).isEqualTo("" + length);
      if (length <= 70_000) {
        try (SocketClient other = client("refused_app", "tenant_globex")) {
          assertThat(other.value("SELECT coalesce(current_setting('app.large', true), '')"))
              .isEmpty();
        }
      }
      assertThat(one.value("SELECT length(current_setting('app.large'))")).isEqualTo("" + length);
    }
    try (SocketClient other = client("refused_app", "tenant_globex")) {
      assertThat(other.value("SELECT coalesce(current_setting('app.large', true), '')")).isEmpty();
    }
  }

  @Test
  void aPathOfTenThousandNamesIsCarried() {
    StringBuilder path = new StringBuilder("tenant_acme");
    for (int i = 0; i < 10_000; i++) {
      path.append(", nobody_").append(i);
    }
    try (SocketClient one = client("refused_app", "tenant_acme");
        SocketClient other = client("refused_app", "tenant_globex")) {
      assertThat(one.query("SET search_path TO " + path)).contains("C SET");
      assertThat(other.value("SELECT m FROM mark")).isEqualTo("globex");
      assertThat(one.value("SELECT length(current_setting('search_path')) > 100000"))
          .isEqualTo("t");
      assertThat(one.value("SELECT m FROM mark")).isEqualTo("acme");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT public.forgetting()",
        "SELECT public.forgetting() FROM generate_series(1, 2)",
        "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$",
        "DO $$ BEGIN EXECUTE 'DEALLOCATE ' || (SELECT name FROM pg_prepared_statements LIMIT 1);"
            + " END $$"
      })
  void statementsThatAFunctionDropsAreMadeAgain(String sql) {
    try (SocketClient one = client("refused_app", "tenant_acme");
        SocketClient other = client("refused_app", "tenant_globex")) {
      other.query("SET application_name TO 'other'");
      other.sends("P s SELECT m FROM mark", "B s", "E", "S");
      assertThat(other.until('Z')).contains("D globex");
      one.query("SET application_name TO 'one'");
      assertThat(one.query(sql)).noneMatch(answer -> answer.startsWith("E"));
      other.sends("B s", "E", "S");
      assertThat(other.until('Z')).contains("D globex");
      assertThat(one.value("SHOW application_name")).isEqualTo("one");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"refused_old", "refused_app"})
  void textsAreReadByTheRulesInForce(String user) {
    try (SocketClient one = client(user, "tenant_acme");
        SocketClient other = client(user, "tenant_globex")) {
      if (user.equals("refused_app")) {
        // Within a batch the next text is read by the rules that this one sets.
        one.sends(
            "P - SET standard_conforming_strings TO off",
            "B -",
            "E",
            "P - SELECT '\\'', set_config('app.tenant','acme',false); --'",
            "B -",
            "E",
            "S");
        one.until('Z');
      } else {
        one.query("SELECT '\\'', set_config('app.tenant','acme',false); --'");
      }
      assertThat(other.value("SELECT coalesce(current_setting('app.tenant', true), '')")).isEmpty();
      assertThat(one.value("SELECT current_setting('app.tenant', true)")).isEqualTo("acme");
      one.query("SELECT '\\'', set_config('search_path','tenant_globex',false); --'");
      assertThat(one.value("SELECT m FROM mark")).isEqualTo("globex");
    }
  }

  @Test
  void textsAreReadInTheEncodingInForce() {
    // The second byte of the letter is a backslash in ASCII; the quote behind it ends the literal.
    byte[] letter = {(byte) 0x95, 0x5c};
    byte[] head = "SELECT E'".getBytes(StandardCharsets.US_ASCII);
    byte[] tail =
        "', set_config('app.tenant','acme',false) --'\0".getBytes(StandardCharsets.US_ASCII);
    byte[] body = new byte[head.length + letter.length + tail.length];
    System.arraycopy(head, 0, body, 0, head.length);
    System.arraycopy(letter, 0, body, head.length, letter.length);
    System.arraycopy(tail, 0, body, head.length + letter.length, tail.length);
    try (SocketClient one = client("refused_sjis", "tenant_acme");
        SocketClient other = client("refused_sjis", "tenant_globex")) {
      assertThat(one.sends(new Frame('Q', body)).until('Z')).contains("C SELECT 1");
      assertThat(other.value("SELECT coalesce(current_setting('app.tenant', true), '')")).isEmpty();
      assertThat(one.value("SELECT current_setting('app.tenant', true)")).isEqualTo("acme");
    }
  }
}
