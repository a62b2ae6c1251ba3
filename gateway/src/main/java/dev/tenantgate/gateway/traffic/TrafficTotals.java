package dev.tenantgate.gateway.traffic;

import java.util.Collection;

/**
 * Sums over event loops, as they were at one moment. Counts that belong together may be a message
 * apart. Immutable.
 */
// The sums stand in the order of the enums for the life of the process; nothing keeps a number.
@SuppressWarnings("EnumOrdinal")
public final class TrafficTotals {

  /** Nothing yet. */
  public static final TrafficTotals NONE =
      new TrafficTotals(new long[counts()], new long[levels()]);

  private final long[] counts;
  private final long[] levels;

  private TrafficTotals(long[] counts, long[] levels) {
    this.counts = counts;
    this.levels = levels;
  }

  private static int counts() {
    return TrafficCount.values().length;
  }

  private static int levels() {
    return TrafficLevel.values().length;
  }

  /** The sums of all of them. */
  static TrafficTotals of(Collection<TrafficCounters> loops) {
    long[] counts = new long[counts()];
    long[] levels = new long[levels()];
    for (TrafficCounters loop : loops) {
      for (TrafficCount count : TrafficCount.values()) {
        counts[count.ordinal()] += loop.of(count);
      }
      for (TrafficLevel level : TrafficLevel.values()) {
        levels[level.ordinal()] += loop.of(level);
      }
    }
    return new TrafficTotals(counts, levels);
  }

  /** The sums of both. */
  public TrafficTotals plus(TrafficTotals other) {
    long[] sums = counts.clone();
    for (int i = 0; i < sums.length; i++) {
      sums[i] += other.counts[i];
    }
    long[] both = levels.clone();
    for (int i = 0; i < both.length; i++) {
      both[i] += other.levels[i];
    }
    return new TrafficTotals(sums, both);
  }

  /** By how much the counts have grown since; the levels are those of now. */
  TrafficTotals minus(TrafficTotals before) {
    long[] more = counts.clone();
    for (int i = 0; i < more.length; i++) {
      more[i] -= before.counts[i];
    }
    return new TrafficTotals(more, levels);
  }

  /** The count of one kind. */
  public long of(TrafficCount count) {
    return counts[count.ordinal()];
  }

  /** How many there are. */
  public long of(TrafficLevel level) {
    return levels[level.ordinal()];
  }
}
