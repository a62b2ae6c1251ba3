package dev.tenantgate.gateway.traffic;

import dev.tenantgate.gateway.tracing.TraceSpan;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * The counts of one database and user on one event loop. That loop alone adds, by plain additions
 * that others see a moment later; any thread reads.
 */
// The cells stand in the order of the enums for the life of the process; nothing keeps a number.
@SuppressWarnings("EnumOrdinal")
public final class TrafficCounters {

  /** Cells at both ends that nobody uses, so that no other loop writes to the same cache line. */
  private static final int PADDING = 8;

  private static final int LEVELS = PADDING + TrafficCount.values().length;
  private static final int OLDEST_WAIT = LEVELS + TrafficLevel.values().length;

  private final AtomicLongArray cells = new AtomicLongArray(OLDEST_WAIT + 1 + PADDING);
  private final TimeBuckets queryTimes = new TimeBuckets();
  private final TimeBuckets transactionTimes = new TimeBuckets();

  TrafficCounters() {}

  /** Counts one. Event-loop confined. */
  public void count(TrafficCount count) {
    add(count, 1);
  }

  /** Counts some. Event-loop confined. */
  public void add(TrafficCount count, long more) {
    change(PADDING + count.ordinal(), more);
  }

  /** There are so many more, or fewer. Event-loop confined. */
  public void change(TrafficLevel level, int more) {
    change(LEVELS + level.ordinal(), more);
  }

  private void change(int cell, long more) {
    cells.setOpaque(cell, cells.getPlain(cell) + more);
  }

  void query(long nanos, @Nullable TraceSpan span) {
    add(TrafficCount.QUERY_NANOS, nanos);
    queryTimes.add(nanos, span);
  }

  void transaction(long nanos, @Nullable TraceSpan span) {
    add(TrafficCount.TRANSACTION_NANOS, nanos);
    transactionTimes.add(nanos, span);
  }

  /**
   * Since when the client waits for a server that has waited longest. Event-loop confined.
   *
   * @param nanos by {@link System#nanoTime}; 0 for nobody
   */
  public void longestWaitSince(long nanos) {
    cells.setOpaque(OLDEST_WAIT, nanos);
  }

  // ---- read by any thread

  /** The count of one kind. */
  public long of(TrafficCount count) {
    return cells.getOpaque(PADDING + count.ordinal());
  }

  /** How many there are. */
  public long of(TrafficLevel level) {
    return cells.getOpaque(LEVELS + level.ordinal());
  }

  /** How long somebody has waited at the time given, by {@link System#nanoTime}. */
  public long longestWaitNanos(long now) {
    long since = cells.getOpaque(OLDEST_WAIT);
    return since == 0 ? 0 : Math.max(0, now - since);
  }

  /** How long queries took. */
  public TimeBuckets queryTimes() {
    return queryTimes;
  }

  /** How long transactions took. */
  public TimeBuckets transactionTimes() {
    return transactionTimes;
  }
}
