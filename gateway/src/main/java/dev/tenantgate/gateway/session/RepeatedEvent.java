package dev.tenantgate.gateway.session;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Something that may happen to every connection at once and is worth a line of the log only now and
 * then: a port scan, a database that is away. Thread-safe.
 */
final class RepeatedEvent {

  private static final long INTERVAL_NANOS = Duration.ofSeconds(5).toNanos();

  private final LongSupplier nanoTime;
  private final AtomicLong nextNanos;
  private final AtomicInteger unsaid = new AtomicInteger();

  RepeatedEvent(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.nextNanos = new AtomicLong(nanoTime.getAsLong());
  }

  /**
   * It happened.
   *
   * @return how often since it was last told, this time included; 0 if it is too soon to tell again
   */
  int happened() {
    unsaid.incrementAndGet();
    long now = nanoTime.getAsLong();
    long next = nextNanos.get();
    return now - next >= 0 && nextNanos.compareAndSet(next, now + INTERVAL_NANOS)
        ? unsaid.getAndSet(0)
        : 0;
  }

  /** Whether all is told, and the next would be told at once. */
  boolean isOver() {
    return unsaid.get() == 0 && nanoTime.getAsLong() - nextNanos.get() >= 0;
  }
}
