package dev.tenantgate.gateway.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * The model behind the sweep: the cores needed are the rate times a transaction's processor time;
 * the gateway's memory is a base and a part for each client and tenant. Immutable.
 *
 * @param points of the sweep
 * @param baseBytes of a gateway without clients and tenants
 * @param clientBytes that each client adds
 * @param tenantBytes that each tenant adds
 * @param errorBytes how far the model is from what was measured, at most
 * @param backendBytes that a backend keeps of each tenant that it has served
 * @param poolSize backends of a pool
 * @param maxConnections of the server
 */
record ScaleModel(
    List<ScalePoint> points,
    double baseBytes,
    double clientBytes,
    double tenantBytes,
    double errorBytes,
    double backendBytes,
    int poolSize,
    int maxConnections) {

  private static final List<Integer> CORES = List.of(2, 8, 32);
  private static final double UTILISATION = 0.7;

  /** Cores that the gateway gives an event loop of its own by default: each second one. */
  private static final int CORES_PER_LOOP = 2;

  /** Memory that goes with a core, and the launcher's part of it for the heap. */
  private static final double GIBIBYTES_PER_CORE = 1;

  private static final double HEAP_PART = 0.4;
  private static final double MOST_HEAP_GIBIBYTES = 4;

  /** Connections that the server keeps for superusers, and those of the gateway's own. */
  private static final int OTHER_CONNECTIONS = 10;

  private static final double MEBIBYTE = 1 << 20;
  private static final double GIBIBYTE = 1 << 30;

  /** Fits it to a sweep. */
  static ScaleModel of(
      List<ScalePoint> points, List<BackendGrowth> growth, int poolSize, int maxConnections) {
    List<double[]> rows = new ArrayList<>();
    List<Double> bytes = new ArrayList<>();
    for (ScalePoint point : points) {
      if (point.peer().isGateway()) {
        rows.add(new double[] {1, point.clients(), point.tenants()});
        bytes.add((double) point.residentBytes());
      }
    }
    double[] factors = LeastSquares.fit(rows, bytes);
    double error = 0;
    for (int i = 0; i < rows.size(); i++) {
      double[] row = rows.get(i);
      double modelled = factors[0] + factors[1] * row[1] + factors[2] * row[2];
      error = Math.max(error, Math.abs(modelled - bytes.get(i)));
    }
    return new ScaleModel(
        points,
        factors[0],
        factors[1],
        factors[2],
        error,
        BackendGrowth.perTenant(growth),
        poolSize,
        maxConnections);
  }

  /** The gateway's processor time for a transaction of a load: the median of its points. */
  double gatewayMicros(ScaleLoad load) {
    return median(load, ScalePoint::allMicros);
  }

  /** PostgreSQL's for the same transaction. */
  double serverMicros(ScaleLoad load) {
    return median(load, ScalePoint::serverMicros);
  }

  private double median(ScaleLoad load, ToDoubleFunction<ScalePoint> figure) {
    return Rounds.median(
        points.stream()
            .filter(point -> point.load() == load && point.peer().isGateway())
            .mapToDouble(figure)
            .toArray());
  }

  /** Transactions per second of so many cores, at the utilisation that leaves room for peaks. */
  static double perSecond(double cores, double micros) {
    return micros == 0 ? 0 : UTILISATION * cores * 1e6 / micros;
  }

  /** How many things of a size the heap of a gateway with so many cores has room for. */
  static double inHeap(int cores, double each) {
    double heap = Math.min(HEAP_PART * GIBIBYTES_PER_CORE * cores, MOST_HEAP_GIBIBYTES);
    return each <= 0 ? Double.POSITIVE_INFINITY : UTILISATION * heap * GIBIBYTE / each;
  }

  /** Prints it. */
  void print(Consumer<String> line) {
    line.accept("model: cores = transactions/s x CPU of one; of the sweeps' medians:");
    for (ScaleLoad load : ScaleLoad.values()) {
      double ours = gatewayMicros(load);
      double theirs = serverMicros(load);
      line.accept(
          format(
              "  %-10s gateway %5.1f us, PostgreSQL %5.1f us: on as many cores %s is full first",
              load.label(), ours, theirs, ours < theirs ? "PostgreSQL" : "the gateway"));
    }
    line.accept(
        format(
            "model: gateway's memory = %.0f MiB + %.1f KiB x clients + %.1f KiB x tenants"
                + " (at most %.0f MiB off)",
            baseBytes / MEBIBYTE, clientBytes / 1024, tenantBytes / 1024, errorBytes / MEBIBYTE));
    printCapacity(line);
    printDatabase(line);
  }

  private void printCapacity(Consumer<String> line) {
    line.accept("");
    line.accept(
        "at 70 %; memory: 1 GiB for each core, of which the heap has two fifths, at most 4 GiB");
    line.accept(
        format(
            "  %-5s %-10s %16s %16s %14s %14s %14s",
            "cores",
            "load",
            "default threads",
            "thread per core",
            "PostgreSQL",
            "or clients",
            "or tenants"));
    for (int cores : CORES) {
      for (ScaleLoad load : ScaleLoad.values()) {
        double ours = gatewayMicros(load);
        line.accept(
            format(
                "  %-5d %-10s %,14.0f/s %,14.0f/s %,12.0f/s %14s %14s",
                cores,
                load.label(),
                perSecond(Math.max(1, cores / CORES_PER_LOOP), ours),
                perSecond(cores, ours),
                perSecond(cores, serverMicros(load)),
                number(inHeap(cores, clientBytes)),
                number(inHeap(cores, tenantBytes))));
      }
    }
  }

  private void printDatabase(Consumer<String> line) {
    line.accept("");
    line.accept("the database:");
    line.accept(
        format(
            "  max_connections %,d: room for %d pools of %d, one for each database and user",
            maxConnections, Math.max(0, maxConnections - OTHER_CONNECTIONS) / poolSize, poolSize));
    if (backendBytes > 0) {
      line.accept(
          format(
              "  a backend keeps %.1f KiB of each tenant it has served (%d relations):"
                  + " %d backends keep %.1f GiB of 10,000 tenants",
              backendBytes / 1024,
              BackendGrowth.RELATIONS,
              poolSize,
              poolSize * 10_000 * backendBytes / GIBIBYTE));
    }
    line.accept(
        format(
            "  locks: %d transactions at once hold those of their own tenants, however many"
                + " there are",
            poolSize));
  }

  private static String number(double value) {
    return Double.isInfinite(value) ? "any" : format("%,.0f", value);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
