package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.tracing.TraceSpan;
import dev.tenantgate.migrator.SchemaRef;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One held session.
 *
 * <pre>
 *              ┌──────► DECIDED     a verdict, the timeout, or the shutdown
 *   WAITING ───┤
 *              └──────► CANCELLED   the session gave up
 * </pre>
 *
 * <p>The thread that makes the transition takes the hold out of the queue and tells the listener;
 * all others find that they came too late. Thread-safe.
 */
final class Hold implements HoldTicket {

  private static final Logger log = LoggerFactory.getLogger(Hold.class);

  /** Where a hold stands. */
  enum Phase {
    WAITING,
    DECIDED,
    CANCELLED
  }

  private final AdmissionRequest request;
  private final AdmissionListener listener;
  private final long startedNanos;
  private final Gate gate;
  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.WAITING);
  private volatile HoldTimer.@Nullable Timeout timeout;

  /** The schema it waits for. Written by {@link HoldQueues} under its lock. */
  private volatile SchemaRef on;

  private volatile @Nullable TraceSpan span;

  /** Whether it counts for its tenant. Guarded by the lock of {@link HoldQueues}. */
  private boolean counted;

  Hold(
      AdmissionRequest request,
      AdmissionListener listener,
      SchemaRef on,
      long startedNanos,
      Gate gate) {
    this.request = request;
    this.listener = listener;
    this.on = on;
    this.startedNanos = startedNanos;
    this.gate = gate;
  }

  AdmissionRequest request() {
    return request;
  }

  SchemaRef countsFor() {
    return request.countsFor();
  }

  SchemaRef on() {
    return on;
  }

  void waitFor(SchemaRef schema) {
    on = schema;
  }

  boolean isCounted() {
    return counted;
  }

  void setCounted() {
    counted = true;
  }

  long startedNanos() {
    return startedNanos;
  }

  /** Gives it its timeout, which ends with it. */
  void arm(HoldTimer.Timeout armed) {
    timeout = armed;
    if (phase.get() != Phase.WAITING) {
      armed.cancel();
    }
  }

  boolean isWaiting() {
    return phase.get() == Phase.WAITING;
  }

  /** Whether the caller made the transition. */
  boolean end(Phase to) {
    if (!phase.compareAndSet(Phase.WAITING, to)) {
      return false;
    }
    HoldTimer.Timeout armed = timeout;
    if (armed != null) {
      armed.cancel();
    }
    return true;
  }

  /** Tells the session, on its own thread. */
  void deliver(Admission.Decision decision) {
    try {
      request.executor().execute(() -> listener.decided(decision));
    } catch (RejectedExecutionException e) {
      // The session's event loop is gone, and the session with it.
      log.debug("a held session of {} is gone", countsFor(), e);
    }
  }

  @Override
  public boolean cancel() {
    return gate.cancel(this);
  }

  @Override
  public void tracedBy(TraceSpan of) {
    span = of;
  }

  /** The span of it; null if there is none. */
  @Nullable TraceSpan span() {
    return span;
  }

  @Override
  public HoldProgress progress() {
    return gate.progress(this);
  }
}
