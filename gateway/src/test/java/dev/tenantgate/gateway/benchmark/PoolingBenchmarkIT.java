package dev.tenantgate.gateway.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The benchmark in a size that says nothing, but that it still runs where it can. */
class PoolingBenchmarkIT {

  private static String run(String... words) {
    TestPostgres server = TestPostgres.latest();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PoolingBenchmark benchmark =
        new PoolingBenchmark(new PrintStream(out, true, StandardCharsets.UTF_8));
    String url =
        "--url=postgresql://postgres@%s:%d/postgres".formatted(server.host(), server.port());
    int exitCode =
        new CommandLine(benchmark)
            .execute(Stream.concat(Stream.of(url), Stream.of(words)).toArray(String[]::new));
    String table = out.toString(StandardCharsets.UTF_8);
    assertThat(exitCode).as(table).isZero();
    return table;
  }

  @Test
  void aFileWithoutAPlaceForTheTableIsRefusedBeforeAnythingRuns(@TempDir Path folder)
      throws Exception {
    Path readme = Files.writeString(folder.resolve("README.md"), "no place\n");

    assertThatThrownBy(() -> PoolingMarkdown.requirePlace(readme))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("README.md")
        .hasMessageContaining("<!-- PoolingBenchmark: from here on its output -->");
  }

  @Test
  void itPrintsARowOrSaysWhatIsMissing(@TempDir Path folder) throws Exception {
    Path readme = folder.resolve("README.md");
    Files.writeString(
        readme,
        """
        before
        <!-- PoolingBenchmark: from here on its output -->
        an older one
        <!-- PoolingBenchmark: up to here -->
        after
        """);
    String table =
        run(
            "--readme=" + readme,
            "--only=^simple, 1$|^idle$",
            "--rounds=1",
            "--seconds=1",
            "--cold=1",
            "--warm-up=0",
            "--idle=5");

    if (table.startsWith("Nothing is measured")) {
      assertThat(table).containsPattern("there is no (pgbench|pgbouncer) on the PATH");
    } else {
      assertThat(table.lines().map(String::strip))
          .anyMatch(line -> line.startsWith("PostgreSQL 18"))
          .anyMatch(line -> line.matches("simple, 1 +tenantgate .*"))
          .anyMatch(line -> line.matches("throughput \\d.* CPU \\d.* cold \\d.*"))
          .anyMatch(line -> line.startsWith("5 idle clients"))
          .anyMatch(
              line -> line.endsWith("targets are missed.") || line.equals("All targets are met."));
      assertThat(readme)
          .content()
          .startsWith("before\n")
          .endsWith("<!-- PoolingBenchmark: up to here -->\nafter\n")
          .containsPattern("\n\\| simple, 1 \\| PgBouncer \\| [\\d,]+ · ")
          .contains("An idle client of 5: ")
          .doesNotContain("an older one");
    }
  }
}
