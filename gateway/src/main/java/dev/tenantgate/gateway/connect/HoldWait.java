package dev.tenantgate.gateway.connect;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One session's wait at a {@link BackendHold}: it is told from time to time, tries when it is its
 * turn, and is given up after {@code database.outage-timeout}, for which the time of a pause
 * doesn't count. Event-loop confined.
 */
public final class HoldWait implements BackendHold.Waiter {

  /** A session that waits so long is told, and again every time it has passed. */
  private static final Duration NOTICE_INTERVAL = Duration.ofSeconds(5);

  private static final long LOOK_MILLIS = 100;
  private static final long FULL_MILLIS = 400;

  /** The party that waits. */
  public interface Listener {

    /** It is to try for a connection now. */
    void tryAgain();

    /** It goes on waiting, and may want to say so. */
    void stillWaiting(String text);

    /** It has waited for as long as it may: 08006. */
    void waitedTooLong(Report report);
  }

  private final BackendHold hold;
  private final String database;
  private final EventLoop eventLoop;
  private final Listener listener;
  private @Nullable ScheduledFuture<?> looking;
  private long beganNanos;
  private long lookedNanos;
  private long toldNanos;
  private long outageNanos;
  private boolean trying;

  public HoldWait(BackendHold hold, String database, EventLoop eventLoop, Listener listener) {
    this.hold = hold;
    this.database = database;
    this.eventLoop = eventLoop;
    this.listener = listener;
  }

  @Override
  public EventLoop eventLoop() {
    return eventLoop;
  }

  @Override
  public String database() {
    return database;
  }

  /** Whether it waits. */
  public boolean isOn() {
    return looking != null;
  }

  /** Waits, or waits on after having tried. */
  public void begin() {
    if (looking == null) {
      start();
    }
    trying = false;
    hold.await(this);
  }

  private void start() {
    beganNanos = hold.nanoTime();
    lookedNanos = beganNanos;
    toldNanos = beganNanos;
    outageNanos = 0;
    looking =
        eventLoop.scheduleWithFixedDelay(
            this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** The server has no place at the moment: it is tried again in a while. */
  public void tryLater() {
    if (looking == null) {
      start();
    }
    trying = true;
    eventLoop.schedule(
        () -> {
          trying = false;
          tryAgain();
        },
        FULL_MILLIS / 2 + ThreadLocalRandom.current().nextLong(FULL_MILLIS),
        TimeUnit.MILLISECONDS);
  }

  /** Waits no more: there is a connection, or nobody wants one. */
  public void end() {
    if (looking != null) {
      looking.cancel(false);
      looking = null;
      hold.leave(this);
    }
  }

  @Override
  public void tryAgain() {
    if (looking == null || trying) {
      return;
    }
    if (hold.isPaused(database)) {
      hold.await(this);
    } else {
      trying = true;
      listener.tryAgain();
    }
  }

  private void look() {
    long now = hold.nanoTime();
    outageNanos += hold.isPaused(database) ? 0 : now - lookedNanos;
    lookedNanos = now;
    if (outageNanos >= hold.outageTimeout().toNanos()) {
      Report report = tooLong(hold.outage());
      end();
      listener.waitedTooLong(report);
    } else if (now - toldNanos >= NOTICE_INTERVAL.toNanos()) {
      toldNanos = now;
      listener.stillWaiting(hold.text(database, Duration.ofNanos(now - beganNanos)));
    }
  }

  private Report tooLong(@Nullable Report outage) {
    return outage == null
        ? Report.fatal(SqlState.CONNECTION_FAILURE, "no connection to the backend could be had")
            .withHint(waited(hold.outageTimeout()))
        : report(outage, hold.outageTimeout());
  }

  /**
   * The end of one who has waited in vain, whatever the server's own words were.
   *
   * @param outage why the server couldn't be reached
   */
  public static Report report(Report outage, Duration waited) {
    boolean unreachable = outage.sqlState().equals(SqlState.CONNECTION_FAILURE.code());
    Report report =
        unreachable
            ? outage.asFatal()
            : Report.fatal(
                    SqlState.CONNECTION_FAILURE, "the backend accepts no connections at the moment")
                .withDetail(outage.message());
    return report.withHint(waited(waited));
  }

  private static String waited(Duration waited) {
    return "It was waited for for %d ms (database.outage-timeout).".formatted(waited.toMillis());
  }
}
