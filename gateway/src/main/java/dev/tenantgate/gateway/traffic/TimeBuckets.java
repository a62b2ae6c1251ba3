package dev.tenantgate.gateway.traffic;

import dev.tenantgate.gateway.tracing.TraceSpan;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * How many durations lay below each bound: a histogram without a lock or an allocation. One thread
 * adds, any thread reads.
 */
public final class TimeBuckets {

  /** The upper bounds in nanoseconds, rising; longer ones have a bucket of their own. */
  private static final long[] BOUNDS = {
    500_000L,
    1_000_000L,
    2_500_000L,
    5_000_000L,
    10_000_000L,
    25_000_000L,
    50_000_000L,
    100_000_000L,
    250_000_000L,
    500_000_000L,
    1_000_000_000L,
    2_500_000_000L,
    5_000_000_000L,
    10_000_000_000L,
    30_000_000_000L,
    60_000_000_000L
  };

  /**
   * A duration that was traced.
   *
   * @param atMillis when, since 1970
   */
  public record Exemplar(long nanos, String traceId, String spanId, long atMillis) {}

  private final AtomicLongArray counts = new AtomicLongArray(BOUNDS.length + 1);
  private final AtomicReferenceArray<@Nullable Exemplar> exemplars =
      new AtomicReferenceArray<>(BOUNDS.length + 1);

  /** How many buckets there are; the last has no upper bound. */
  public static int size() {
    return BOUNDS.length + 1;
  }

  /** The upper bound of a bucket but the last, in nanoseconds. */
  public static long boundNanos(int bucket) {
    return BOUNDS[bucket];
  }

  void add(long nanos, @Nullable TraceSpan span) {
    int bucket = 0;
    while (bucket < BOUNDS.length && nanos > BOUNDS[bucket]) {
      bucket++;
    }
    counts.setOpaque(bucket, counts.getPlain(bucket) + 1);
    if (span != null) {
      exemplars.set(
          bucket, new Exemplar(nanos, span.traceId(), span.spanId(), System.currentTimeMillis()));
    }
  }

  /** The last traced one in a bucket; null if there was none. */
  public @Nullable Exemplar exemplar(int bucket) {
    return exemplars.get(bucket);
  }

  /** Adds the counts of each bucket, its own alone, to what is there. */
  public void addTo(long[] sums) {
    for (int bucket = 0; bucket < sums.length; bucket++) {
      sums[bucket] += counts.getOpaque(bucket);
    }
  }
}
