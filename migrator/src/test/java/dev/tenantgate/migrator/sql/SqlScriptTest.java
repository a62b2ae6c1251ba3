package dev.tenantgate.migrator.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlScriptTest {

  private static List<String> statements(String sql) {
    SqlScript script = SqlScript.scan(sql);
    assertThat(script.defect()).isNull();
    return script.statements().stream().map(s -> sql.substring(s.start(), s.end())).toList();
  }

  /** Each is one statement, whatever looks like a semicolon in it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT ';'",
        "SELECT 'it''s; fine'",
        "SELECT 'a\\'",
        "SELECT E'a\\';b'",
        "SELECT e'a\\\\'",
        "SELECT E'a'\n  'b\\';c'",
        "SELECT E'a' -- said\n 'b\\';c'",
        "SELECT U&'d\\0061t;a'",
        "SELECT U&\"d;\"",
        "SELECT B'1', X'1;', N';'",
        "SELECT \"a;\"\"b\"",
        "SELECT $$;$$",
        "SELECT $a$;$$;$b$;$a$",
        "SELECT $ü_1$;$ü_1$",
        "SELECT a$b$c",
        "SELECT $1",
        "SELECT 1 /* ; /* ; */ ; */ + 2",
        "SELECT 1 -- ;\n + 2",
        "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
        "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC"
            + " SELECT CASE WHEN true THEN 1 ELSE CASE 2 WHEN 2 THEN 3 END END; SELECT 2; END",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT (SELECT 8 AS end); END",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 8 AS end; SELECT 1 end; END",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT t.end, 1 AS case FROM t; END",
        "CREATE FUNCTION f(i int) RETURNS int BEGIN ATOMIC SELECT f((CASE WHEN true THEN 1 END));"
            + " END",
        "CREATE FUNCTION f() RETURNS void BEGIN ATOMIC END",
        "CREATE PROCEDURE p() BEGIN ATOMIC INSERT INTO t VALUES (1); END",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$",
        "DO $do$ BEGIN PERFORM 1; END $do$",
      })
  void keepsOneStatementWhole(String sql) {
    assertThat(statements(sql)).containsExactly(sql);
    assertThat(statements(sql + " ; SELECT 2;")).containsExactly(sql, "SELECT 2");
  }

  @Test
  void tellsLinesAndWords() {
    SqlScript script =
        SqlScript.scan("-- head\n\nCREATE TABLE \"T\" (\n a int\n);\n/* x\n */ Drop table t");

    assertThat(script.statements()).extracting(SqlStatement::line).containsExactly(3, 7);
    assertThat(script.statements().get(0).words())
        .containsExactly("CREATE", "TABLE", "\"T\"", "(", "A", "INT", ")");
    assertThat(script.statements().get(1).startsWith("DROP", "TABLE")).isTrue();
  }

  @Test
  void leavesEmptyStatementsOut() {
    assertThat(statements(";; -- nothing\n ; /* nothing */")).isEmpty();
    assertThat(statements("")).isEmpty();
  }

  @Test
  void aTransactionBlockIsNoFunctionBody() {
    assertThat(statements("BEGIN; SELECT 1; END; BEGIN; COMMIT"))
        .containsExactly("BEGIN", "SELECT 1", "END", "BEGIN", "COMMIT");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1;\nSELECT 'a",
        "SELECT 1;\nSELECT E'a\\'",
        "SELECT 1;\nSELECT \"a",
        "SELECT 1;\nSELECT $x$ a $y$",
        "SELECT 1;\n/* a /* b */",
        "SELECT 1;\n\\copy t from 'x'",
      })
  void tellsWhatIsNoSqlAndWhere(String sql) {
    SqlScript script = SqlScript.scan(sql);

    assertThat(script.defect())
        .extracting(defect -> defect == null ? 0 : defect.line())
        .isEqualTo(2);
    assertThat(script.statements()).hasSize(1);
  }

  @Test
  @Timeout(20)
  void takesLinearTimeOnWhatIsMadeToBeSlow() {
    int many = 2_000_000;
    for (String unit :
        List.of("(", "/*", "*/", "$a", "$a$", "'", "\"", "E'", "--", "CASE ", "a;", "E'a' ")) {
      assertThat(SqlScript.scan(unit.repeat(many / unit.length()))).isNotNull();
    }
  }
}
