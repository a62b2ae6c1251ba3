package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The migrator's benchmark, as a command: sets up a server and the tenants, has each part measured,
 * prints the table. Confined to one thread.
 */
@Command(
    name = "benchmark",
    description = "Prints how fast the migrator is, beside psql and Flyway.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class MigratorBenchmark implements Callable<Integer> {

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "postgresql://superuser:password@host:port/database of a server that runs already."
              + " Without it: an embedded PostgreSQL.")
  private @Nullable String url;

  @Option(
      names = "--migrated",
      description = "Tenants that get a small migration. Default ${DEFAULT-VALUE}.")
  private int migrated = 5_000;

  @Option(
      names = "--up-to-date",
      description = "Tenants on which nothing is to be done. Default ${DEFAULT-VALUE}.")
  private int upToDate = 10_000;

  @Option(names = "--read", description = "Tenants whose state is read. Default ${DEFAULT-VALUE}.")
  private int read = 20_000;

  @Option(
      names = "--created",
      description =
          "Tenants that are made in each way, by each number of workers. Default ${DEFAULT-VALUE}.")
  private int created = 1_000;

  @Option(names = "--flyway", description = "Schemas for Flyway. Default ${DEFAULT-VALUE}.")
  private int flyway = 300;

  @Option(names = "--rounds", description = "Rounds that count. Default ${DEFAULT-VALUE}.")
  private int rounds = 3;

  @Option(
      names = "--releases",
      description = "Migrations that held sessions wait for. Default ${DEFAULT-VALUE}.")
  private int releases = 100;

  @Option(
      names = "--workers",
      description = "Schemas worked on at once, by each side. Default ${DEFAULT-VALUE}.")
  private int workers = 4;

  @Option(
      names = "--no-fsync",
      description = "The embedded server doesn't wait for the disk: what the processor costs.")
  private boolean noFsync;

  /** The parts, each by itself. */
  enum Part {
    /** From a commit to those who are held. */
    RELEASE,
    /** Small migrations, and nothing to do, beside psql and Flyway. */
    MIGRATIONS,
    /** New tenants of many tables, beside psql. */
    CREATION,
    /** The state of all tenants, read, told and served. */
    STATE
  }

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "PART",
      description = "The parts to measure: ${COMPLETION-CANDIDATES}. Default: all.")
  private Set<Part> only = EnumSet.allOf(Part.class);

  private final PrintStream out;

  MigratorBenchmark(PrintStream out) {
    this.out = out;
  }

  /** Runs it with the words of a command line. */
  public static void main(String... words) {
    System.exit(new CommandLine(new MigratorBenchmark(System.out)).execute(words));
  }

  @Override
  public Integer call() throws Exception {
    BenchmarkSizes sizes = new BenchmarkSizes(migrated, upToDate, read, flyway, rounds);
    BenchmarkTable table = new BenchmarkTable(out);
    Path folder = Files.createTempDirectory("tenantgate-benchmark");
    try (BenchmarkServer server = server(url, !noFsync)) {
      table.line(server.description());
      table.line(
          "Java %s, %d processors, %d workers; medians of %d rounds, after one to warm up"
              .formatted(
                  Runtime.version(), Runtime.getRuntime().availableProcessors(), workers, rounds));
      measure(new Ground(server, folder, workers), table, sizes);
      table.line("");
      table.line(
          table.missed() == 0
              ? "All targets are met."
              : "%d targets are missed.".formatted(table.missed()));
    } finally {
      delete(folder);
    }
    return 0;
  }

  private void measure(Ground ground, BenchmarkTable table, BenchmarkSizes sizes) throws Exception {
    ProcessPart processes = new ProcessPart(ground, table);
    if (only.contains(Part.RELEASE)) {
      new ReleasePart(ground, table).run(releases);
    }
    if (only.contains(Part.MIGRATIONS)) {
      MigrationPart migrations = new MigrationPart(ground, table, sizes);
      migrations.smallMigration();
      migrations.nextMigration();
      processes.migrate(sizes.migrated());
      migrations.nothingToDo();
    }
    if (only.contains(Part.STATE)) {
      new ReadingPart(ground, table, sizes).run();
      processes.lookAtAll(sizes.read());
      new ServingPart(ground, table).run(sizes.read());
    }
    // The last one: its tenants have rows in the registry, too.
    if (only.contains(Part.CREATION)) {
      new CreationPart(ground, table, rounds).run(created);
    }
  }

  /** The server at a URL, or one of the benchmark's own. */
  static BenchmarkServer server(@Nullable String url, boolean fsync)
      throws IOException, SQLException, SettingsException {
    if (url == null) {
      return BenchmarkServer.embedded(fsync);
    }
    DatabaseSettings database =
        SettingsReader.read(new SettingsSources(null, Map.of(), Map.of("database.url", url)))
            .settings()
            .database();
    return BenchmarkServer.at(database);
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
