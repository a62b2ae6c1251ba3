package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.gateway.benchmark.Pgbench.LoadFailed;
import dev.tenantgate.gateway.benchmark.PoolingTable.Outcome;
import dev.tenantgate.gateway.benchmark.PoolingTable.Round;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The benchmark of transaction pooling, as a command: starts a server, and for each load fresh
 * processes of the gateway's distribution and of PgBouncer, gives all of them the load by turns,
 * prints the table. Confined to one thread.
 */
@Command(
    name = "pooling-benchmark",
    description = "Prints how fast transaction pooling is, beside PgBouncer and no pooler.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class PoolingBenchmark implements Callable<Integer> {

  private static final double IDLE_TARGET_BYTES = 4 * 1024;
  private static final double MOST_MEBIBYTES_AT_REST = 110;

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

  @Option(names = "--rounds", description = "Rounds that count. Default ${DEFAULT-VALUE}.")
  private int rounds = 5;

  @Option(names = "--seconds", description = "Of one round. Default ${DEFAULT-VALUE}.")
  private int seconds = 3;

  @Option(
      names = "--cold",
      description =
          "Seconds of a load right behind the start of a process, whose first two don't count."
              + " Default ${DEFAULT-VALUE}.")
  private int cold = 5;

  @Option(
      names = "--warm-up",
      description =
          "Seconds of it that the gateway gets then, 0 for none. Default ${DEFAULT-VALUE}.")
  private int warmUp = 25;

  @Option(
      names = "--tenants",
      split = ",",
      paramLabel = "NUMBER",
      description =
          "How many tenants there are in the loads that switch with each transaction."
              + " Default ${DEFAULT-VALUE}.")
  private List<Integer> tenants = List.of(200, 1_000, 10_000);

  @Option(names = "--idle", description = "Clients that do nothing. Default ${DEFAULT-VALUE}.")
  private int idle = 5_000;

  @Option(
      names = "--readme",
      paramLabel = "FILE",
      description = "Puts the table into this file as well, in the place that it has for it.")
  private @Nullable Path readme;

  private final PrintStream out;
  private final PoolingMarkdown markdown = new PoolingMarkdown();

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
    if (readme != null) {
      PoolingMarkdown.requirePlace(readme);
    }
    Path folder = Files.createTempDirectory("tenantgate-benchmark");
    // PgBouncer reads its settings as another user, where this one is root.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (BenchmarkServer server = MigratorBenchmark.server(url, false)) {
      PoolingGround ground = new PoolingGround(server, folder, other, size);
      List<PoolingRow> rows =
          PoolingRow.all(tenants).stream().filter(row -> only.matcher(row.name()).find()).toList();
      ground.furnish(rows.stream().mapToInt(PoolingRow::tenants).max().orElse(1));
      table.line(server.description());
      String measured =
          "%s; Java %s, %d processors; pools of %d; medians of %d rounds of %d s, by turns"
              .formatted(
                  ground.version(),
                  Runtime.version(),
                  Runtime.getRuntime().availableProcessors(),
                  size,
                  rounds,
                  seconds);
      table.line(measured);
      markdown.head(server.description() + ".");
      markdown.head(measured + ".");
      table.line(
          "cold: seconds 3 to %d behind the start; warm: behind %d s; CPU: of the pooler, in its"
                  .formatted(cold, cold + warmUp)
              + " own code and in the kernel's; ratios: the gateway's to the peer");
      table.head();
      for (PoolingRow row : rows) {
        measure(ground, row, new Pgbench(load, folder), table);
      }
      if (only.matcher("idle").find()) {
        idle(ground, table);
      }
      if (readme != null) {
        markdown.putInto(readme);
      }
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

  private void measure(PoolingGround ground, PoolingRow row, Pgbench load, PoolingTable table)
      throws Exception {
    boolean scram = row.kind() == PoolingRow.Kind.CONNECT_SCRAM;
    List<String> without = new ArrayList<>();
    List<Pooler> started = new ArrayList<>();
    Map<Pooler, Double> coldRates = new HashMap<>();
    Map<Pooler, List<Round>> measured = new LinkedHashMap<>();
    try {
      for (Peer peer : row.peers()) {
        String obstacle = ground.obstacle(peer, row);
        if (obstacle != null) {
          without.add(peer.label() + ": " + obstacle);
          continue;
        }
        Pooler pooler = ground.start(peer, scram);
        started.add(pooler);
        try {
          coldRates.put(pooler, load.run(pooler, row, cold).laterPerSecond());
          int longer = peer.isGateway() ? warmUp : Math.min(warmUp, OTHERS_WARM_UP);
          if (longer > 0) {
            load.run(pooler, row, longer);
          }
          measured.put(pooler, new ArrayList<>());
        } catch (LoadFailed e) {
          without.add(peer.label() + " can't: " + e.getMessage());
        }
      }
      for (int round = 0; round < rounds; round++) {
        for (Map.Entry<Pooler, List<Round>> each : measured.entrySet()) {
          each.getValue().add(round(load, each.getKey(), row, seconds));
        }
      }
    } finally {
      started.forEach(Pooler::close);
    }
    List<Outcome> outcomes =
        measured.entrySet().stream()
            .map(
                each ->
                    new Outcome(
                        each.getKey().peer(),
                        coldRates.getOrDefault(each.getKey(), 0.0),
                        each.getValue()))
            .toList();
    if (outcomes.isEmpty() || !outcomes.get(0).peer().isGateway()) {
      table.without(row.name(), String.join("; ", without));
    } else {
      table.load(row, outcomes, without);
      markdown.load(row, outcomes);
    }
  }

  /** Poolers that aren't compiled while they run need only open their connections. */
  private static final int OTHERS_WARM_UP = 2;

  private static Round round(Pgbench load, Pooler pooler, PoolingRow row, int seconds)
      throws IOException, InterruptedException, LoadFailed {
    CpuTime.Split before = pooler.cpu();
    Pgbench.Result result = load.run(pooler, row, seconds);
    CpuTime.Split used = pooler.cpu().since(before);
    if (result.transactions() == 0) {
      throw new LoadFailed("nothing was processed");
    }
    double micros = 1e6 / result.transactions();
    return new Round(
        result.perSecond(),
        result.latencyMillis(),
        new CpuTime.Split(used.user() * micros, used.kernel() * micros));
  }

  private void idle(PoolingGround ground, PoolingTable table) throws Exception {
    try (Pooler ours = ground.start(Peer.GATEWAY, false);
        Pooler theirs = ground.start(Peer.BOUNCER, false)) {
      long atRest = ours.residentBytes();
      double client = bytesPerClient(ours);
      double theirClient = bytesPerClient(theirs);
      table.idle(idle, client, theirClient, IDLE_TARGET_BYTES, atRest, MOST_MEBIBYTES_AT_REST);
      markdown.foot(
          "An idle client of %,d: %,.0f bytes (aim %,.0f); PgBouncer %,.0f. At rest: %.1f MiB (aim %.0f)."
              .formatted(
                  idle,
                  client,
                  IDLE_TARGET_BYTES,
                  theirClient,
                  atRest / (double) (1 << 20),
                  MOST_MEBIBYTES_AT_REST));
    }
  }

  /** A process's growth for each idle client, once 100 are connected. */
  private double bytesPerClient(Pooler pooler) throws IOException {
    try (IdleClients clients = new IdleClients(pooler)) {
      clients.open(Math.min(idle, 100));
      long before = pooler.residentBytes();
      clients.open(idle);
      return (double) (pooler.residentBytes() - before) / idle;
    }
  }

  /** A program on the PATH, or where Debian has it; null if there is none. */
  static @Nullable Path find(String program) throws IOException {
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
