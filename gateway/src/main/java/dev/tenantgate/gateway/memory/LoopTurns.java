package dev.tenantgate.gateway.memory;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;

/**
 * How long the turns of one event loop take: a turn handles all that is ready, and nobody else is
 * served meanwhile. A long turn is one that took 100 ms or more. The event loop tells of its turns;
 * the numbers are for any thread.
 *
 * <p>A turn's processor time is known to within 10 ms, and never too small: to ask for it each time
 * would cost more than a short turn.
 */
public final class LoopTurns {

  /** A turn that takes so long, or longer, is counted as a long one. */
  public static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long CPU_SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private long begunNanos;
  private long cpuNanos;
  private long cpuAskedNanos;
  private long windowNanos;
  private volatile long longest;
  private volatile long longestBefore;
  private volatile long longTurns;
  private volatile long longTurnsOfCpu;

  /** Begins no turn. */
  LoopTurns() {}

  /** Something is ready; called by the event loop. */
  void begin() {
    begunNanos = System.nanoTime();
  }

  /** All that was ready has been handled; called by the event loop. */
  void end() {
    if (begunNanos == 0) {
      return;
    }
    long now = System.nanoTime();
    long nanos = now - begunNanos;
    begunNanos = 0;
    if (nanos > longest || now - windowNanos > WINDOW_NANOS) {
      longest(now, nanos);
    }
    if (nanos >= LONG_NANOS || now - cpuAskedNanos > CPU_SAMPLE_NANOS) {
      usedCpu(now, nanos);
    }
  }

  @SuppressWarnings({
    "NonAtomicVolatileUpdate",
    "NonAtomicOperationOnVolatileField"
  }) // of one thread
  private void usedCpu(long now, long nanos) {
    long cpu = THREADS.getCurrentThreadCpuTime();
    long used = Math.min(nanos, cpu - cpuNanos);
    cpuNanos = cpu;
    cpuAskedNanos = now;
    if (nanos >= LONG_NANOS) {
      longTurns++;
      if (used >= LONG_NANOS) {
        longTurnsOfCpu++;
      }
    }
  }

  private void longest(long now, long nanos) {
    if (now - windowNanos > WINDOW_NANOS) {
      longestBefore = now - windowNanos > 2 * WINDOW_NANOS ? 0 : longest;
      windowNanos = now;
    }
    longest = nanos;
  }

  /** The longest turn of the last one or two minutes. */
  public long longestNanos() {
    return Math.max(longest, longestBefore);
  }

  /** How many long turns there were. */
  public long longTurns() {
    return longTurns;
  }

  /** How many of them used as much processor time: the others waited for a processor, mostly. */
  public long longTurnsOfCpu() {
    return longTurnsOfCpu;
  }
}
