package dev.tenantgate.gateway.benchmark;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The times of each side of a comparison, round by round. In each round all sides take their turn,
 * in an order that rotates, so that other work on the machine slows all of them alike. Confined to
 * one thread.
 */
final class Rounds {

  private final long postmaster;
  private final Map<Contestant, CpuTime> cpu = new HashMap<>();
  private final Map<Contestant, List<Duration>> times = new LinkedHashMap<>();

  Rounds(BenchmarkServer server, List<Contestant> contestants) throws SQLException {
    this.postmaster = server.postmaster();
    contestants.forEach(each -> times.put(each, new ArrayList<>()));
  }

  /**
   * Runs a round.
   *
   * @param expected how many migrations each schema lacks
   * @param counts false for one that only warms up
   */
  void run(int expected, boolean counts) throws Exception {
    List<Contestant> order = new ArrayList<>(times.keySet());
    Collections.rotate(order, done());
    for (Contestant contestant : order) {
      CpuTime before = CpuTime.now(postmaster);
      Duration elapsed = contestant.migrate(expected);
      if (counts) {
        times.getOrDefault(contestant, List.of()).add(elapsed);
        cpu.merge(contestant, CpuTime.now(postmaster).since(before), CpuTime::plus);
      }
    }
  }

  private int done() {
    return times.values().iterator().next().size();
  }

  /** The median, in seconds. */
  double seconds(Contestant contestant) {
    return median(each(contestant));
  }

  /** Schemas per second in the median round. */
  double rate(Contestant contestant) {
    return contestant.schemas() / seconds(contestant);
  }

  /** How many times as many schemas per second as another: the median of the rounds' ratios. */
  double ratio(Contestant contestant, Contestant other) {
    double[] own = each(contestant);
    double[] others = each(other);
    double[] ratios = new double[own.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = (contestant.schemas() / own[i]) / (other.schemas() / others[i]);
    }
    return median(ratios);
  }

  /** A schema's cost in processor time, on average over all rounds. */
  String cpu(Contestant contestant) {
    CpuTime used = cpu.getOrDefault(contestant, CpuTime.NONE);
    return used.perSchema((double) contestant.schemas() * each(contestant).length);
  }

  private double[] each(Contestant contestant) {
    return times.getOrDefault(contestant, List.of()).stream()
        .mapToDouble(time -> time.toNanos() / 1e9)
        .toArray();
  }

  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
