package dev.tenantgate.gateway.benchmark;

import dev.tenantgate.gateway.benchmark.ScaleRun.ScaleTiming;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The benchmark of scale, as a command: sweeps over tenants and over clients, prints the table and
 * the model behind it, and draws the plot. Confined to one thread.
 */
@Command(
    name = "scale-benchmark",
    description = "Prints and draws what tenants and clients cost, beside PgBouncer.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class ScaleBenchmark implements Callable<Integer> {

  /** The sweep of clients runs with as many tenants, or with the next smaller number. */
  private static final int TENANTS_OF_CLIENTS = 1_000;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "postgresql://superuser:password@host:port/database of a server that runs already."
              + " Without it: an embedded PostgreSQL.")
  private @Nullable String url;

  @Option(names = "--pgbouncer", description = "The program; by default the one on the PATH.")
  private @Nullable Path pgbouncer;

  @Option(
      names = "--tenants",
      split = ",",
      paramLabel = "NUMBER",
      description = "The sweep of tenants, in ascending order. Default ${DEFAULT-VALUE}.")
  private List<Integer> tenants = List.of(10, 100, 1_000, 10_000);

  @Option(
      names = "--clients",
      split = ",",
      paramLabel = "NUMBER",
      description = "The sweep of clients, in ascending order. Default ${DEFAULT-VALUE}.")
  private List<Integer> clients = List.of(16, 64, 256, 1_000, 4_000, 10_000);

  @Option(names = "--size", description = "Backends of a pool. Default ${DEFAULT-VALUE}.")
  private int size = 20;

  @Option(
      names = "--busy",
      description =
          "Clients that are always busy in the sweep of tenants. Default ${DEFAULT-VALUE}.")
  private int busy = 64;

  @Option(
      names = "--rate",
      description = "Transactions per second in the sweep of clients. Default ${DEFAULT-VALUE}.")
  private int rate = 2_000;

  @Option(names = "--rounds", description = "Rounds of a point. Default ${DEFAULT-VALUE}.")
  private int rounds = 3;

  @Option(names = "--seconds", description = "Of one round. Default ${DEFAULT-VALUE}.")
  private int seconds = 2;

  @Option(
      names = "--warm-up",
      description =
          "Seconds of load that the gateway gets behind its start; PgBouncer, and a load that"
              + " follows, get a sixth. Default ${DEFAULT-VALUE}.")
  private int warmUp = 24;

  @Option(
      names = "--plot",
      paramLabel = "FILE",
      description = "Where the plot goes. Default ${DEFAULT-VALUE}.")
  private Path plot = Path.of("scale.svg");

  private final PrintStream out;

  ScaleBenchmark(PrintStream out) {
    this.out = out;
  }

  /** Runs it with the words of a command line. */
  public static void main(String... words) {
    System.exit(new CommandLine(new ScaleBenchmark(System.out)).execute(words));
  }

  @Override
  public Integer call() throws Exception {
    ScaleTable table = new ScaleTable(out);
    Path other = pgbouncer != null ? pgbouncer : PoolingBenchmark.find("pgbouncer");
    if (other == null) {
      table.line("Nothing is measured: there is no pgbouncer on the PATH.");
      return 0;
    }
    Path folder = Files.createTempDirectory("tenantgate-benchmark");
    // PgBouncer reads its settings as another user, where this one is root.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (BenchmarkServer server = MigratorBenchmark.server(url, false)) {
      PoolingGround ground = new PoolingGround(server, folder, other, size);
      head(server, ground, table);
      ScaleRun run = new ScaleRun(server, ground, timing(), table::point);
      sweep(run, ground);
      List<BackendGrowth> growth = BackendGrowth.measure(server, tenants);
      table.line("");
      run.starts().forEach(table::start);
      growth.forEach(table::growth);
      table.line("");
      ScaleModel.of(run.points(), growth, size, server.maxConnections()).print(table::line);
      Files.writeString(plot, new ScalePlot(run.points(), growth).svg());
      table.line("");
      table.line("The plot is in %s.".formatted(plot.toAbsolutePath()));
    } finally {
      MigratorBenchmark.delete(folder);
    }
    return 0;
  }

  private ScaleTiming timing() {
    return new ScaleTiming(
        rounds, Duration.ofSeconds(seconds), Duration.ofSeconds(warmUp), busy, rate);
  }

  /** Tenants become more from point to point; the sweep of clients comes where they are enough. */
  private void sweep(ScaleRun run, PoolingGround ground) throws Exception {
    int mostClients = clients.stream().mapToInt(Integer::intValue).max().orElse(busy);
    int forClients =
        tenants.stream()
            .mapToInt(Integer::intValue)
            .filter(number -> number <= TENANTS_OF_CLIENTS)
            .max()
            .orElse(tenants.get(0));
    for (int number : tenants) {
      ground.furnish(number);
      run.tenants(number, mostClients);
      if (number == forClients) {
        run.clients(clients, number);
      }
    }
  }

  private void head(BenchmarkServer server, PoolingGround ground, ScaleTable table)
      throws Exception {
    table.line(server.description());
    table.line(
        "%s; Java %s, %d processors; pools of %d; medians of %d rounds of %d s"
            .formatted(
                ground.version(),
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                size,
                rounds,
                seconds));
    table.line(
        "tenants: %d clients are busy; own path: of as many clients as there are tenants"
            .formatted(busy));
    table.line(
        "clients: %,d transactions a second in all come to clients at random, so that each sends"
                .formatted(rate)
            + " now and then");
    if (!ground.version().tracksExtraParameters()) {
      table.line(
          "own path: without %s, which has no track_extra_parameters".formatted(ground.version()));
    }
    table.line("CPU: of the pooler, in its own code and in the kernel's; server: PostgreSQL's");
    table.head();
  }
}
