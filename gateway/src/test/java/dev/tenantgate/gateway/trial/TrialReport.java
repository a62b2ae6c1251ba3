package dev.tenantgate.gateway.trial;

import dev.tenantgate.gateway.trial.TrialLedger.Wait;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** A trial's figures, in lines. */
final class TrialReport {

  private static final double NANOS_PER_MILLI = 1e6;

  private final RolloutTrial trial;

  TrialReport(RolloutTrial trial) {
    this.trial = trial;
  }

  String text() {
    TrialLedger ledger = trial.ledger();
    Collection<Wait> waits = ledger.waits();
    long began = trial.rolloutBegan();
    long ended = trial.rolloutEnded();
    Map<Integer, TenantTimes> times = TenantTimes.read(trial.database());
    List<Wait> kept = kept(times);
    return String.join(
        "\n",
        "  %,d transactions; failed: %d, on connections that were cut: %d, wrong: %d, torn: %d"
            .formatted(
                ledger.transactions(),
                ledger.failures().size(),
                ledger.timesExcused(),
                ledger.wrong().size(),
                ledger.torn().size()),
        "  the rollout took %.1f s; the machine was busy for %s of it"
            .formatted((ended - began) / 1e9, trial.machineUse()),
        row("a tenant's drain", of(times, TenantTimes::drainNanos)),
        row("from there to its migration", of(times, TenantTimes::queueNanos)),
        row("its own migration", of(times, TenantTimes::migrationNanos)),
        row("a client's wait before", sorted(waits, w -> w.from() + w.nanos() < began)),
        row(
            "a client's wait during",
            sorted(waits, w -> w.from() + w.nanos() >= began && w.from() <= ended)),
        row("a wait for a migration", sorted(kept, wait -> true)),
        row("  from the migration's end on", releases(kept, times)),
        row("  beyond drain and own migration (bound: p99 100 ms)", beyond(kept, times)),
        row("  the same, each client's longest", longestBeyond(kept, times)),
        "");
  }

  /** The waits during which something was done to their tenant. */
  private List<Wait> kept(Map<Integer, TenantTimes> times) {
    return trial.ledger().waits().stream()
        .filter(wait -> times.containsKey(wait.tenant()))
        .filter(wait -> times.get(wait.tenant()).touches(wait.fromEpoch(), wait.untilEpoch()))
        .toList();
  }

  private static long beyond(Wait wait, TenantTimes times) {
    return Math.max(0, wait.nanos() - times.drainNanos() - times.migrationNanos());
  }

  private static long[] beyond(List<Wait> kept, Map<Integer, TenantTimes> times) {
    return kept.stream().mapToLong(w -> beyond(w, times.get(w.tenant()))).sorted().toArray();
  }

  private static long[] longestBeyond(List<Wait> kept, Map<Integer, TenantTimes> times) {
    Map<Integer, Long> longest = new HashMap<>();
    kept.forEach(w -> longest.merge(w.client(), beyond(w, times.get(w.tenant())), Math::max));
    return longest.values().stream().mapToLong(n -> n).sorted().toArray();
  }

  /** What was left of those waits when the migration had ended. */
  private static long[] releases(List<Wait> kept, Map<Integer, TenantTimes> times) {
    return kept.stream()
        .mapToLong(w -> w.untilEpoch() - times.get(w.tenant()).endedNanos())
        .filter(nanos -> nanos > 0)
        .sorted()
        .toArray();
  }

  private static long[] of(Map<Integer, TenantTimes> times, ToLongFunction<TenantTimes> which) {
    return times.values().stream().mapToLong(which).sorted().toArray();
  }

  private static long[] sorted(Collection<Wait> waits, Predicate<Wait> which) {
    return waits.stream().filter(which).mapToLong(Wait::nanos).sorted().toArray();
  }

  private static String row(String what, long[] sortedNanos) {
    return String.format(
        Locale.ROOT,
        "  %-56s p50 %9.1f ms   p99 %9.1f ms   max %9.1f ms   (%,d)",
        what,
        at(sortedNanos, 0.5),
        at(sortedNanos, 0.99),
        at(sortedNanos, 1),
        sortedNanos.length);
  }

  private static double at(long[] sortedNanos, double share) {
    return sortedNanos.length == 0
        ? Double.NaN
        : sortedNanos[(int) Math.ceil(share * sortedNanos.length) - 1] / NANOS_PER_MILLI;
  }
}
