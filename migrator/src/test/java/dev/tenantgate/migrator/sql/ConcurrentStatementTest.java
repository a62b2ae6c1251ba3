package dev.tenantgate.migrator.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.changelog.Directives;
import dev.tenantgate.migrator.changelog.LineMap;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.sql.ConcurrentStatement.Detachment;
import dev.tenantgate.migrator.sql.ConcurrentStatement.IndexBuild;
import dev.tenantgate.migrator.sql.ConcurrentStatement.Rebuild;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConcurrentStatementTest {

  @Test
  void readsAnIndexBuild() {
    assertThat(
            ConcurrentStatement.of(
                "create unique index /* ; */ concurrently if not exists \"My \"\"Idx\" on only"
                    + " s.\"T\" using gin (a, (b || ' on ')) where c"))
        .isEqualTo(
            new IndexBuild(
                "\"My \"\"Idx\"", "s.\"T\"", true, "using gin (a, (b || ' on ')) where c"));
    assertThat(ConcurrentStatement.of("CREATE INDEX CONCURRENTLY ON t (a)"))
        .isEqualTo(new IndexBuild(null, "t", false, "(a)"));
    assertThat(new IndexBuild("i", "t", true, "(a)").on("copy"))
        .isEqualTo("CREATE UNIQUE INDEX ON copy (a)");
    assertThat(ConcurrentStatement.catalogName("\"My \"\"Idx\"")).isEqualTo("My \"Idx");
    assertThat(ConcurrentStatement.catalogName("Users_Email")).isEqualTo("users_email");
    assertThat(ConcurrentStatement.catalogName("ÄRA")).isEqualTo("Ära");
    assertThat(ConcurrentStatement.catalogName("U&\"d\\0061t\"")).isEqualTo("dat");
    assertThat(ConcurrentStatement.catalogName("é".repeat(40))).isEqualTo("é".repeat(31));
  }

  @Test
  void readsEscapedNames() {
    assertThat(
            ConcurrentStatement.of(
                "CREATE INDEX CONCURRENTLY U&\"d!0061t!!\" UESCAPE '!' ON s.U&\"\\0074\" (a)"))
        .isEqualTo(new IndexBuild("\"dat!\"", "s.\"t\"", false, "(a)"));
    assertThat(ConcurrentStatement.of("CREATE INDEX CONCURRENTLY if ON t (a)"))
        .isEqualTo(new IndexBuild("if", "t", false, "(a)"));
  }

  @Test
  void readsADetachmentAndARebuild() {
    assertThat(
            ConcurrentStatement.of(
                "ALTER TABLE IF EXISTS ONLY log DETACH PARTITION s.log_1 CONCURRENTLY"))
        .isEqualTo(new Detachment("log", "s.log_1"));
    assertThat(new Detachment("log", "log_1").finalizing())
        .isEqualTo("ALTER TABLE log DETACH PARTITION log_1 FINALIZE");
    assertThat(ConcurrentStatement.of("REINDEX (VERBOSE) TABLE CONCURRENTLY t"))
        .isEqualTo(new Rebuild());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE INDEX concurrently_named ON t (a)",
        "CREATE INDEX CONCURRENTLY",
        "CREATE INDEX CONCURRENTLY i t",
        "ALTER TABLE t DETACH PARTITION p",
        "ALTER TABLE t ADD concurrently int",
        "DROP INDEX CONCURRENTLY i",
        ""
      })
  void leavesOthersAlone(String sql) {
    assertThat(ConcurrentStatement.of(sql)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "VACUUM t|true",
        "CREATE INDEX CONCURRENTLY i ON t (a)|true",
        "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)|true",
        "CREATE INDEX i ON t (a)|false",
        "DROP INDEX CONCURRENTLY i|true",
        "REINDEX INDEX CONCURRENTLY i|true",
        "REINDEX INDEX i|false",
        "ALTER TABLE t DETACH PARTITION p CONCURRENTLY|true",
        "ALTER TABLE t DETACH PARTITION p FINALIZE|true",
        "ALTER TABLE t DETACH PARTITION p|false",
        "ALTER TYPE mood ADD VALUE 'x'|false",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v|false",
        "CREATE DATABASE d|true",
        "ALTER TABLE t RENAME detach TO finalize|false",
        "ALTER TABLE t RENAME COLUMN detach TO concurrently|false",
        "ALTER TABLE detach ADD COLUMN partition int, ADD finalize int|false",
        "ALTER TABLE t DETACH PARTITION finalize|false",
        "ALTER TABLE t DETACH PARTITION s.finalize|false",
        "ALTER TABLE s.t DETACH PARTITION p FINALIZE|true",
        "ALTER TABLE IF EXISTS ONLY d.s.t DETACH PARTITION s.finalize FINALIZE|true",
        "ALTER TABLE U&\"t!0061\" UESCAPE '!' DETACH PARTITION p CONCURRENTLY|true",
        "ALTER DATABASE tablespace SET work_mem = 1|false",
        "ALTER DATABASE d SET TABLESPACE s|true",
        "REINDEX (VERBOSE) SCHEMA s|true",
        "REINDEX (VERBOSE, CONCURRENTLY) INDEX i|true",
        "REINDEX (CONCURRENTLY FALSE) INDEX i|false",
        "CLUSTER (VERBOSE)|true",
        "CLUSTER VERBOSE t|false",
        "ALTER SUBSCRIPTION s REFRESH PUBLICATION|true",
        "ALTER SUBSCRIPTION s ENABLE|false",
        "ALTER SYSTEM SET x = 1|true"
      })
  void knowsWhatCanNotBeInATransaction(String sql, boolean needsItsOwn) {
    assertThat(OwnTransaction.isNeededBy(SqlScript.scan(sql).statements().get(0)))
        .isEqualTo(needsItsOwn);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREATE INDEX CONCURRENTLY concurrently ON t (a);|CREATE INDEX              concurrently ON"
            + " t (a);",
        "DROP INDEX CONCURRENTLY i; SELECT 1|DROP INDEX              i; SELECT 1",
        "ALTER TABLE t DETACH PARTITION concurrently CONCURRENTLY;|ALTER TABLE t DETACH PARTITION"
            + " concurrently             ;",
        "VACUUM t; SELECT 1|        ; SELECT 1"
      })
  void isPutSoThatOneTransactionCanRunIt(String sql, String inOne) {
    SqlPart part =
        new SqlPart(
            sql, LineMap.from(1), SessionEffect.SESSION, Directives.NONE, Path.of("x.sql"), false);

    assertThat(part.inOneTransaction().strip()).isEqualTo(inOne.strip());
    assertThat(part.inOneTransaction()).hasSameSizeAs(sql);
  }
}
