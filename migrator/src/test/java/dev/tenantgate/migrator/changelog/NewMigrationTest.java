package dev.tenantgate.migrator.changelog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.migrator.testing.TestChangelog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewMigrationTest {

  @TempDir Path folder;

  private List<String> create(String name) throws IOException {
    return NewMigration.create(new TestChangelog(folder).settings(), name, null, null).stream()
        .map(file -> folder.relativize(file).toString())
        .toList();
  }

  @Test
  void beginsWithOne() throws IOException {
    assertThat(create("Add users")).containsExactly("00001_add_users.sql");
    assertThat(create("add-sites")).containsExactly("00002_add_sites.sql");
    assertThat(new TestChangelog(folder).reading().errors())
        .hasSize(2)
        .allMatch(error -> error.message().contains("no statement to apply"));
  }

  @Test
  void followsTheNewestOnesStyleAndWidth() throws IOException {
    TestChangelog files = new TestChangelog(folder);
    files.with("009_a.sql", "SELECT 1;").with("rollback-009.sql", "SELECT 2;");
    assertThat(create("b")).containsExactly("010_b.sql", "rollback-010.sql");

    files.with("tenant/011_c.py", "UPGRADE_SQL = 'SELECT 1'");
    assertThat(create("d")).containsExactly("tenant/012_d.py");

    files.with("tenant/013_e.sql", "SELECT 1;").with("tenant/rollbacks/013_e.sql", "SELECT 2;");
    assertThat(create("f")).containsExactly("tenant/014_f.sql", "tenant/rollbacks/014_f.sql");
  }

  @Test
  void aFilledInTemplateIsAMigration() throws IOException {
    for (MigrationStyle style : MigrationStyle.values()) {
      List<Path> files =
          NewMigration.create(
              new TestChangelog(folder).settings(), "step " + style, MigrationScope.BOTH, style);
      for (Path file : files) {
        String text = Files.readString(file);
        Files.writeString(
            file,
            text.replace("UP MIGRATION\n", "UP MIGRATION\nSELECT 1;\n")
                .replace("DOWN MIGRATION\n", "DOWN MIGRATION\nSELECT 2;\n")
                .replace("BEGIN;\n", "BEGIN;\nSELECT 1;\n")
                .replace("SQL = \"\"\"\n", "SQL = \"\"\"\nSELECT 1;\n"));
      }
    }

    ChangelogReading reading = new TestChangelog(folder).reading();

    assertThat(reading.problems()).isEmpty();
    assertThat(reading.migrations())
        .hasSize(4)
        .allMatch(migration -> migration.scope() == MigrationScope.BOTH)
        .allMatch(migration -> migration.down() != null)
        .allMatch(migration -> migration.description().startsWith("Step "));
  }

  @Test
  void goesOnWithTimesWhereThereAreTimes() throws IOException {
    new TestChangelog(folder).with("20240131235959_a.sql", "SELECT 1;");

    assertThat(create("b")).singleElement().asString().matches("20[2-9]\\d{11}_b\\.sql");
  }

  @Test
  void manyAtOnceHaveNumbersOfTheirOwn() {
    List<CompletableFuture<List<String>>> all =
        IntStream.range(0, 8)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () -> {
                          try {
                            return create("step_" + i);
                          } catch (IOException e) {
                            throw new UncheckedIOException(e);
                          }
                        }))
            .toList();

    assertThat(all.stream().map(CompletableFuture::join).map(files -> files.get(0).substring(0, 5)))
        .doesNotHaveDuplicates()
        .hasSize(8);
  }

  @Test
  void refusesNamesThatAreNone() {
    assertThatThrownBy(() -> create("../x")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> create("")).isInstanceOf(IllegalArgumentException.class);
  }
}
