package dev.tenantgate.gateway.trial;

import dev.tenantgate.gateway.trial.TrialLedger.Wait;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

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
    long[] migrations = migrationNanos().values().stream().mapToLong(n -> n).sorted().toArray();
    return String.join(
        "\n",
        "  %,d transactions; failed: %d, on connections that were cut: %d, wrong: %d, torn: %d"
            .formatted(
                ledger.transactions(),
                ledger.failures().size(),
                ledger.timesExcused(),
                ledger.wrong().size(),
                ledger.torn().size()),
        "  the rollout took %.1f s".formatted((ended - began) / 1e9),
        row("a tenant's own migration", migrations),
        row("a client's wait before", sorted(waits, w -> w.from() + w.nanos() < began)),
        row(
            "a client's wait during",
            sorted(waits, w -> w.from() + w.nanos() >= began && w.from() <= ended)),
        row("a client's longest wait, beyond its tenant's migration", longestBeyondMigration()),
        "");
  }

  /** Each client's longest wait during the rollout, without its tenant's own migration. */
  private long[] longestBeyondMigration() {
    Map<Integer, Long> migrations = migrationNanos();
    Map<Integer, Long> longest = new HashMap<>();
    for (Wait wait : trial.ledger().waits()) {
      if (wait.from() + wait.nanos() >= trial.rolloutBegan()
          && wait.from() <= trial.rolloutEnded()) {
        long beyond = wait.nanos() - migrations.getOrDefault(wait.tenant(), 0L);
        longest.merge(wait.client(), Math.max(0, beyond), Math::max);
      }
    }
    return longest.values().stream().mapToLong(n -> n).sorted().toArray();
  }

  /** How long each tenant's own migrations took, by its history. */
  private Map<Integer, Long> migrationNanos() {
    Map<Integer, Long> nanos = new HashMap<>();
    for (String row :
        trial
            .database()
            .column(
                "SELECT substr(nspname, 9) || ' ' || (xpath('//sum/text()', query_to_xml(format("
                    + "'SELECT sum(execution_time_ms) FROM %I.schema_migrations WHERE version > 1',"
                    + " nspname), true, true, '')))[1] FROM pg_namespace WHERE nspname LIKE"
                    + " 'tenant\\_t%'")) {
      String[] words = String.valueOf(row).split(" ", 2);
      nanos.put(Integer.valueOf(words[0]), (long) (Long.parseLong(words[1]) * NANOS_PER_MILLI));
    }
    return nanos;
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
