package dev.tenantgate.migrator.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The effect that a statement may leave in its session, by its text alone. */
class StatementEffectTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE TABLE t (id int, price numeric(10, 2), PRIMARY KEY (id), CHECK (price > 0))|NONE",
        "CREATE INDEX i ON t (lower(name), a)|NONE",
        "CREATE INDEX i ON t USING gin (to_tsvector('english', name)) WHERE now() > a|NONE",
        "CREATE TABLE t PARTITION OF p FOR VALUES IN (1, 2)|NONE",
        "ALTER TABLE t ADD c int DEFAULT 1, ADD UNIQUE (c), ALTER d TYPE numeric(9, 1) USING"
            + " d::numeric(9, 1)|NONE",
        "ALTER TABLE t ADD c int DEFAULT draw(1)|SESSION",
        "ALTER TABLE t ALTER c TYPE int USING other.f(c)|SESSION",
        "CREATE INDEX i ON t (strange(a))|SESSION",
        "CREATE TABLE t AS SELECT strange(1)|SESSION",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT set_config(1)'|NONE",
        "CREATE OR REPLACE VIEW v AS SELECT strange(a) FROM t|NONE",
        "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'|SESSION",
        "CREATE TABLE \"pg_temp\".t (id int)|SESSION",
        "CREATE LOCAL TEMPORARY TABLE t (id int)|SESSION",
        "CREATE OR REPLACE TEMP VIEW v AS SELECT 1|SESSION",
        "CREATE TABLE t (temp int, pg_template int)|NONE",
        "INSERT INTO t (a, b) VALUES (1, now()), (2, lower('X')) ON CONFLICT (a) DO NOTHING|ROWS",
        "INSERT INTO t SELECT set_config('a.b', 'c', false)|PROCESS",
        "UPDATE t SET a = strange(b)|SESSION",
        "DELETE FROM t WHERE a IN (SELECT b FROM u JOIN v ON strange(u.b))|SESSION",
        "TRUNCATE t|ROWS",
        "SELECT 1|SESSION",
        "SET TimeZone = 'UTC'|SESSION",
        "SET app.tenant = 'x'|PROCESS",
        "SET LOCAL app.tenant = 'x'|PROCESS",
        "DO $$ BEGIN SET LOCAL app.tenant = 'x'; END $$|PROCESS",
        "DO $$ BEGIN UPDATE t SET a = 1; END $$|SESSION",
        "DO LANGUAGE plperl $$ $_SHARED{a} = 1 $$|PROCESS",
        "DO LANGUAGE plpgsql $$ BEGIN END $$|SESSION",
        "LOAD 'auto_explain'|PROCESS",
        "SELECT dblink_connect('a', 'b')|PROCESS",
        "CALL p()|SESSION",
        "VACUUM t|SESSION"
      })
  void isTold(String sql, SessionEffect effect) {
    assertThat(StatementEffect.of(sql, SqlScript.scan(sql).statements().get(0))).isEqualTo(effect);
  }
}
