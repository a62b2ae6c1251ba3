package dev.tenantgate.gateway.timeout;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the clients of an event loop from time to time, for those who take too long. So a
 * message costs no timer: it leaves a mark, and the next look compares. A timeout is kept to a
 * fifth of the shortest one, or to a second: one look sees that something begins, another that it
 * has lasted. Nothing is looked at where no timeout is in force. Event-loop confined.
 */
public final class TimeoutSweep {

  private static final long LONGEST_MILLIS = 500;
  private static final long SHORTEST_MILLIS = 10;

  private final EventLoop loop;
  private final Supplier<Duration> shortest;

  /** In no order: each knows its place, and the last one takes that of one who leaves. */
  private final List<ClientWatch> watches = new ArrayList<>();

  private @Nullable ScheduledFuture<?> task;

  TimeoutSweep(EventLoop loop, Supplier<Duration> shortest) {
    this.loop = loop;
    this.shortest = shortest;
  }

  /** A client has come. */
  void enter(ClientWatch watch) {
    watch.placeIs(watches.size());
    watches.add(watch);
    if (task == null) {
      restart();
    }
  }

  /** A client has left. */
  void leave(ClientWatch watch) {
    int place = watch.place();
    ClientWatch last = watches.remove(watches.size() - 1);
    if (last != watch) {
      watches.set(place, last);
      last.placeIs(place);
    }
    if (watches.isEmpty()) {
      stop();
    }
  }

  /** Other timeouts may be in force. */
  void restart() {
    stop();
    long millis = shortest.get().toMillis();
    if (millis > 0 && !watches.isEmpty()) {
      long interval = Math.max(SHORTEST_MILLIS, Math.min(LONGEST_MILLIS, millis / 10));
      task = loop.scheduleWithFixedDelay(this::look, interval, interval, TimeUnit.MILLISECONDS);
    }
  }

  private void stop() {
    if (task != null) {
      task.cancel(false);
      task = null;
    }
  }

  /** From the last on: who takes the place of one that ends has been looked at already. */
  private void look() {
    long now = loop.ticker().nanoTime();
    for (int i = watches.size() - 1; i >= 0; i--) {
      if (i < watches.size()) {
        watches.get(i).look(now);
      }
    }
  }
}
