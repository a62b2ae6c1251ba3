package dev.tenantgate.migrator.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.lint.TokenSyntax;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Broken files are found with their line, odd ones that are right aren't, and nothing runs. */
class SyntaxOfManyIT {

  /** The line of the error before each. */
  private static final List<String> BROKEN =
      List.of(
          "1|CREAT TABLE t (id int);",
          "1|CREATE TABEL t (id int);",
          "3|CREATE TABLE t (\n  id int,\n);",
          "1|CREATE TABLE t (id int",
          "1|SELECT 'never closed;",
          "1|SELECT $$never closed;",
          "1|SELECT \"never closed;",
          "1|/* never closed\nSELECT 1;",
          "1|ALTER TABLE t ADD COLUMN;",
          "1|INSERT INTO t VALUES (1, 2;",
          "2|SELECT 1;\nSELECT FROM WHERE;",
          "1|UPDATE t SET a == 1;",
          "1|CREATE INDEX ON t;",
          "1|GRANT SELECT ON t;",
          "1|SELECT 1))",
          "1|CREATE TABLE t (id int NULL NOT NUL);",
          "2|SELECT 1;\nDELETE t WHERE id = 1;",
          "1|CREATE TABLE t (a int AUTO_INCREMENT PRIMARY KEY);",
          "1|CREATE TABLE `t` (id int);",
          "1|DO $$ BEGIN NULL; END $$ LANGUAGE;",
          "1|MODIFY TABLE t;",
          "3|SELECT 'é𝄞'; -- ü\n\nCREATE VIEW AS SELECT;;\nSELECT 1;",
          "1|CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;",
          "1|ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0",
          "1|SELECT E'\\u12';");

  private static final List<String> ODD =
      List.of(
          "SELECT 1;;;; SELECT 2;;",
          "SELECT 'it''s'; SELECT E'it\\'s; --'; SELECT U&'d\\0061t';",
          "SELECT $a$ $b$ ; ' \" /* $a$, $tag$-- $tag$;",
          "/* a /* nested */ comment; */ SELECT 1 -- ; )",
          "CREATE TABLE \"a;b\" (\"c)\" int);",
          "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN"
              + " true THEN 1 END; END;",
          "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF true THEN RETURN 1; END"
              + " IF; END $$;",
          "DO LANGUAGE plpgsql $do$ BEGIN PERFORM 1; END; $do$;",
          "CREATE TABLE public.ran (); DROP TABLE IF EXISTS public.ran;",
          "SELECT a.b.c.d FROM a.b.c; TABLE nowhere;",
          "VALUES (1), (2) ORDER BY 1; (SELECT 1) UNION (SELECT 2);",
          "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x;",
          "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE;",
          "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON nowhere USING gin (a gin_trgm_ops);",
          "VACUUM (ANALYZE) nowhere;",
          "SELECT 'a' -- comment\n  'b', 1 ! ~ 2, a @> b, c -> 'd' ->> 'e';",
          "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b);",
          "COMMENT ON COLUMN t.c IS 'a;b''c'; SECURITY LABEL ON TABLE t IS 'x';",
          "SELECT (array[1,2])[1:2], (ROW(1, 'a')).f1, x::int[][], interval '1' day;",
          "BEGIN; SELECT 1; COMMIT;",
          "SET LOCAL work_mem = '1MB'; RESET ALL; LISTEN x; NOTIFY x, 'y';",
          "REINDEX TABLE CONCURRENTLY nowhere;",
          "\uFEFFSELECT 1; -- a BOM",
          "SELECT 1\r\n;\r\nSELECT 'a\r\nb';\r\n",
          "CREATE TABLE t (LIKE s INCLUDING ALL EXCLUDING INDEXES) PARTITION BY LIST ((a % 2));");

  @TempDir Path folder;

  private static String body(String broken) {
    return broken.substring(broken.indexOf('|') + 1);
  }

  /** The findings of the reader, and of the server's parser, in each file. */
  private List<String> found(List<String> texts) throws Exception {
    TestChangelog files = new TestChangelog(folder);
    for (int i = 0; i < texts.size(); i++) {
      files.with("%03d_x.sql".formatted(i + 1), texts.get(i));
    }
    ChangelogReading reading = files.reading();
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        Migrator migrator =
            Migrator.open(database.settings(), files.settings(), SchemaPattern.parse("{tenant}"))) {
      List<ChangelogProblem> bySyntax = migrator.checks().checkSyntax(reading.migrations());
      assertThat(database.value("SELECT to_regclass('public.ran')")).isNull();
      return Stream.concat(reading.errors().stream(), bySyntax.stream())
          .map(ChangelogProblem::toString)
          .toList();
    }
  }

  @Test
  void brokenFilesAreFoundWithTheirLine() throws Exception {
    List<String> found = found(BROKEN.stream().map(SyntaxOfManyIT::body).toList());
    for (int i = 0; i < BROKEN.size(); i++) {
      String broken = BROKEN.get(i);
      String place = "%03d_x.sql:%s:".formatted(i + 1, broken.substring(0, broken.indexOf('|')));
      assertThat(found).as(broken).anyMatch(error -> error.contains(place));
    }
  }

  @Test
  void oddFilesAreRight() throws Exception {
    assertThat(found(ODD)).isEmpty();
    assertThat(TokenSyntax.check(new TestChangelog(folder).reading().migrations())).isEmpty();
  }
}
