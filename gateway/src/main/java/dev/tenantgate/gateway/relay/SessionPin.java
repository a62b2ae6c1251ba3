package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.settings.PinReason;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Why a session keeps its backend beyond its transactions, and when the server is to be asked
 * whether anything is left of that. Event-loop confined.
 */
final class SessionPin {

  /** At most so often the server is asked unless a statement may have ended the reason. */
  static final Duration INTERVAL = Duration.ofMillis(250);

  private final RelayListener listener;
  private final LongSupplier nanoTime;
  private @Nullable PinReason reason;
  private long sinceNanos;
  private long askedNanos;

  /** Transactions have ended since the server was asked. */
  private boolean unasked;

  /** A statement may have ended the reason. */
  private boolean mayHaveEnded;

  SessionPin(RelayListener listener, LongSupplier nanoTime) {
    this.listener = listener;
    this.nanoTime = nanoTime;
  }

  boolean isSet() {
    return reason != null;
  }

  /** Null if it isn't pinned. */
  @Nullable PinReason reason() {
    return reason;
  }

  /** For how long it has been pinned. */
  Duration duration() {
    return Duration.ofNanos(nanoTime.getAsLong() - sinceNanos);
  }

  /** Sets it; one that lasts stays. */
  void set(PinReason next) {
    PinReason before = reason;
    if (before == next || (before != null && before.isLasting() && !next.isLasting())) {
      return;
    }
    long since = sinceNanos;
    clear();
    reason = next;
    sinceNanos = before == null ? nanoTime.getAsLong() : since;
    listener.pinned(next);
  }

  /** Takes it off. */
  void clear() {
    PinReason before = reason;
    if (before != null) {
      reason = null;
      listener.unpinned(before, duration());
    }
  }

  /** A statement goes out that may end the reason. */
  void mayEnd() {
    mayHaveEnded = true;
  }

  /** A transaction has ended; whether the server is to be asked now what is left. */
  boolean isQuestionDue() {
    PinReason current = reason;
    if (current == null || current.isLasting()) {
      return false;
    }
    unasked = true;
    return mayHaveEnded || untilQuestion().isZero();
  }

  /** Whether the server is to be asked a little later, should the session be idle then. */
  boolean isQuestionOpen() {
    PinReason current = reason;
    return current != null && !current.isLasting() && unasked;
  }

  /** How long it takes until the server may be asked again. */
  Duration untilQuestion() {
    long left = askedNanos + INTERVAL.toNanos() - nanoTime.getAsLong();
    return left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
  }

  /** The server has said what is left; null for nothing. */
  void answered(@Nullable PinReason left) {
    askedNanos = nanoTime.getAsLong();
    unasked = false;
    mayHaveEnded = false;
    PinReason current = reason;
    if (left != null) {
      set(left);
    } else if (current != null && !current.isLasting()) {
      clear();
    }
  }
}
