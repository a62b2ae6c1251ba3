package dev.tenantgate.gateway.trial;

import dev.tenantgate.gateway.trial.TrialLedger.Wait;
import java.util.ArrayList;
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
    List<Kept> kept = kept(times);
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
        row("a wait for a migration", each(kept, each -> each.kept().nanos())),
        row("  from the migration's end on", each(kept, Kept::release)),
        row("  beyond drain and own migration (bound: p99 100 ms)", each(kept, Kept::beyond)),
        row("  the same, each client's longest", longestBeyond(kept)),
        "");
  }

  /** A wait during which something was done to its tenant. */
  private record Kept(Wait kept, TenantTimes times) {

    long beyond() {
      return Math.max(0, kept.nanos() - times.drainNanos() - times.migrationNanos());
    }

    /** The part of it after the migration had ended. */
    long release() {
      return kept.untilEpoch() - times.endedNanos();
    }
  }

  private List<Kept> kept(Map<Integer, TenantTimes> times) {
    List<Kept> kept = new ArrayList<>();
    for (Wait wait : trial.ledger().waits()) {
      TenantTimes of = times.get(wait.tenant());
      if (of != null && of.touches(wait.fromEpoch(), wait.untilEpoch())) {
        kept.add(new Kept(wait, of));
      }
    }
    return kept;
  }

  private static long[] each(List<Kept> kept, ToLongFunction<Kept> which) {
    return kept.stream().mapToLong(which).filter(nanos -> nanos >= 0).sorted().toArray();
  }

  private static long[] longestBeyond(List<Kept> kept) {
    Map<Integer, Long> longest = new HashMap<>();
    kept.forEach(each -> longest.merge(each.kept().client(), each.beyond(), Math::max));
    return longest.values().stream().mapToLong(n -> n).sorted().toArray();
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
