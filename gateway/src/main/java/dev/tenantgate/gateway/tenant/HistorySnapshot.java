package dev.tenantgate.gateway.tenant;

import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.ExternalHistory;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import org.jspecify.annotations.Nullable;

/**
 * One schema's history as it was read, and when. The state is computed against whatever changelog
 * and target are asked for, so that a reload needs no new read; the last answer is kept, as nearly
 * all connections ask the same. Thread-safe.
 */
public final class HistorySnapshot {

  /** How long after it was noted that somebody relied on it nobody notes it again. */
  private static final long NOTED_NANOS = 50_000_000L;

  private final SchemaHistory history;
  private final boolean foretold;
  private final long readAtNanos;
  private final @Nullable Version highest;
  private final long generation;
  private volatile long usedAtNanos;
  private volatile @Nullable Answer last;

  /** Takes a history and the moment its read began, on the directory's clock. */
  HistorySnapshot(SchemaHistory history, long readAtNanos) {
    this(history, readAtNanos, false, generationOf(history));
  }

  private HistorySnapshot(
      SchemaHistory history, long readAtNanos, boolean foretold, long generation) {
    this.foretold = foretold;
    this.history = history;
    this.readAtNanos = readAtNanos;
    this.usedAtNanos = readAtNanos;
    this.highest = highestOf(history);
    this.generation = generation;
  }

  /** Takes a history that is known in all but the times of its last migrations. */
  static HistorySnapshot foretold(SchemaHistory history, long knownAtNanos) {
    return new HistorySnapshot(history, knownAtNanos, true, generationOf(history));
  }

  /**
   * Takes a history and the moment its read began. Where it is the one that was foretold, so is its
   * generation: nothing has changed since.
   *
   * @param before known so far; null if nothing was
   */
  static HistorySnapshot read(
      SchemaHistory history, long readAtNanos, @Nullable HistorySnapshot before) {
    return new HistorySnapshot(
        history,
        readAtNanos,
        false,
        before != null && before.foretold && isSame(before.history, history)
            ? before.generation
            : generationOf(history));
  }

  /** Whether both have the same migrations, whenever those were applied. */
  private static boolean isSame(SchemaHistory one, SchemaHistory other) {
    boolean same = one.exists() == other.exists() && one.entries().size() == other.entries().size();
    for (int i = 0; same && i < one.entries().size(); i++) {
      HistoryEntry entry = one.entries().get(i);
      HistoryEntry its = other.entries().get(i);
      same =
          entry.version().equals(its.version())
              && entry.checksum().equals(its.checksum())
              && entry.status() == its.status();
    }
    return same;
  }

  public SchemaHistory history() {
    return history;
  }

  public boolean exists() {
    return history.exists();
  }

  /** The highest version applied, with gaps before it or without; null if there is none. */
  public @Nullable Version highestApplied() {
    return highest;
  }

  /** Changes whenever the history does: with a migration, up or down. */
  public long generation() {
    return generation;
  }

  /** Where the schema stands. */
  public TenantState state(Changelog changelog, Target target) {
    Answer answer = last;
    if (answer == null || answer.changelog != changelog || !answer.target.equals(target)) {
      answer = new Answer(changelog, target, compute(changelog, target));
      last = answer;
    }
    return answer.state;
  }

  private TenantState compute(Changelog changelog, Target target) {
    return history.exists()
        ? TenantState.of(SchemaStatus.of(history, changelog, target))
        : new TenantState.Absent(history.schema());
  }

  long readAtNanos() {
    return readAtNanos;
  }

  /**
   * Notes that somebody relied on it.
   *
   * @return whether that was noted; not so within 50 ms of the last time
   */
  boolean use(long nowNanos) {
    // Written seldom: event loops share this line.
    boolean noted = nowNanos - usedAtNanos > NOTED_NANOS;
    if (noted) {
      usedAtNanos = nowNanos;
    }
    return noted;
  }

  boolean usedSinceRead() {
    return usedAtNanos != readAtNanos;
  }

  private static long generationOf(SchemaHistory history) {
    long generation = history.exists() ? 1 : 0;
    ExternalHistory external = history.external();
    if (external != null) {
      generation = 31 * generation + external.fingerprint().hashCode();
    }
    for (HistoryEntry entry : history.entries()) {
      generation = 31 * generation + entry.version().hashCode();
      generation = 31 * generation + entry.appliedAt().hashCode();
      generation = 31 * generation + entry.checksum().hashCode();
    }
    return generation & Long.MAX_VALUE;
  }

  private static @Nullable Version highestOf(SchemaHistory history) {
    if (history.external() != null) {
      return SchemaStatus.highestOf(history.external());
    }
    Version highest = null;
    for (HistoryEntry entry : history.entries()) {
      if (entry.succeeded() && (highest == null || entry.version().compareTo(highest) > 0)) {
        highest = entry.version();
      }
    }
    return highest;
  }

  private record Answer(Changelog changelog, Target target, TenantState state) {}
}
