package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlScanTest {

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '~',
      value = {
        "SET search_path TO tenant_a => 0 set search_path \"tenant_a\"",
        "set search_path = Tenant_A, \"Odd\", 'a, b' => 0 set search_path \"tenant_a\", \"Odd\","
            + " \"a, b\"",
        "SET SESSION search_path TO 'a' => 0 set search_path \"a\"",
        "SET LOCAL search_path TO a => 0 set local search_path \"a\"",
        "SET \"search_path\" TO a => 0 set search_path \"a\"",
        "SET \"Search_Path\" TO a => 0 set search_path \"a\"",
        "SET U&\"search\\005fpath\" TO a => 0 set search_path \"a\"",
        "SET U&\"search!005fpath\" UESCAPE '!' TO a => 0 set search_path \"a\"",
        "SET search_path = E'a\\'b' => 0 set search_path \"a'b\"",
        "SET search_path = $$a$$ => 0 set search_path \"a\"",
        "SET search_path = U&'\\0061' => 0 set search_path \"a\"",
        "SET search_path = '' => 0 set search_path \"\"",
        "SET search_path = 1 => 0 set search_path \"1\"",
        "SET SCHEMA 'tenant_a' => 0 set search_path \"tenant_a\"",
        "SET LOCAL SCHEMA 'a' => 0 set local search_path \"a\"",
        "SET search_path TO DEFAULT => 0 reset search_path",
        "SET LOCAL search_path TO DEFAULT => 0 reset local search_path",
        "RESET search_path => 0 reset search_path",
        "RESET ALL => 0 ResetAll",
        "DISCARD ALL => 0 DiscardAll",
        "DISCARD PLANS => ~~",
        "DISCARD TEMP => 0 DiscardTemporary",
        "/* a /* b */ c */ SET/**/search_path TO a -- y => 0 set search_path \"a\"",
        ";; SET search_path TO a;; SELECT 1 => 0 set search_path \"a\"",
        "SELECT 1; SET search_path TO a => 1 set search_path \"a\"",
        "SELECT ';'; SELECT ';SET x'; SET search_path TO a => 2 set search_path \"a\"",
        "BEGIN; SET LOCAL search_path = a; COMMIT => 0 Begin; 1 set local search_path \"a\"; 2"
            + " commit",
        "SET ROLE bob => 0 set role bob",
        "SET ROLE NONE => 0 set role none",
        "SET ROLE 'Bob' => 0 set role Bob",
        "SET LOCAL ROLE bob => 0 set local role bob",
        "RESET ROLE => 0 reset role",
        "SET SESSION AUTHORIZATION bob => 0 set session_authorization bob",
        "SET SESSION SESSION AUTHORIZATION DEFAULT => 0 reset session_authorization",
        "RESET SESSION AUTHORIZATION => 0 reset session_authorization",
        "SET TIME ZONE 'UTC' => 0 set timezone UTC",
        "SET TIME ZONE LOCAL => 0 reset timezone",
        "SET TIME ZONE -7.5 => 0 set timezone -7.5",
        "SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE => 0 set timezone ?",
        "RESET TIME ZONE => 0 reset timezone",
        "SET NAMES 'latin1' => 0 set client_encoding latin1",
        "SET datestyle = ISO, MDY => 0 set datestyle iso, mdy",
        "SET work_mem = '4MB' => 0 set work_mem 4MB",
        "SET statement_timeout TO 0 => 0 set statement_timeout 0",
        "SET app.tenant = 'x' => 0 set app.tenant x",
        "SET session.x = 'y' => 0 set session.x y",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE => ~~",
        "SET CONSTRAINTS ALL DEFERRED => ~~",
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
            + " => 0 set default_transaction_read_only on;"
            + " 0 set default_transaction_isolation repeatable read",
      })
  void settings(String sql, String effects) {
    assertThat(EffectText.of(sql)).isEqualTo(effects);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '~',
      value = {
        "SELECT set_config('search_path', 'a, b', false) => 0 set search_path a, b",
        "SELECT pg_catalog.set_config('Search_Path', 'a', true) => 0 set local search_path a",
        "SELECT \"set_config\"('search_path', 'a'::text, 'f') AS x => 0 set search_path a",
        "SELECT U&\"set_confi\\0067\"('search_path', 'a', false) => 0 set search_path a",
        "SELECT set_config('search_path', NULL, false) => 0 reset search_path",
        "SELECT set_config('search_path', $1, false) => 0 set_config(search_path, $1, false)",
        "SELECT set_config($1, $2, $3) => 0 set_config($1, $2, $3)",
        "SELECT set_config('search_path', 'tenant_' || $1, false)"
            + " => 0 set_config(search_path, ?, false)",
        "SELECT set_config('search_path', 'a', false) FROM t"
            + " => 0 set_config(search_path, a, false)?",
        "SELECT 1 WHERE set_config('search_path', 'a', false) = 'a'"
            + " => 0 set_config(search_path, a, false)?",
        "INSERT INTO t VALUES (set_config('search_path', 'a', false))"
            + " => 0 set_config(search_path, a, false)?",
        "WITH x AS (SELECT set_config('search_path', 'a', false)) SELECT * FROM x"
            + " => 0 set_config(search_path, a, false)?",
        "COPY (SELECT set_config('search_path', 'a', false)) TO STDOUT"
            + " => 0 set_config(search_path, a, false)?",
        "CREATE TABLE policy AS SELECT set_config('search_path', 'a', false)"
            + " => 0 set_config(search_path, a, false)?",
        "SELECT set_config('search_path', 'a', false), set_config('x.y', 'b', true)"
            + " => 0 set search_path a; 0 set local x.y b",
        "SELECT set_config(set_config('a.b', 'search_path', false), 'x', false)"
            + " => 0 set_config(a.b, search_path, false)?; 0 set_config(?, x, false)?",
        "UPDATE pg_settings SET setting = 'a' WHERE name = 'search_path'"
            + " => 0 set_config(?, ?, false)?",
        "EXPLAIN ANALYZE SELECT set_config('search_path', 'a', false)"
            + " => 0 set_config(search_path, a, false)?",
        "CREATE VIEW v AS SELECT set_config('search_path', 'a', false) => ~~",
        "SELECT * FROM pg_settings => ~~",
        "SELECT 'set_config(1)', \"set_config\" FROM t -- set_config('search_path', 'a', false) =>"
            + " ~~",
      })
  void setConfig(String sql, String effects) {
    assertThat(EffectText.of(sql)).isEqualTo(effects);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '~',
      value = {
        "BEGIN => 0 Begin",
        "begin; => 0 Begin",
        "BEGIN ISOLATION LEVEL SERIALIZABLE => 0 Begin",
        "START TRANSACTION READ ONLY => 0 Begin",
        "COMMIT => 0 commit",
        "END; => 0 commit",
        "COMMIT WORK AND CHAIN => 0 commit chain",
        "COMMIT AND NO CHAIN => 0 commit",
        "COMMIT PREPARED 'x' => ~~",
        "ROLLBACK => 0 rollback",
        "ROLLBACK TRANSACTION AND CHAIN => 0 rollback chain",
        "ROLLBACK PREPARED 'x' => ~~",
        "ABORT => 0 rollback",
        "ROLLBACK TO Sp => 0 rollback to sp",
        "ROLLBACK WORK TO SAVEPOINT \"Sp\" => 0 rollback to Sp",
        "SAVEPOINT sp => 0 savepoint sp",
        "RELEASE SAVEPOINT sp => 0 release sp",
        "RELEASE sp => 0 release sp",
        "PREPARE TRANSACTION 'x' => 0 PrepareTransaction",
      })
  void transactions(String sql, String effects) {
    assertThat(EffectText.of(sql)).isEqualTo(effects);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '~',
      value = {
        "PREPARE p AS SELECT 1 => 0 prepare p[]",
        "PREPARE p(text) AS SELECT set_config('search_path', $1, false)"
            + " => 0 prepare p[set_config(search_path, $1, false)]",
        "EXECUTE p => 0 execute p[]",
        "EXECUTE p('a', 1 + 1) => 0 execute p[a, ?]",
        "EXPLAIN ANALYZE EXECUTE p('a') => 0 execute p[a]?",
        "CREATE TABLE t AS EXECUTE p => 0 execute p[]?",
        "DEALLOCATE p => 0 deallocate p",
        "DEALLOCATE PREPARE \"P\" => 0 deallocate P",
        "DEALLOCATE ALL => 0 DeallocateAll",
        "LISTEN x => 0 listen x",
        "UNLISTEN * => 0 unlisten *",
        "CREATE TEMP TABLE t (a int) => 0 TemporaryObject",
        "CREATE OR REPLACE LOCAL TEMPORARY VIEW v AS SELECT 1 => 0 TemporaryObject",
        "CREATE TABLE pg_temp.t (a int) => 0 TemporaryObject",
        "SELECT 1 INTO TEMP t => 0 TemporaryObject",
        "SELECT * INTO TEMPORARY TABLE t FROM x => 0 TemporaryObject",
        "INSERT INTO temp VALUES (1) => ~~",
        "CREATE TABLE t (temp text) => ~~",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1 => 0 hold cursor c",
        "DECLARE c CURSOR WITHOUT HOLD FOR SELECT 1 => ~~",
        "SELECT pg_advisory_lock(1) => 0 SessionAdvisoryLock",
        "SELECT pg_try_advisory_lock_shared(1, 2) => 0 SessionAdvisoryLock",
        "SELECT pg_advisory_xact_lock(1) => ~~",
        "SELECT 1 + setseed(0.5) => 0 RandomSeed",
        "SELECT pg_catalog.SETSEED (0.5) => 0 RandomSeed",
        "SELECT setseed FROM seeds => ~~",
        "SELECT dblink_connect('a', 'host=b') => 0 ProcessState",
        "SELECT public.dblink_connect_u('a', 'b') => 0 ProcessState",
        "SELECT pg_replication_origin_session_setup('a') => 0 ProcessState",
        "SELECT pg_backup_start('a') => 0 ProcessState",
        "SELECT pg_start_backup('a', true, false) => 0 ProcessState",
        "SELECT pg_create_physical_replication_slot('a', true, true) => 0 ProcessState",
        "SELECT dblink('host=b', 'SELECT 1'), pg_drop_replication_slot('a') => ~~",
        "LOAD 'x' => 0 LoadLibrary",
        "DO $$ BEGIN PERFORM 1; END $$ => 0 OpaqueBody",
        "CALL p() => 0 OpaqueBody",
      })
  void whatTiesASessionToItsServer(String sql, String effects) {
    assertThat(EffectText.of(sql)).isEqualTo(effects);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "   ",
        "SELECT 1",
        "INSERT INTO t VALUES ('; set search_path to a')",
        "INSERT INTO t VALUES ($$; set search_path to a$$)",
        "SELECT $x$; SET search_path TO a $$ ; SET search_path TO a $x$",
        "SELECT \"; SET search_path TO a\"",
        "/* SET search_path TO a */ SELECT 1 -- ; SET search_path TO a",
        "SELECT 1 /* ; /* SET search_path TO a; */ SET search_path TO a */",
        "UPDATE t SET search_path = 'a'",
        "ALTER ROLE bob SET search_path = a",
        "ALTER DATABASE d SET search_path = a",
        "ALTER FUNCTION f() SET search_path = a",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = a AS 'SELECT 1'",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$BEGIN SET search_path = a; END$$",
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT set_config('search_path', 'a',"
            + " false)$$",
        "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM t; SELECT set_config('search_path', 'a',"
            + " false))",
        "SHOW search_path",
        "settle",
        "SELECT current_setting('search_path')",
      })
  void whatOnlyLooksLikeIt(String sql) {
    assertThat(EffectText.of(sql)).isEmpty();
  }

  @Test
  void withoutStandardConformingStringsABackslashEscapes() {
    String sql = "SELECT 'a\\'; SET search_path TO a; --'";
    LexicalRules off = new LexicalRules(ClientEncoding.UTF_8, false);

    assertThat(EffectText.of(sql)).isEqualTo("1 set search_path \"a\"");
    assertThat(EffectText.scan(sql, StandardCharsets.UTF_8, off).steps()).isEmpty();
    assertThat(
            EffectText.text(
                EffectText.scan("SET search_path TO 'a\\'b'", StandardCharsets.UTF_8, off)))
        .isEqualTo("0 set search_path \"a'b\"");
  }

  /** The second byte of 表 is a backslash in SJIS, that of 誠 in BIG5's sense a letter's. */
  @ParameterizedTest
  @CsvSource({"SJIS,windows-31j", "BIG5,x-windows-950", "GBK,GBK", "UHC,x-windows-949"})
  void lettersThatHideAscii(String encoding, String charset) {
    LexicalRules rules = new LexicalRules(ClientEncoding.of(encoding), false);

    assertThat(
            EffectText.text(
                EffectText.scan(
                    "SELECT '表'; SET search_path TO '表'", Charset.forName(charset), rules)))
        .isEqualTo("1 set search_path \"表\"");
  }

  @Test
  void namesOfOtherEncodingsAreRead() {
    LexicalRules rules = new LexicalRules(ClientEncoding.of("LATIN1"), true);

    assertThat(
            EffectText.text(
                EffectText.scan("SET search_path TO 'é'", StandardCharsets.ISO_8859_1, rules)))
        .isEqualTo("0 set search_path \"é\"");
  }

  @Test
  void statementsAreCountedAsTheServerAnswersThem() {
    assertThat(EffectText.scan(";SELECT 1;;SET a.b = 1; SELECT 2;").statements()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "BEGIN                                   | true",
        "BEGIN; SET LOCAL search_path = a; ;     | true",
        "SET a.b TO 1; ROLLBACK                  | true",
        "SELECT 1                                | false",
        "BEGIN; SELECT f()                       | false",
        "BEGIN; SET LOCAL search_path TO DEFAULT | false",
        "SET a.b TO 1; CREATE TABLE t ()         | false",
        "SELECT set_config('a.b', 'c', false)    | false",
        "SELECT set_config('a.b', 'c', true), f()| false",
        // Which runs the triggers that were put off.
        "COMMIT                                  | false"
      })
  void textsThatNameNothingElseAreTold(String sql, boolean selfContained) {
    ByteBuf text = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
    assertThat(EffectText.scan(sql).isSelfContained(text, 0, text.readableBytes()))
        .isEqualTo(selfContained);
  }

  /** A body's END is no commit, and what seems to stand behind it may be part of it. */
  @Test
  void behindAnAtomicBodyNothingIsSure() {
    assertThat(
            EffectText.of(
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS case; SELECT 2; END;"
                    + " SET search_path = a; SELECT 1 AS end"))
        .isEqualTo("3 set search_path \"a\" ?");
    assertThat(
            EffectText.of(
                "CREATE FUNCTION f(begin atomic) RETURNS int AS 'x'; SET search_path = a"))
        .isEqualTo("1 set search_path \"a\"");
  }

  @Test
  void nestedCallsDoNotExhaustTheStack() {
    String nested = "set_config(".repeat(100_000) + ")".repeat(100_000);

    assertThat(EffectText.scan("SELECT " + nested).steps()).isNotEmpty();
  }

  @Test
  void bindGivesWhatTheTextLeavesOpen() {
    SessionEffect.SetConfig call =
        (SessionEffect.SetConfig)
            EffectText.scan("SELECT set_config($1, $2, $3)").steps().get(0).effect();

    assertThat(
            call.bound(
                new BoundValues(
                    java.util.List.of(
                        new Operand.Literal("search_path"),
                        new Operand.Literal("a"),
                        new Operand.Literal("t")))))
        .isEqualTo(new SessionEffect.SetParameter("search_path", new Operand.Literal("a"), true));
    assertThat(call.bound(new BoundValues(java.util.List.of()))).isInstanceOf(call.getClass());
  }
}
