package dev.tenantgate.gateway.benchmark;

import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The table of the pooling benchmark, row by row as they are known. Confined to one thread. */
final class PoolingTable {

  private static final String ROW = "  %-30s %19s %19s %15s   %s%n";

  private final PrintStream out;
  private int missed;

  /**
   * One round of a load.
   *
   * @param cpuMicros the pooler's processor time per transaction
   */
  record Round(double perSecond, double latencyMillis, double cpuMicros) {}

  PoolingTable(PrintStream out) {
    this.out = out;
  }

  /** A line of its own. */
  void line(String text) {
    out.println(text);
    out.flush();
  }

  /** What the columns are; in each, the gateway's figure stands before PgBouncer's. */
  void head() {
    out.println();
    out.printf(ROW, "load, clients", "transactions/s", "latency ms", "CPU us", "ratios");
    out.flush();
  }

  /** What came of a load: medians of the rounds. */
  void row(PoolingRow row, List<Round> ours, List<Round> theirs) {
    double rate = median(ours, Round::perSecond) / median(theirs, Round::perSecond);
    double cpu = median(ours, Round::cpuMicros) / median(theirs, Round::cpuMicros);
    out.printf(
        Locale.ROOT,
        ROW,
        row.name(),
        pair("%,.0f", ours, theirs, Round::perSecond),
        pair("%.3f", ours, theirs, Round::latencyMillis),
        pair("%.1f", ours, theirs, Round::cpuMicros),
        "throughput %s, CPU %s"
            .formatted(
                verdict(rate, rate >= row.throughputTarget(), ">= " + row.throughputTarget()),
                verdict(cpu, cpu <= 1, "<= 1.0")));
    out.flush();
  }

  /** What the gateway alone could do, and why PgBouncer couldn't. */
  void row(PoolingRow row, List<Round> ours, String why) {
    out.printf(
        Locale.ROOT,
        ROW,
        row.name(),
        "%,.0f : -".formatted(median(ours, Round::perSecond)),
        "%.3f : -".formatted(median(ours, Round::latencyMillis)),
        "%.1f : -".formatted(median(ours, Round::cpuMicros)),
        why);
    out.flush();
  }

  /** A row that isn't there, and why. */
  void without(String name, String why) {
    out.printf(Locale.ROOT, ROW, name, "-", "-", "-", why);
    out.flush();
  }

  /** The memory of idle clients, in bytes for each. */
  void idle(int clients, double ours, double theirs, double target) {
    line(
        "  %,d idle clients: %,.0f bytes each %s; PgBouncer %,.0f"
            .formatted(
                clients,
                ours,
                verdict(ours / 1024, ours <= target, "<= %.0f KB".formatted(target / 1024)),
                theirs));
  }

  private static String pair(
      String format, List<Round> ours, List<Round> theirs, ToDoubleFunction<Round> figure) {
    return String.format(
        Locale.ROOT, format + " : " + format, median(ours, figure), median(theirs, figure));
  }

  private String verdict(double value, boolean met, String target) {
    if (!met) {
      missed++;
    }
    return String.format(Locale.ROOT, "%.2f (%s: %s)", value, target, met ? "met" : "MISSED");
  }

  private static double median(List<Round> rounds, ToDoubleFunction<Round> figure) {
    List<Double> sorted =
        rounds.stream().map(figure::applyAsDouble).sorted(Comparator.naturalOrder()).toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** How many targets were missed so far. */
  int missed() {
    return missed;
  }
}
