package dev.tenantgate.gateway.session;

import dev.tenantgate.config.PoolOverrides.Bound;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A session's place for a server connection of its own, and its wait for one: where its user or its
 * database has as many as they may, it waits as a pooled transaction would, for {@code
 * pool.wait-timeout} at most. Event-loop confined.
 */
final class PlaceWait {

  /** A session that waits so long is told, and again every time it has passed. */
  private static final long NOTICE_SECONDS = 5;

  private final Session session;
  private final OwnBackends places;
  private @Nullable PoolKey held;
  private OwnBackends.@Nullable Waiter waiter;
  private @Nullable ScheduledFuture<?> timeout;
  private @Nullable ScheduledFuture<?> notices;

  PlaceWait(Session session) {
    this.session = session;
    this.places = session.services().ownBackends();
  }

  /**
   * Takes a place, unless it has one.
   *
   * @return the limit that is reached; null if it has a place
   */
  @Nullable Bound take(PoolKey key) {
    Bound full = held == null ? places.take(key) : null;
    if (full == null) {
      held = key;
    }
    return full;
  }

  /** Whether it waits. */
  boolean isOn() {
    return waiter != null;
  }

  /**
   * Waits for a place.
   *
   * @param full the limit that is reached
   * @param then runs once there is one
   */
  void begin(PoolKey key, Bound full, Runnable then) {
    long began = System.nanoTime();
    PoolSettings rules = session.services().settings().pool().of(key.database(), key.user());
    OwnBackends.Waiter waits =
        new OwnBackends.Waiter(key, session.frontend().eventLoop(), () -> granted(key, then));
    waiter = waits;
    timeout =
        session
            .frontend()
            .eventLoop()
            .schedule(
                () -> tooLong(rules, key, full),
                rules.waitTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
    notices =
        session
            .frontend()
            .eventLoop()
            .scheduleWithFixedDelay(
                () -> tell(waits, began), NOTICE_SECONDS, NOTICE_SECONDS, TimeUnit.SECONDS);
    places.await(waits);
  }

  private void granted(PoolKey key, Runnable then) {
    if (waiter == null) {
      places.leave(key); // the session has ended in the same moment
      return;
    }
    stop();
    held = key;
    then.run();
  }

  private void tell(OwnBackends.Waiter waits, long began) {
    session.notice(
        "waiting for a backend for %d s, behind %d others"
            .formatted(
                Duration.ofNanos(System.nanoTime() - began).toSeconds(), places.inFront(waits)));
  }

  private void tooLong(PoolSettings rules, PoolKey key, Bound full) {
    OwnBackends.Waiter waits = waiter;
    if (waits == null || !places.leaveQueue(waits)) {
      return; // it has a place in the same moment
    }
    stop();
    session.end(
        Report.fatal(
                SqlState.TOO_MANY_CONNECTIONS,
                "no backend became free within %d ms (%s)"
                    .formatted(
                        rules.waitTimeout().toMillis(),
                        rules.keyOf(PoolSettings.Own.WAIT_TIMEOUT, key.database(), key.user())))
            .withDetail("There may be %d (%s).".formatted(full.most(), full.key())));
  }

  private void stop() {
    waiter = null;
    if (timeout != null) {
      timeout.cancel(false);
    }
    if (notices != null) {
      notices.cancel(false);
    }
  }

  /** The session is over. */
  void end() {
    OwnBackends.Waiter waits = waiter;
    if (waits != null) {
      stop();
      places.leaveQueue(waits); // else it is granted in a moment, and given back then
    }
    PoolKey key = held;
    if (key != null) {
      held = null;
      places.leave(key);
    }
  }
}
