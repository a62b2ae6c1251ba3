package dev.tenantgate.migrator.changelog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChangelogReaderTest {

  @TempDir Path folder;
  TestChangelog files;

  @BeforeEach
  void open() {
    files = new TestChangelog(folder);
  }

  private Migration only() {
    return files.changelog().migrations().get(0);
  }

  /** Errors as {@code file:line: message}, without the folder. */
  private List<String> errors() {
    return files.reading().errors().stream()
        .map(error -> error.toString().replace(folder + "/", ""))
        .toList();
  }

  @Test
  void readsTheDocumentedFormat() {
    files.with(
        "00001_add_multitenancy.sql",
        """
        -- Migration: 00001_add_multitenancy.sql
        -- Description: Add multitenancy support
        -- Date: 2025-01-15
        -- Author: AGoat Publisher Team

        -- UP MIGRATION
        CREATE TABLE customers (id int);

        -- DOWN MIGRATION
        DROP TABLE IF EXISTS customers;
        """);

    Migration migration = only();

    assertThat(migration.version()).isEqualTo(new Version(1));
    assertThat(migration.name()).isEqualTo("add_multitenancy");
    assertThat(migration.description()).isEqualTo("Add multitenancy support");
    assertThat(migration.scope()).isEqualTo(MigrationScope.TENANT);
    assertThat(migration.up().sql()).isEqualTo("CREATE TABLE customers (id int);\n\n");
    assertThat(((SqlPart) migration.up()).firstLine()).isEqualTo(7);
    assertThat(migration.up().touchesSession()).isFalse();
    SqlPart down = (SqlPart) java.util.Objects.requireNonNull(migration.down());
    assertThat(down.sql()).isEqualTo("DROP TABLE IF EXISTS customers;\n");
    assertThat(down.firstLine()).isEqualTo(10);
    assertThat(down.file()).hasFileName("00001_add_multitenancy.sql");
    assertThat(migration.checksum()).hasSize(64).matches("[0-9a-f]+");
  }

  @Test
  void whatLooksLikeAMarkerInsideAStringIsNone() {
    files.with(
        "1_a.sql",
        """
        -- UP MIGRATION
        CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$
        BEGIN
        -- DOWN MIGRATION
          RETURN 1;
        END $$;
        -- DOWN MIGRATION
        DROP FUNCTION f();
        """);

    assertThat(errors()).isEmpty();
    assertThat(only().up().sql()).contains("RETURN 1").doesNotContain("DROP");
    assertThat(only().down()).extracting(MigrationPart::sql).isEqualTo("DROP FUNCTION f();\n");
  }

  @Test
  void aFileWithoutMarkersIsAllWayUp() {
    files.with("1_a.sql", "-- just so\nSELECT 1;");

    assertThat(only().up().sql()).isEqualTo("-- just so\nSELECT 1;");
    assertThat(only().down()).isNull();
    assertThat(files.reading().warnings())
        .singleElement()
        .asString()
        .contains("1_a.sql: this migration has no way down (no DOWN MIGRATION marker");
  }

  @Test
  void anEmptyWayDownIsMissedOnce() {
    files.with("1_a.sql", "-- UP MIGRATION\nSELECT 1;\n-- DOWN MIGRATION\n-- later\n");

    assertThat(only().down()).isNull();
    assertThat(files.reading().warnings())
        .singleElement()
        .asString()
        .contains("1_a.sql:3: there is no statement behind the DOWN MIGRATION marker");
  }

  @Test
  void anEmptyWayDownIsNotMissedBesideARollbackFile() {
    files
        .with("001_a.sql", "-- UP MIGRATION\nSELECT 1;\n-- DOWN MIGRATION\n")
        .with("rollback-001.sql", "SELECT 2;");

    assertThat(only().down()).extracting(MigrationPart::sql).isEqualTo("SELECT 2;");
    assertThat(files.reading().problems()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "public/1_a.sql, '', PUBLIC",
    "tenant/1_a.sql, '', TENANT",
    "both/1_a.sql, '', BOTH",
    "1_a.sql, '', TENANT",
    "1_a.sql, '-- MIGRATION_SCOPE: both', BOTH",
    "1_a.sql, '-- migration_scope:PUBLIC', PUBLIC",
    "public/1_a.sql, '-- MIGRATION_SCOPE: public', PUBLIC",
  })
  void takesTheScopeFromHeaderFolderOrSetting(String file, String head, MigrationScope scope) {
    files.with(file, head + "\nSELECT 1;");

    assertThat(only().scope()).isEqualTo(scope);
  }

  @Test
  void collectsEverythingThatIsWrong() {
    files
        .with("00001_a.sql", "SELECT 1;")
        .with("tenant/1_b.sql", "SELECT 1;")
        .with("nonumber.sql", "SELECT 1;")
        .with("00003_.sql", "SELECT 1;")
        .with("00000_zero.sql", "SELECT 1;")
        .with("99999999999999999999_big.sql", "SELECT 1;")
        .with("00004_empty.sql", "-- UP MIGRATION\n-- nothing\n")
        .with("00005_twice.sql", "-- UP MIGRATION\nSELECT 1;\n-- UP MIGRATION\nSELECT 2;")
        .with("00006_order.sql", "-- DOWN MIGRATION\nSELECT 1;\n-- UP MIGRATION\nSELECT 2;")
        .with("public/00007_scope.sql", "-- MIGRATION_SCOPE: tenant\nSELECT 1;")
        .with("00008_scope.sql", "\n-- MIGRATION_SCOPE: all\nSELECT 1;")
        .with("00009_open.sql", "SELECT 1;\nSELECT 'open;")
        .with("00010_lost.sql", "SELECT 1;\n-- UP MIGRATION\nSELECT 2;")
        .with("00011_foreign.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;")
        .with("00012_latin.sql", "SELECT 'a\n\u00fc'".getBytes(StandardCharsets.ISO_8859_1))
        .with("00013_nul.sql", "SELECT 1;\n\n\0");

    assertThat(errors())
        .anyMatch(e -> e.startsWith("tenant/1_b.sql: version 1 is taken by "))
        .anyMatch(e -> e.startsWith("nonumber.sql: a migration's file is named like"))
        .anyMatch(e -> e.startsWith("00003_.sql: a migration's file is named like"))
        .anyMatch(e -> e.startsWith("00000_zero.sql: a version is a number from 1 on"))
        .anyMatch(e -> e.startsWith("99999999999999999999_big.sql: a version is at most"))
        .anyMatch(e -> e.startsWith("00004_empty.sql:1: there is no statement to apply"))
        .anyMatch(e -> e.startsWith("00005_twice.sql:3: a second UP MIGRATION"))
        .anyMatch(e -> e.startsWith("00006_order.sql:3: UP MIGRATION must stand before DOWN"))
        .anyMatch(e -> e.startsWith("public/00007_scope.sql:1: MIGRATION_SCOPE is tenant, but"))
        .anyMatch(e -> e.startsWith("00008_scope.sql:2: MIGRATION_SCOPE is public, tenant or both"))
        .anyMatch(e -> e.startsWith("00009_open.sql:2: this string is never closed"))
        .anyMatch(e -> e.startsWith("00010_lost.sql:1: this stands before the UP MIGRATION"))
        .anyMatch(e -> e.startsWith("00011_foreign.sql:1: this marker is another tool's"))
        .anyMatch(e -> e.startsWith("00012_latin.sql:2: this isn't UTF-8 (byte 10)"))
        .anyMatch(e -> e.startsWith("00013_nul.sql:3: there is a NUL here"));
    assertThatThrownBy(() -> files.reading().changelog())
        .isInstanceOf(InvalidChangelogException.class)
        .hasMessageContaining("errors in the migrations");
  }

  @Test
  void aFolderThatIsNotThereIsAnError() {
    TestChangelog nowhere = new TestChangelog(folder.resolve("nowhere"));

    assertThat(nowhere.reading().errors())
        .singleElement()
        .matches(error -> error.message().contains("doesn't exist"));
  }

  @Test
  void leavesAloneWhatIsNoMigration() {
    files
        .with("README.md", "read me")
        .with(".hidden/1_a.sql", "nonsense '")
        .with(".gitkeep", "")
        .with("old/1_a.sql", "SELECT 1;")
        .with("1_a.sql", "-- UP MIGRATION\nSELECT 1;\n-- DOWN MIGRATION\nSELECT 2;");

    assertThat(files.changelog().migrations()).hasSize(1);
    assertThat(files.reading().warnings())
        .singleElement()
        .matches(warning -> warning.file().endsWith("old"));
  }

  @Test
  void warnsOfGaps() {
    files.with("1_a.sql", "SELECT 1;").with("3_c.sql", "SELECT 1;");

    assertThat(files.reading().warnings())
        .anyMatch(warning -> warning.message().contains("between 1 and 3"));
    assertThat(files.reading().errors()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BEGIN; SELECT 1; COMMIT;",
        "begin work; SELECT 1; end transaction",
        "START TRANSACTION;\nSELECT 1;\nCOMMIT WORK",
        "/* x */ BEGIN TRANSACTION; SELECT 1; END; -- done",
      })
  void blanksOutATransactionAroundItAll(String sql) {
    files.with("1_a.sql", sql);

    String body = only().up().sql();

    assertThat(body).hasSameSizeAs(sql).contains("SELECT 1;");
    assertThat(body.toUpperCase(Locale.ROOT)).doesNotContain("BEGIN", "COMMIT", "START", "END");
    assertThat(body.lines().count()).isEqualTo(sql.lines().count());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "COMMIT",
        "BEGIN",
        "END",
        "ROLLBACK",
        "ABORT",
        "SAVEPOINT a",
        "RELEASE a",
        "ROLLBACK TO a",
        "START TRANSACTION READ ONLY",
        "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT",
        "COMMIT AND CHAIN",
        "PREPARE TRANSACTION 'x'",
        "COMMIT PREPARED 'x'",
        "SET TRANSACTION READ ONLY",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "CREATE INDEX CONCURRENTLY i ON t (a)",
        "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
        "DROP INDEX CONCURRENTLY i",
        "REINDEX INDEX CONCURRENTLY i",
        "REINDEX (CONCURRENTLY) TABLE t",
        "VACUUM t",
        "CREATE DATABASE d",
        "ALTER SYSTEM SET work_mem = 1",
        "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
        "COPY t FROM STDIN",
        "DISCARD ALL",
        "SET client_encoding = 'LATIN1'",
        "SET NAMES 'latin1'",
        "SET standard_conforming_strings = off",
        "\\i other.sql",
      })
  void refusesWhatLeavesOrBreaksTheTransaction(String sql) {
    files.with("1_a.sql", "SELECT 1;\n" + sql + ";\n");

    assertThat(errors()).isNotEmpty().allMatch(error -> error.startsWith("1_a.sql:2: "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE INDEX i ON t (a)",
        "CREATE TABLE concurrently_built (commit int, begin int)",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
        "PREPARE p AS SELECT 1",
        "SET LOCAL work_mem = '1MB'",
        "SET DateStyle TO German",
        "SET CONSTRAINTS ALL DEFERRED",
        "SET client_encoding = 'UTF8'",
        "SET standard_conforming_strings = on",
        "COPY t FROM '/tmp/x'",
        "COPY (SELECT 1) TO STDOUT",
        "DO $$ BEGIN NULL; END $$",
      })
  void takesWhatIsHarmless(String sql) {
    files.with("1_a.sql", sql + ";");

    assertThat(errors()).isEmpty();
  }

  @Test
  void knowsWhatTouchesTheSession() {
    files
        .with("1_a.sql", "CREATE TABLE a (id int); INSERT INTO a VALUES (1);")
        .with("2_b.sql", "SET search_path = public;")
        .with("3_c.sql", "CREATE TEMP TABLE x (id int);")
        .with("4_d.sql", "DO $$ BEGIN NULL; END $$;");

    assertThat(files.changelog().migrations())
        .extracting(migration -> migration.up().touchesSession())
        .containsExactly(false, true, true, true);
  }
}
