package dev.tenantgate.gateway.timeout;

import dev.tenantgate.config.PoolSettings;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;

/** The {@link TimeoutSweep}s of all event loops. Thread-safe. */
public final class TimeoutSweeps {

  private final Map<EventLoop, TimeoutSweep> sweeps = new ConcurrentHashMap<>();
  private volatile Duration shortest;

  /** Begins with the timeouts of these settings. */
  public TimeoutSweeps(PoolSettings settings) {
    shortest = settings.shortestTimeout();
  }

  /** Other timeouts are in force from now on. */
  public void reconfigure(PoolSettings settings) {
    shortest = settings.shortestTimeout();
    sweeps.forEach(
        (loop, sweep) -> {
          try {
            loop.execute(sweep::restart);
          } catch (RejectedExecutionException e) {
            // The loop is gone, and its clients with it.
          }
        });
  }

  /** The sweep of an event loop. */
  public TimeoutSweep of(EventLoop loop) {
    return sweeps.computeIfAbsent(loop, each -> new TimeoutSweep(each, () -> shortest));
  }
}
