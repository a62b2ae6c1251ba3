package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.pool.Lender;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a client that has a backend and leaves it idle for too long: within a transaction, or with a
 * message, a batch or copied data that it doesn't send to the end ({@code
 * pool.idle-transaction-timeout}). Asks no clock where that isn't limited. Event-loop confined.
 */
final class IdleWatch {

  private final Relay relay;
  private final Lender pool;
  private long lastNanos;
  private @Nullable ScheduledFuture<?> check;

  IdleWatch(Relay relay, Lender pool) {
    this.relay = relay;
    this.pool = pool;
  }

  /** The client has sent something, or the backend has. */
  void active() {
    Duration timeout = pool.rules().idleTransactionTimeout();
    if (timeout.isZero()) {
      return;
    }
    lastNanos = System.nanoTime();
    if (check == null && relay.lease() != null) {
      checkIn(timeout.toNanos());
    }
  }

  private void checkIn(long nanos) {
    check =
        relay
            .frontend()
            .eventLoop()
            .schedule(this::check, Math.max(1, nanos), TimeUnit.NANOSECONDS);
  }

  private void check() {
    check = null;
    Duration timeout = pool.rules().idleTransactionTimeout();
    if (relay.isEnded() || relay.lease() == null || timeout.isZero()) {
      return;
    }
    long left = timeout.toNanos() - (System.nanoTime() - lastNanos);
    if (!relay.waitsForClient()) {
      checkIn(timeout.toNanos());
    } else if (left > 0) {
      checkIn(left);
    } else {
      relay.fail(
          Report.fatal(
                  SqlState.IDLE_IN_TRANSACTION_TIMEOUT,
                  "terminating connection due to idle-in-transaction timeout")
              .withDetail(
                  "The client has left its backend idle for %d ms; pool.idle-transaction-timeout."
                      .formatted(timeout.toMillis())));
    }
  }

  void end() {
    if (check != null) {
      check.cancel(false);
      check = null;
    }
  }
}
