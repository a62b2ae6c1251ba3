package dev.tenantgate.gateway.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The benchmark in a size that says nothing, but that it still runs and prints its table. */
class MigratorBenchmarkIT {

  @Test
  void itPrintsEveryPartOfItsTable() throws Exception {
    TestPostgres server = TestPostgres.latest();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    MigratorBenchmark benchmark =
        new MigratorBenchmark(new PrintStream(out, true, StandardCharsets.UTF_8));

    int exitCode =
        new CommandLine(benchmark)
            .execute(
                "--url=postgresql://postgres@%s:%d/postgres"
                    .formatted(server.host(), server.port()),
                "--migrated=6",
                "--up-to-date=8",
                "--read=10",
                "--flyway=2",
                "--created=1",
                "--rounds=1",
                "--releases=2");

    String table = out.toString(StandardCharsets.UTF_8);
    assertThat(exitCode).as(table).isZero();
    assertThat(table.lines().map(String::strip))
        .anyMatch(line -> line.startsWith("PostgreSQL 18"))
        .anyMatch(line -> line.matches("at another gateway +median .*target < 12.0 ms.*"))
        .anyMatch(line -> line.matches("tenantgate +6 .*"))
        .anyMatch(line -> line.matches("psql, bare SQL +(6|-) .*"))
        .anyMatch(line -> line.matches("Flyway.* 2 .* of it \\(target >= 15.*"))
        .anyMatch(line -> line.matches("Flyway.* 2 .* of it \\(target >= 100.*"))
        .anyMatch(line -> line.matches("tenant create +1 .*"))
        .anyMatch(line -> line.matches("copied +1 .*"))
        .anyMatch(line -> line.matches("from the registry +10 .*target < 0.3 s.*"))
        .anyMatch(line -> line.matches("from the histories +10 .*target < 3.0 s.*"))
        .anyMatch(line -> line.matches("migrate status +10 .*target < 256.0 MB.*"))
        .anyMatch(line -> line.startsWith("GET /metrics"))
        .anyMatch(
            line -> line.endsWith("targets are missed.") || line.equals("All targets are met."));
  }
}
