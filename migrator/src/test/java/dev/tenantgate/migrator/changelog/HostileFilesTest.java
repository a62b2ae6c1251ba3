package dev.tenantgate.migrator.changelog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.testing.TestChangelog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as they shouldn't be; each is read as PostgreSQL would, or refused by file and line. */
class HostileFilesTest {

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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | 1_a.sql:1: there is no statement",
        "'-- comments\n/* alone /* nested */ */\n' | 1_a.sql:1: there is no statement",
        "'SELECT 1;\n\\i x.sql' | 1_a.sql:2: psql's own commands",
        "'SELECT 1;\n\\copy t FROM x' | 1_a.sql:2: psql's own commands",
        "'SELECT 1;\n\n/* a /* b */' | 1_a.sql:3: this comment is never closed",
        "'SELECT $a$ x $b$;' | 1_a.sql:1: this dollar-quoted string $a$ is never closed",
        "'-- Dependencies: 99\nSELECT 1;' | 1_a.sql:1: there is no migration 99",
        "'-- Dependencies: 1\nSELECT 1;' | 1_a.sql:1: a migration can't depend on itself",
        "'-- x\rSELECT 1;\r\\i x' | 1_a.sql:3: psql's own commands",
      })
  void isRefusedByFileAndLine(String content, String error) {
    files.with("1_a.sql", content);

    assertThat(errors()).isNotEmpty().first().asString().startsWith(error);
  }

  @Test
  void whatTakesBackAMigrationThatCannotBeReadIsNotToBlame() {
    files
        .with("001_a.sql", new byte[] {(byte) 0xff})
        .with("rollback-001.sql", "SELECT 1;")
        .with("002_b.sql", "SELECT '\0';")
        .with("rollbacks/002_b.sql", "SELECT 1;")
        .with("rollback-003.sql", "SELECT 1;");

    assertThat(errors())
        .containsExactly(
            "001_a.sql:1: this isn't UTF-8 (byte 0); save the file as UTF-8",
            "002_b.sql:1: there is a NUL here, which PostgreSQL's texts can't have",
            "rollback-003.sql: there is no migration 3 for this to roll back");
  }

  @Test
  void copyFromTheClientIsFoundBehindAnyNumberOfColumns() {
    String columns = String.join(", ", List.of("abcdefghijklmnopqrstuvwxyz".split("")));
    files.with("1_a.sql", "SELECT 1;\nCOPY t (" + columns + ") FROM STDIN;\n1\n");

    assertThat(errors())
        .contains("1_a.sql:2: COPY from the client can't be used in a migration; use INSERT");
  }

  @Test
  void aCycleIsNamed() {
    files
        .with("1_a.sql", "-- Dependencies: 3\nSELECT 1;")
        .with("2_b.sql", "-- Dependencies: 1\nSELECT 1;")
        .with("3_c.sql", "-- Dependencies: 2\nSELECT 1;");

    assertThat(errors())
        .containsExactly(
            "1_a.sql:1: a migration depends on lower versions only, 3 is higher than 1; they form"
                + " a cycle: 1 → 3 → 2 → 1");
  }

  @Test
  void whatIsNoFileIsNotReadAsOne() throws IOException {
    Files.createDirectory(folder.resolve("1_a.sql"));
    Files.createSymbolicLink(folder.resolve("2_b.sql"), Path.of("nowhere.sql"));
    Files.writeString(folder.resolve("real.txt"), "SELECT 1;");
    Files.createSymbolicLink(folder.resolve("3_c.sql"), Path.of("real.txt"));

    assertThat(errors())
        .containsExactly(
            "1_a.sql: this is a folder, and is named like a migration; rename it",
            "2_b.sql:1: this symbolic link leads to no file");
    assertThat(files.reading().migrations()).extracting(Migration::name).containsExactly("c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\r"})
  void markersAreFoundWhateverEndsTheLines(String lineEnd) {
    String text = "-- UP MIGRATION\nCREATE TABLE a ();\n-- DOWN MIGRATION\nDROP TABLE a;\n";
    files.with("1_a.sql", "\uFEFF" + text.replace("\n", lineEnd));

    Migration migration = files.changelog().migrations().get(0);

    assertThat(migration.up().sql()).contains("CREATE").doesNotContain("DROP");
    assertThat(migration.down())
        .isInstanceOfSatisfying(SqlPart.class, down -> assertThat(down.firstLine()).isEqualTo(4));
  }

  @Test
  void transactionsInPairsBecomeOne() {
    files.with("1_a.sql", "BEGIN;\nSELECT 1;\nCOMMIT;\nSELECT 2;\nBEGIN;\nSELECT 3;\nEND;\n");

    assertThat(files.changelog().migrations().get(0).up().sql())
        .contains("SELECT 1;", "SELECT 2;", "SELECT 3;")
        .doesNotContain("BEGIN", "COMMIT", "END");
    assertThat(files.reading().warnings())
        .anySatisfy(
            warning -> {
              assertThat(warning.rule()).isEqualTo(LintRule.TRANSACTION_CONTROL);
              assertThat(warning.line()).isEqualTo(3);
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BEGIN; BEGIN; SELECT 1; COMMIT;",
        "BEGIN; SELECT 1;",
        "COMMIT; SELECT 1; BEGIN;",
        "BEGIN; SELECT 1; ROLLBACK;",
      })
  void otherTransactionsAreRefused(String sql) {
    files.with("1_a.sql", sql);

    assertThat(errors()).isNotEmpty();
  }

  @Test
  void whatIsNeverClosedIsTheOnlyError() {
    files.with("1_a.sql", "BEGIN;\nSELECT 'open;\nCOMMIT;\n");

    assertThat(errors()).containsExactly("1_a.sql:2: this string is never closed");
  }

  @Test
  void whatDoesNotFitIntoMemoryIsRefusedByName() throws IOException {
    FileBudget budget = new FileBudget(8 << 20);
    List<ChangelogProblem> problems = new ArrayList<>();
    Path small = Files.write(folder.resolve("1_a.sql"), new byte[700 << 10]);
    Path large = Files.write(folder.resolve("2_b.sql"), new byte[400 << 10]);

    assertThat(budget.read(small, problems)).isPresent();
    Optional<byte[]> refused = budget.read(large, problems);

    assertThat(refused).isEmpty();
    assertThat(problems)
        .singleElement()
        .satisfies(
            problem ->
                assertThat(problem.toString())
                    .contains("2_b.sql:1: this file's 0.4 MB, beside 0.7 MB", "8 MB", "-Xmx24m"));
  }

  @Test
  void theLineOfAnErrorIsFoundFarBehind() {
    StringBuilder text = new StringBuilder("-- UP MIGRATION\n");
    for (int i = 0; i < 20_000; i++) {
      text.append("INSERT INTO t VALUES (").append(i).append(", 'a;b');\n");
    }
    files.with("1_a.sql", text.append("SELECT 'open").toString().getBytes(UTF_8));

    assertThat(errors()).containsExactly("1_a.sql:20002: this string is never closed");
  }
}
