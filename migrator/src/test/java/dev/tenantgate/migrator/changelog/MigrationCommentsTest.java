package dev.tenantgate.migrator.changelog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Dependencies, environments, directives, and rollbacks in files of their own. */
class MigrationCommentsTest {

  @TempDir Path folder;
  TestChangelog files;

  @BeforeEach
  void open() {
    files = new TestChangelog(folder);
  }

  private List<String> errors() {
    return files.reading().errors().stream()
        .map(error -> error.toString().replace(folder + "/", ""))
        .toList();
  }

  private ChangelogReading in(@Nullable String environment) {
    MigrationSettings plain = files.settings();
    return ChangelogReader.read(
        new MigrationSettings(
            plain.locations(),
            plain.defaultScope(),
            plain.trigger(),
            plain.workers(),
            plain.lockTimeout(),
            plain.statementTimeout(),
            plain.leaseTimeout(),
            environment));
  }

  @Test
  void readsListsOfDependencies() {
    files
        .with("001_a.sql", "-- Dependencies: None (initial migration)\nSELECT 1;")
        .with("002_b.sql", "-- Dependencies: 001_a.sql\nSELECT 1;")
        .with(
            "003_c.sql",
            """
            -- Purpose: Something
            --
            -- Dependencies:
            --   - 001_a.sql
            -- * Requires `002_b`
            --
            -- Rollback:
            --   See rollback-003.sql
            SELECT 1;
            """)
        .with("004_d.sql", "-- Dependencies: 1, 003\nSELECT 1;");

    assertThat(files.changelog().migrations())
        .extracting(
            migration ->
                migration.dependencies().stream()
                    .map(dependency -> dependency.version().number())
                    .toList())
        .containsExactly(List.of(), List.of(1L), List.of(1L, 2L), List.of(1L, 3L));
    assertThat(files.changelog().migrations().get(2).description()).isEqualTo("Something");
  }

  @Test
  void checksDependencies() {
    files
        .with("001_a.sql", "-- Dependencies: 002_b\nSELECT 1;")
        .with("002_b.sql", "-- Dependencies: 002_b\nSELECT 1;")
        .with("003_c.sql", "-- Dependencies:\n--  - 001_other.sql\nSELECT 1;")
        .with("005_e.sql", "-- Dependencies: 004_d\nSELECT 1;")
        .with("006_f.sql", "-- Dependencies: the users\nSELECT 1;")
        .with("public/007_g.sql", "-- Dependencies: 001\nSELECT 1;")
        .with("both/008_h.sql", "-- Dependencies: 001\nSELECT 1;")
        .with("009_i.sql", "-- Dependencies: 007\nSELECT 1;");

    assertThat(errors())
        .satisfiesExactly(
            e -> assertThat(e).startsWith("001_a.sql:1: a migration depends on lower versions"),
            e -> assertThat(e).startsWith("002_b.sql:1: a migration can't depend on itself"),
            e -> assertThat(e).isEqualTo("003_c.sql:2: migration 1 is called a"),
            e -> assertThat(e).isEqualTo("005_e.sql:1: there is no migration 4 (d)"),
            e -> assertThat(e).startsWith("006_f.sql:1: a dependency is named like"),
            e -> assertThat(e).startsWith("both/008_h.sql:1: 1 (a) is applied to tenants"),
            e -> assertThat(e).startsWith("public/007_g.sql:1: 1 (a) is applied to tenants"));
  }

  @ParameterizedTest
  @CsvSource({
    "-- Environment: Production-specific",
    "-- Environment: Production only",
    "-- tenantgate: environment=production",
    "'-- Environment: staging, production'",
  })
  void leavesOutWhatIsForAnotherEnvironment(String comment) throws InvalidChangelogException {
    files.with("001_a.sql", comment + "\nSELECT 1;").with("002_b.sql", "SELECT 1;");

    assertThat(in(null).changelog().migrations()).hasSize(1);
    assertThat(in("dev").changelog().migrations()).hasSize(1);
    assertThat(in("Production").changelog().migrations()).hasSize(2);
    assertThat(in(null).warnings())
        .anyMatch(
            warning ->
                warning.message().contains("production alone")
                    || warning.message().contains("production, staging alone"));
  }

  @Test
  void nothingDependsOnWhatIsNotHere() {
    files
        .with("001_a.sql", "-- Environment: production\nSELECT 1;")
        .with("002_b.sql", "-- Dependencies: 001\nSELECT 1;");

    assertThat(errors())
        .containsExactly("002_b.sql:1: 1 (a) is for production alone, this one isn't");
    assertThat(in("production").errors()).isEmpty();
  }

  @Test
  void readsDirectives() {
    files.with(
        "001_a.sql",
        """
        -- tenantgate: lock-timeout=5s online
        -- UP MIGRATION
        -- tenantgate: statement-timeout=2m
        SELECT 1;
        -- DOWN MIGRATION
        -- tenantgate: lock-timeout=100ms
        SELECT 2;
        """);

    Migration migration = files.changelog().migrations().get(0);

    assertThat(migration.isOnline()).isTrue();
    assertThat(migration.up().directives().lockTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(migration.up().directives().statementTimeout()).isEqualTo(Duration.ofMinutes(2));
    MigrationPart down = Objects.requireNonNull(migration.down());
    assertThat(down.directives().lockTimeout()).isEqualTo(Duration.ofMillis(100));
    assertThat(down.directives().statementTimeout()).isNull();
  }

  @Test
  void refusesDirectivesThatAreNone() {
    files.with(
        "001_a.sql",
        """
        -- tenantgate: lock-timeout=5
        -- tenantgate: fast online=yes
        SELECT 1;
        """);

    assertThat(errors())
        .satisfiesExactly(
            e -> assertThat(e).startsWith("001_a.sql:1: lock-timeout=5: must have a unit"),
            e -> assertThat(e).startsWith("001_a.sql:2: \"fast\" is no directive; there are: "),
            e -> assertThat(e).startsWith("001_a.sql:2: \"online=yes\" is no directive"));
  }

  @Test
  void findsRollbacksInFilesOfTheirOwn() {
    files
        .with("001_a.sql", "BEGIN; SELECT 1; COMMIT;")
        .with("rollback-001.sql", "-- Rollback for migration 001\nBEGIN;\nSELECT 2;\nCOMMIT;")
        .with("tenant/002_b.sql", "SELECT 1;")
        .with("tenant/rollbacks/002_b.sql", "SELECT 3;");

    assertThat(files.reading().problems()).isEmpty();
    assertThat(files.changelog().migrations())
        .extracting(migration -> Objects.requireNonNull(migration.down()).sql().strip())
        .satisfiesExactly(
            sql -> assertThat(sql).contains("SELECT 2;").doesNotContain("BEGIN"),
            sql -> assertThat(sql).isEqualTo("SELECT 3;"));
  }

  @Test
  void refusesRollbacksThatFitNothing() {
    files
        .with("001_a.sql", "SELECT 1;\n-- DOWN MIGRATION\nSELECT 2;")
        .with("002_b.sql", "SELECT 1;")
        .with("rollback-001.sql", "SELECT 3;")
        .with("rollback-x.sql", "SELECT 3;")
        .with("rollback-009.sql", "SELECT 3;")
        .with("rollbacks/002_other.sql", "-- UP MIGRATION\nCOMMIT;");

    assertThat(errors())
        .containsExactly(
            "rollback-001.sql: 001_a.sql has a way down of its own; keep one of the two",
            "rollback-009.sql: there is no migration 9 for this to roll back",
            "rollback-x.sql: a rollback beside its migration is named like rollback-005.sql",
            "rollbacks/002_other.sql: migration 2 is called b",
            "rollbacks/002_other.sql:1: a rollback file is all way down, unmarked",
            "rollbacks/002_other.sql:2: COMMIT would leave the transaction that the migration is"
                + " applied in; take it out (one BEGIN … COMMIT around the whole migration is"
                + " fine)");
  }

  @Test
  void nothingInACommentOverSeveralLinesOrInAStringIsAMarker() {
    files.with(
        "00001_t.sql",
        """
        /* How it was once written:
        -- UP MIGRATION
        /* within */
        -- migrate:up
        -- DOWN MIGRATION
        */
        CREATE TABLE t (a text); /* and
        -- DOWN MIGRATION
        again */ INSERT INTO t VALUES ('
        -- DOWN MIGRATION
        ');
        DO $do$ BEGIN
        -- DOWN MIGRATION
        END $do$;
        COMMENT ON TABLE t IS E'\\'
        -- UP MIGRATION
        ';
        CREATE TABLE "odd
        -- DOWN MIGRATION
        " (a int);
        """);

    Migration migration = files.changelog().migrations().get(0);

    assertThat(migration.up().sql()).contains("COMMENT ON TABLE").contains("(a int)");
    assertThat(migration.down()).isNull();
  }

  @Test
  void markersBehindSuchCommentsCount() {
    files.with(
        "00001_t.sql",
        """
        -- Description: it
        -- UP MIGRATION
        CREATE TABLE t (a text); /* x
        */
        -- DOWN MIGRATION
        DROP TABLE t;
        """);

    Migration migration = files.changelog().migrations().get(0);

    assertThat(migration.up().sql()).doesNotContain("DROP");
    assertThat(migration.down()).isNotNull();
  }
}
