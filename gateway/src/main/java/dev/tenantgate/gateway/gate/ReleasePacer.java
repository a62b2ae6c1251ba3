package dev.tenantgate.gateway.gate;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.LongSupplier;

/**
 * Lets released sessions go in the order of their release and at a bounded rate: a thousand that
 * waited for one migration would meet the database in the same millisecond. The first {@link
 * #STEP}'s worth of them goes at once. Thread-safe.
 */
final class ReleasePacer {

  /** How finely the rate is kept. */
  static final Duration STEP = Duration.ofMillis(5);

  private final HoldTimer timer;
  private final LongSupplier nanoTime;
  private final Object lock = new Object();

  // Guarded by lock.
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private double perNano;
  private double burst;
  private double allowed;
  private long refilledNanos;
  private boolean armed;
  private boolean closed;

  /**
   * Makes a pacer.
   *
   * @param perSecond {@code gate.release-rate}
   */
  ReleasePacer(HoldTimer timer, LongSupplier nanoTime, int perSecond) {
    this.timer = timer;
    this.nanoTime = nanoTime;
    reconfigure(perSecond);
    allowed = burst;
  }

  /** Takes another {@code gate.release-rate}. */
  void reconfigure(int perSecond) {
    synchronized (lock) {
      perNano = perSecond / 1e9;
      burst = Math.max(1, perNano * STEP.toNanos());
    }
  }

  /** Lets a session go, now or when its turn has come. */
  void release(Runnable session) {
    synchronized (lock) {
      waiting.add(session);
    }
    releaseDue();
  }

  /** Lets all who wait go at once, and all who come. */
  void close() {
    synchronized (lock) {
      closed = true;
    }
    releaseDue();
  }

  private void step() {
    synchronized (lock) {
      armed = false;
    }
    releaseDue();
  }

  private void releaseDue() {
    List<Runnable> due = new ArrayList<>();
    synchronized (lock) {
      refill();
      while (!waiting.isEmpty() && (closed || allowed >= 1)) {
        allowed--;
        due.add(waiting.remove());
      }
      if (!waiting.isEmpty() && !armed) {
        armed = true;
        timer.after(STEP, this::step);
      }
    }
    due.forEach(Runnable::run);
  }

  private void refill() {
    long now = nanoTime.getAsLong();
    allowed = Math.min(burst, allowed + (now - refilledNanos) * perNano);
    refilledNanos = now;
  }
}
