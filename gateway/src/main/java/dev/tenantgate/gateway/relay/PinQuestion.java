package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.settings.Effects;
import dev.tenantgate.gateway.settings.PinReason;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * When a pinned session's backend is asked what is left of the reason: at the end of transactions,
 * and once behind the last, while the session is idle. Event-loop confined.
 */
final class PinQuestion {

  private final SessionPin pin;
  private final Effects effects;
  private final Runnable whileIdle;
  private @Nullable ScheduledFuture<?> later;

  /**
   * Makes it.
   *
   * @param whileIdle asks, if the session is idle
   */
  PinQuestion(SessionPin pin, Effects effects, Runnable whileIdle) {
    this.pin = pin;
    this.effects = effects;
    this.whileIdle = whileIdle;
  }

  /**
   * A transaction has ended: what is read back includes what is left, if that is due.
   *
   * @param anyway whether it is due for another reason
   */
  void transactionEnded(boolean anyway) {
    if (pin.isQuestionDue() || anyway) {
      include();
    }
  }

  /** The next readback asks for the rest as well. */
  void include() {
    effects.mayLeaveState();
    if (pin.reason() == PinReason.VALUE) {
      effects.anything();
    }
  }

  /** The session keeps its backend; it is asked a little later, should nothing else happen. */
  void askLater(PooledBackend backend) {
    if (later == null && pin.isQuestionOpen()) {
      later =
          backend
              .channel()
              .eventLoop()
              .schedule(this::askNow, pin.untilQuestion().toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void askNow() {
    later = null;
    if (pin.isQuestionOpen()) {
      whileIdle.run();
    }
  }

  /** The server has done a DISCARD ALL, which leaves only what can't be asked about. */
  void discarded(@Nullable PooledBackend backend) {
    PinReason reason = pin.reason();
    if (reason == null || backend == null || !reason.isLasting()) {
      return;
    }
    if (!reason.isDiscarded()) {
      backend.retire(); // for others it isn't as a fresh one
    }
    pin.clear();
  }

  /** The session ends. */
  void end() {
    pin.clear();
    if (later != null) {
      later.cancel(false);
    }
  }
}
