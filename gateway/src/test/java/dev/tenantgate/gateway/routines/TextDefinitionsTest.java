package dev.tenantgate.gateway.routines;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.SqlScan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A definition's text tells whether what it makes may lead to another path. */
class TextDefinitionsTest {

  private static TextDefinitions of(String sql) {
    ByteBuf text = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
    int bytes = text.readableBytes();
    return TextDefinitions.find(text, 0, bytes, SqlScan.scan(text, 0, bytes, LexicalRules.DEFAULT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create function f() returns int language plpgsql as 'begin execute x; end'",
        "create function f() returns text return set_config('search_path', 'x', false)",
        "create procedure f() language sql as $$ set search_path to x $$",
        "create function f() returns int language plpython3u as 'return 1'",
        "create function f() returns int language/* x */c as 'x'",
        "create function f() returns int as E'begin perform set\\137config(1); end' language"
            + " plpgsql",
        "create function f() returns int language sql as U&'select \\0073et_config(1)'",
        "create function f() returns int language sql as 'select set_con'\n'fig(1)'",
        "create extension hstore",
        "create view v as select * from pg_settings",
        "create trigger t before insert on t execute function f()",
        "select 1; create or replace function f() returns int language sql as 'select"
            + " set_config(1)'"
      })
  void itMayLeadElsewhere(String sql) {
    assertThat(of(sql).defines()).isTrue();
    assertThat(of(sql).leads()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create function f() returns int language plpgsql as 'begin return 1; end'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE 'sql' AS $$ UPDATE t SET a = 1 RETURNING 1 $$",
        "create function f() returns text language sql as $$ select set_config('app.x', 'y', true)"
            + " $$",
        "create function f() returns text language sql as $$ select 'a\\d' $$",
        "create temp table t(id int default 1 check (id > 0))",
        "create index i on t(a)",
        "create view v as select 1"
      })
  void itLeadsNowhere(String sql) {
    assertThat(of(sql).defines()).isTrue();
    assertThat(of(sql).leads()).isFalse();
  }

  /** To be sure of that would take longer than it is worth. */
  @Test
  void longTextMayLeadElsewhere() {
    assertThat(of("create view v as select 1 --" + "-".repeat(20_000)).leads()).isTrue();
  }
}
