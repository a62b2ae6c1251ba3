package dev.tenantgate.gateway.benchmark;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The table of the pooling benchmark, load by load as they are known. Confined to one thread. */
final class PoolingTable {

  private static final String ROW = "  %-30s %-32s %9s %6s %9s %8s %14s %7s %5s%n";

  /** How fast a load is to be from the third second on, as a part of what it is warm. */
  static final double COLD_TARGET = 0.85;

  private final PrintStream out;
  private int missed;

  /**
   * One round of a load.
   *
   * @param cpu the pooler's processor time per transaction, in microseconds
   */
  record Round(double perSecond, double latencyMillis, CpuTime.Split cpu) {

    double cpuMicros() {
      return cpu.user() + cpu.kernel();
    }
  }

  /**
   * The outcome of a load at one peer.
   *
   * @param cold transactions per second from the third second on of a fresh process
   * @param rounds those that count
   */
  record Outcome(Peer peer, double cold, List<Round> rounds) {

    double perSecond() {
      return median(Round::perSecond);
    }

    double cpuMicros() {
      return median(Round::cpuMicros);
    }

    double median(ToDoubleFunction<Round> figure) {
      return Rounds.median(rounds.stream().mapToDouble(figure).toArray());
    }
  }

  PoolingTable(PrintStream out) {
    this.out = out;
  }

  /** A line of its own. */
  void line(String text) {
    out.println(text);
    out.flush();
  }

  /** The names of the columns. */
  void head() {
    out.println();
    out.printf(
        ROW,
        "load, clients",
        "peer",
        "cold/s",
        "/warm",
        "warm/s",
        "ms",
        "CPU us u + k",
        "ratio",
        "CPU");
    out.flush();
  }

  /** The outcome of a load: medians of the rounds; ratios are the gateway's to each peer. */
  void load(PoolingRow row, List<Outcome> outcomes, List<String> without) {
    Outcome gateway = outcomes.get(0);
    String name = row.name();
    for (Outcome each : outcomes) {
      boolean pooled = !each.peer().isDirect();
      out.printf(
          Locale.ROOT,
          ROW,
          name,
          each.peer().label(),
          "%,.0f".formatted(each.cold()),
          "%.2f".formatted(each.cold() / each.perSecond()),
          "%,.0f".formatted(each.perSecond()),
          "%.3f".formatted(each.median(Round::latencyMillis)),
          pooled
              ? "%.1f + %.1f"
                  .formatted(
                      each.median(round -> round.cpu().user()),
                      each.median(round -> round.cpu().kernel()))
              : "-",
          each.equals(gateway) ? "" : "%.2f".formatted(gateway.perSecond() / each.perSecond()),
          each.equals(gateway) || !pooled
              ? ""
              : "%.2f".formatted(gateway.cpuMicros() / each.cpuMicros()));
      name = "";
    }
    for (String peer : without) {
      out.printf("  %-30s %s%n", name, peer);
    }
    judge(row, gateway, outcomes);
    out.flush();
  }

  /** The best of the other poolers with as many connections; null if there is none. */
  static @Nullable Outcome best(Outcome gateway, List<Outcome> outcomes) {
    Outcome best = null;
    for (Outcome each : outcomes) {
      boolean comparable =
          !each.peer().isGateway()
              && !each.peer().isDirect()
              && each.peer() != Peer.BOUNCER_DATABASES
              && each.peer().isUnix() == gateway.peer().isUnix();
      if (comparable && (best == null || each.perSecond() > best.perSecond())) {
        best = each;
      }
    }
    return best;
  }

  /** Holds the gateway against the best of the others. */
  private void judge(PoolingRow row, Outcome gateway, List<Outcome> outcomes) {
    Outcome best = best(gateway, outcomes);
    StringBuilder verdicts = new StringBuilder();
    if (best != null && !Double.isNaN(row.throughput())) {
      double ratio = gateway.perSecond() / best.perSecond();
      verdicts.append(
          verdict("throughput", ratio, ratio >= row.throughput(), ">= " + row.throughput()));
    }
    if (best != null && !Double.isNaN(row.cpu())) {
      double ratio = gateway.cpuMicros() / best.cpuMicros();
      verdicts.append(verdict("CPU", ratio, ratio <= row.cpu(), "<= " + row.cpu()));
    }
    double cold = gateway.cold() / gateway.perSecond();
    verdicts.append(verdict("cold", cold, cold >= COLD_TARGET, ">= " + COLD_TARGET));
    out.printf("  %-30s %s%n", "", verdicts.toString().strip());
  }

  /** A load that nobody got, and why. */
  void without(String name, String why) {
    out.printf(Locale.ROOT, "  %-30s %s%n", name, why);
    out.flush();
  }

  /** The memory of idle clients, in bytes for each, and what there was before they came. */
  void idle(int clients, double ours, double theirs, double target, long atRest, double most) {
    line(
        "  %,d idle clients: %,.0f bytes each %s; PgBouncer %,.0f"
            .formatted(
                clients,
                ours,
                verdict("KB", ours / 1024, ours <= target, "<= %.0f".formatted(target / 1024)),
                theirs));
    line(
        "  at rest: "
            + verdict("resident MiB", atRest / MEBIBYTE, atRest <= most * MEBIBYTE, "<= " + most));
  }

  private static final double MEBIBYTE = 1 << 20;

  private String verdict(String of, double value, boolean met, String target) {
    if (!met) {
      missed++;
    }
    return String.format(
        Locale.ROOT, "%s %.2f (%s: %s) ", of, value, target, met ? "met" : "MISSED");
  }

  /** How many targets were missed so far. */
  int missed() {
    return missed;
  }
}
