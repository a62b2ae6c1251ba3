package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.drain.Pauses;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One session's wait for the end of an operator's pause, which the client is told after a second
 * and then every five. Event-loop confined.
 */
final class PauseWait {

  private static final long FIRST_NOTICE_SECONDS = 1;
  private static final long NEXT_NOTICE_SECONDS = 5;

  private final Session session;
  private final Pauses pauses;
  private Pauses.@Nullable Place place;
  private @Nullable ScheduledFuture<?> notice;

  PauseWait(Session session) {
    this.session = session;
    this.pauses = session.services().openSessions().pauses();
  }

  /** Whether a session has to wait. */
  boolean isNeeded(String database, @Nullable String tenant) {
    return pauses.holds(database, tenant);
  }

  /** Waits; {@code resumed} runs when it is worth asking again. */
  void begin(String database, @Nullable String tenant, Runnable resumed) {
    EventLoop loop = session.frontend().eventLoop();
    String text =
        pauses.isPaused(database)
            ? "waiting: database \"%s\" is paused".formatted(database)
            : "waiting: tenant \"%s\" is paused".formatted(tenant);
    notice =
        loop.scheduleAtFixedRate(
            () -> session.notice(text),
            FIRST_NOTICE_SECONDS,
            NEXT_NOTICE_SECONDS,
            TimeUnit.SECONDS);
    place =
        pauses.await(
            loop,
            () -> {
              if (place != null) {
                end();
                resumed.run();
              }
            },
            database,
            tenant);
  }

  /** Waits no more. */
  void end() {
    Pauses.Place left = place;
    if (left != null) {
      place = null;
      pauses.leave(left);
    }
    if (notice != null) {
      notice.cancel(false);
      notice = null;
    }
  }
}
