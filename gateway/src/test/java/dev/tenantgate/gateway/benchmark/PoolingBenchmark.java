package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.gateway.benchmark.Pgbench.LoadFailed;
import dev.tenantgate.gateway.benchmark.PoolingTable.Round;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The benchmark of transaction pooling, as a command: starts a server, the gateway's distribution
 * and PgBouncer, gives both the same loads by turns, prints the table. Confined to one thread.
 */
@Command(
    name = "pooling-benchmark",
    description = "Prints how fast transaction pooling is, beside PgBouncer.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class PoolingBenchmark implements Callable<Integer> {

  private static final double IDLE_TARGET_BYTES = 8 * 1024;

  /** Backends that a server needs besides those of the poolers. */
  private static final int SPARE_CONNECTIONS = 60;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "postgresql://superuser:password@host:port/database of a server that runs already."
              + " Without it: an embedded PostgreSQL.")
  private @Nullable String url;

  @Option(names = "--pgbench", description = "The program; by default the one on the PATH.")
  private @Nullable Path pgbench;

  @Option(names = "--pgbouncer", description = "The program; by default the one on the PATH.")
  private @Nullable Path pgbouncer;

  @Option(
      names = "--only",
      paramLabel = "REGEX",
      description = "The loads to measure, by their names in the table; \"idle\" is one of them.")
  private Pattern only = Pattern.compile(".*");

  @Option(names = "--size", description = "Backends of a pool. Default ${DEFAULT-VALUE}.")
  private int size = 20;

  @Option(names = "--tenants", description = "How many there are. Default ${DEFAULT-VALUE}.")
  private int tenants = 200;

  @Option(names = "--rounds", description = "Rounds that count. Default ${DEFAULT-VALUE}.")
  private int rounds = 3;

  @Option(names = "--seconds", description = "Of one round. Default ${DEFAULT-VALUE}.")
  private int seconds = 2;

  @Option(
      names = "--warm-up",
      description =
          "Seconds of each load before it is measured, 0 for none. Default ${DEFAULT-VALUE}.")
  private int warmUp = 2;

  @Option(
      names = "--first-warm-up",
      description =
          "The same of loads whose code the gateway hasn't compiled yet: its first, and those that"
              + " connect. Default ${DEFAULT-VALUE}.")
  private int firstWarmUp = 10;

  @Option(names = "--idle", description = "Clients that do nothing. Default ${DEFAULT-VALUE}.")
  private int idle = 5_000;

  private final PrintStream out;

  /** Those that have had a load. */
  private final Set<Pooler> warmed = new HashSet<>();

  PoolingBenchmark(PrintStream out) {
    this.out = out;
  }

  /** Runs it with the words of a command line. */
  public static void main(String... words) {
    System.exit(new CommandLine(new PoolingBenchmark(System.out)).execute(words));
  }

  @Override
  public Integer call() throws Exception {
    PoolingTable table = new PoolingTable(out);
    Path load = pgbench != null ? pgbench : find("pgbench");
    Path other = pgbouncer != null ? pgbouncer : find("pgbouncer");
    if (load == null || other == null) {
      table.line(
          "Nothing is measured: there is no %s on the PATH."
              .formatted(load == null ? "pgbench" : "pgbouncer"));
      return 0;
    }
    Path folder = Files.createTempDirectory("tenantgate-benchmark");
    // PgBouncer reads its settings as another user, where this one is root.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (BenchmarkServer server = MigratorBenchmark.server(url, false)) {
      PoolingGround ground = new PoolingGround(server, folder, other, size, tenants);
      ground.furnish();
      table.line(server.description());
      table.line(
          "%s; Java %s, %d processors; pools of %d; medians of %d rounds of %d s, by turns"
              .formatted(
                  ground.version(),
                  Runtime.version(),
                  Runtime.getRuntime().availableProcessors(),
                  size,
                  rounds,
                  seconds));
      table.line("In each column the gateway's figure stands before PgBouncer's.");
      table.head();
      measure(ground, new Pgbench(load, folder), table);
      table.line("");
      table.line(
          table.missed() == 0
              ? "All targets are met."
              : "%d targets are missed.".formatted(table.missed()));
    } finally {
      MigratorBenchmark.delete(folder);
    }
    return 0;
  }

  private void measure(PoolingGround ground, Pgbench load, PoolingTable table) throws Exception {
    List<PoolingRow> rows =
        PoolingRow.all(tenants).stream().filter(row -> only.matcher(row.name()).find()).toList();
    if (rows.stream().anyMatch(row -> !row.scram())) {
      try (Pooler ours = ground.gateway(false);
          Pooler theirs = ground.pgbouncer(false)) {
        for (PoolingRow row : rows) {
          if (!row.scram()) {
            measure(ground, row, load, ours, theirs, table);
          }
        }
      }
    }
    if (only.matcher("idle").find()) {
      try (Pooler ours = ground.gateway(false);
          Pooler theirs = ground.pgbouncer(false)) {
        table.idle(idle, bytesPerClient(ours), bytesPerClient(theirs), IDLE_TARGET_BYTES);
      }
    }
    for (PoolingRow row : rows) {
      if (row.scram() && !ground.hasSecret()) {
        table.without(row.name(), "the server's user has no password, or it isn't known");
      } else if (row.scram()) {
        try (Pooler ours = ground.gateway(true);
            Pooler theirs = ground.pgbouncer(true)) {
          measure(ground, row, load, ours, theirs, table);
        }
      }
    }
  }

  private void measure(
      PoolingGround ground,
      PoolingRow row,
      Pgbench load,
      Pooler ours,
      Pooler theirs,
      PoolingTable table)
      throws Exception {
    if (row.tenantEach() && ground.maxConnections() < tenants + 2 * size + SPARE_CONNECTIONS) {
      table.without(row.name(), "PgBouncer's pools need more than the server's max_connections");
      return;
    }
    List<Round> our = new ArrayList<>();
    List<Round> their = new ArrayList<>();
    String failure = null;
    for (int round = 0; round <= rounds; round++) {
      int length = round == 0 ? warmUp : seconds;
      int ourLength = round == 0 && isCold(row, ours) ? firstWarmUp : length;
      if (ourLength > 0) {
        our.add(round(load, ours, row, ourLength));
      }
      try {
        if (length > 0 && failure == null) {
          their.add(round(load, theirs, row, length));
        }
      } catch (LoadFailed e) {
        failure = theirs.name() + " can't: " + e.getMessage();
      }
    }
    warmed.add(ours);
    if (failure == null) {
      table.row(row, latest(our), latest(their));
    } else {
      table.row(row, latest(our), failure);
    }
  }

  /** Those that count. */
  private List<Round> latest(List<Round> all) {
    return all.subList(all.size() - rounds, all.size());
  }

  private boolean isCold(PoolingRow row, Pooler pooler) {
    return row.connectEach() || !warmed.contains(pooler);
  }

  private static Round round(Pgbench load, Pooler pooler, PoolingRow row, int seconds)
      throws IOException, InterruptedException, LoadFailed {
    double before = pooler.cpuSeconds();
    Pgbench.Result result = load.run(pooler, row, seconds);
    double used = pooler.cpuSeconds() - before;
    if (result.transactions() == 0) {
      throw new LoadFailed("nothing was processed");
    }
    return new Round(
        result.perSecond(), result.latencyMillis(), used / result.transactions() * 1e6);
  }

  /** What a process grows by with its clients, after as many have come and gone. */
  private double bytesPerClient(Pooler pooler) throws IOException {
    try (IdleClients clients = new IdleClients(pooler)) {
      clients.open(Math.min(idle, 100));
      long before = pooler.residentBytes();
      clients.open(idle);
      return (double) (pooler.residentBytes() - before) / idle;
    }
  }

  /** A program on the PATH, or where Debian has it; null if there is none. */
  private static @Nullable Path find(String program) throws IOException {
    List<Path> folders = new ArrayList<>();
    for (String folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
      folders.add(Path.of(folder));
    }
    folders.add(Path.of("/usr/sbin"));
    Path versions = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(versions)) {
      try (Stream<Path> each = Files.list(versions)) {
        each.map(version -> version.resolve("bin")).forEach(folders::add);
      }
    }
    return folders.stream()
        .map(folder -> folder.resolve(program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }
}
