package dev.tenantgate.gateway.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The sweep in a size that says nothing, but that it still runs where it can. */
class ScaleBenchmarkIT {

  @TempDir private Path folder;

  @Test
  void itPrintsTheSweepAndDrawsItOrSaysWhatIsMissing() throws IOException {
    TestPostgres server = TestPostgres.latest();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Path plot = folder.resolve("scale.svg");

    int exitCode =
        new CommandLine(new ScaleBenchmark(new PrintStream(out, true, StandardCharsets.UTF_8)))
            .execute(
                "--url=postgresql://postgres@%s:%d/postgres"
                    .formatted(server.host(), server.port()),
                "--tenants=3",
                "--clients=4,8",
                "--size=2",
                "--busy=2",
                "--rate=100",
                "--rounds=1",
                "--seconds=1",
                "--warm-up=0",
                "--plot=" + plot);

    String table = out.toString(StandardCharsets.UTF_8);
    assertThat(exitCode).as(table).isZero();
    if (table.startsWith("Nothing is measured")) {
      assertThat(table).contains("there is no pgbouncer on the PATH");
    } else {
      assertThat(table.lines().map(String::strip))
          .anyMatch(line -> line.matches("3 +2 +SET LOCAL +tenantgate .*"))
          .anyMatch(line -> line.matches("3 +8 +own path +tenantgate .*"))
          .anyMatch(line -> line.matches("3 +2 +SET LOCAL +PgBouncer .*"))
          .anyMatch(line -> line.contains("track"))
          .anyMatch(line -> line.startsWith("model: gateway's memory"))
          .anyMatch(line -> line.matches("32 +own path .*"));
      assertThat(plot).content().contains("Tenantgate, SET LOCAL: 3 tenants, ");
    }
  }
}
