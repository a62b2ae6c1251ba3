package dev.tenantgate.migrator.fleet;

import java.time.Duration;

/**
 * How many schemas share a transaction: more while that goes well, as many as are done in a short
 * time; fewer, and for a while none, once it didn't. Thread-safe.
 */
final class GroupSize {

  /** Each keeps some ten locks until the commit, of some six thousand that there is room for. */
  static final int MOST = 25;

  private static final int FIRST = 4;
  private static final int MAX_DOUBLINGS = 6;

  private final long longestNanos;

  // Guarded by this.
  private int size = FIRST;
  private int alone;
  private int failuresInARow;

  /**
   * Begins small.
   *
   * @param longest how long a transaction is meant to take at most
   */
  GroupSize(Duration longest) {
    this.longestNanos = longest.toNanos();
  }

  /** How many are to be taken next; from 1. */
  synchronized int next() {
    if (alone > 0) {
      alone--;
      return 1;
    }
    return size;
  }

  /** Notes that so many were done in one transaction. */
  synchronized void succeeded(int schemas, Duration took) {
    failuresInARow = 0;
    long each = Math.max(1, took.toNanos() / schemas);
    size = (int) Math.max(2, Math.min(Math.min(MOST, 2L * schemas), longestNanos / each));
  }

  /** Notes that so many couldn't share a transaction; the more often, the longer none do. */
  synchronized void failed(int schemas) {
    size = Math.max(2, schemas / 2);
    alone = (2 * schemas) << Math.min(failuresInARow, MAX_DOUBLINGS);
    failuresInARow++;
  }
}
