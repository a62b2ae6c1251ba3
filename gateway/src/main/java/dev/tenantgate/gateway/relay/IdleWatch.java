package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.memory.OutboundMemory;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ends a client that has a backend and leaves it idle for too long: within a transaction, with a
 * message, a batch or copied data that it doesn't send to the end, or with an answer of which it
 * reads nothing ({@code pool.idle-transaction-timeout}). Asks no clock where that isn't limited.
 * Event-loop confined.
 */
final class IdleWatch {

  private final Channel frontend;
  private final OutboundMemory outbound;
  private final ClientActivity activity;
  private final Consumer<Report> end;
  private long lastNanos;

  /** Bytes that the client hadn't read when this was asked last. */
  private long unread;

  private @Nullable ScheduledFuture<?> check;

  /**
   * Makes it.
   *
   * @param end ends the session
   */
  IdleWatch(Channel frontend, ClientActivity activity, Consumer<Report> end) {
    this.frontend = frontend;
    this.outbound = OutboundMemory.of(frontend);
    this.activity = activity;
    this.end = end;
  }

  /** The client has sent something, or the backend has. */
  void active() {
    Duration timeout = activity.idleTimeout();
    if (timeout.isZero()) {
      return;
    }
    lastNanos = frontend.eventLoop().ticker().nanoTime();
    if (check == null && activity.keepsBackend()) {
      checkIn(timeout.toNanos());
    }
  }

  private void checkIn(long nanos) {
    check = frontend.eventLoop().schedule(this::check, Math.max(1, nanos), TimeUnit.NANOSECONDS);
  }

  private void check() {
    check = null;
    Duration timeout = activity.idleTimeout();
    if (timeout.isZero() || !activity.keepsBackend()) {
      return;
    }
    long before = unread;
    unread = outbound.pending();
    boolean readsNothing = unread > 0 && unread == before;
    if (!readsNothing && !activity.waitsForClient()) {
      checkIn(timeout.toNanos());
      return;
    }
    long left = timeout.toNanos() - (frontend.eventLoop().ticker().nanoTime() - lastNanos);
    if (left > 0) {
      checkIn(left);
    } else {
      end.accept(report(timeout, readsNothing));
    }
  }

  private static Report report(Duration timeout, boolean readsNothing) {
    return Report.fatal(
            SqlState.IDLE_IN_TRANSACTION_TIMEOUT,
            "terminating connection due to idle-in-transaction timeout")
        .withDetail(
            (readsNothing
                        ? "The client has read nothing of its answer for %d ms;"
                        : "The client has left its backend idle for %d ms;")
                    .formatted(timeout.toMillis())
                + " pool.idle-transaction-timeout.");
  }

  /** The session ends. */
  void end() {
    if (check != null) {
      check.cancel(false);
      check = null;
    }
  }
}
