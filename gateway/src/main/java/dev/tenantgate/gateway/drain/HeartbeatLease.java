package dev.tenantgate.gateway.drain;

import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * For how long the gateway may let transactions begin, on the word of its last heartbeat. A clock
 * is asked each time: a timer that should have said no may itself have been asleep. Thread-safe.
 */
public final class HeartbeatLease {

  private static final Logger log = LoggerFactory.getLogger(HeartbeatLease.class);

  private final LongSupplier nanoTime;
  private volatile boolean required;
  private volatile boolean begun;

  /** From when on and until when; swapped whole. */
  private volatile Span span;

  private record Span(long fromNanos, long untilNanos) {}

  /**
   * Makes one that asks for nothing.
   *
   * @param nanoTime the clock of those who {@linkplain #extend extend} it
   */
  public HeartbeatLease(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    long now = nanoTime.getAsLong();
    this.span = new Span(now, now);
  }

  /** From now on heartbeats are needed. */
  void require() {
    required = true;
  }

  boolean isRequired() {
    return required;
  }

  /** There are no heartbeats, and never will be. */
  void waive(String reason) {
    required = false;
    log.atWarn()
        .addKeyValue("reason", reason)
        .log("the gateway isn't known to others: migrations don't wait for its transactions");
  }

  /** Whether it has run out: not while it has yet to begin. */
  boolean hasLapsed() {
    return required && begun && nanoTime.getAsLong() - span.untilNanos >= 0;
  }

  void extend(long fromNanos, long untilNanos) {
    begun = true;
    span = new Span(fromNanos, untilNanos);
  }

  boolean isGood() {
    if (!required) {
      return true;
    }
    Span now = span;
    long nanos = nanoTime.getAsLong();
    return nanos - now.fromNanos >= 0 && nanos - now.untilNanos < 0;
  }

  /** How long it takes until it begins; 0 or less if it has. */
  long nanosUntilGood() {
    return required ? span.fromNanos - nanoTime.getAsLong() : 0;
  }
}
