package dev.tenantgate.gateway.gate;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs things later; one for all holds. Thread-safe. */
public interface HoldTimer extends AutoCloseable {

  /** Runs a quick task once the delay is over, unless it is cancelled or the timer closed. */
  Timeout after(Duration delay, Runnable task);

  @Override
  void close();

  /** A task that is yet to run. */
  interface Timeout {
    /** Keeps it from running, if it hasn't begun; leaves nothing of it behind. */
    void cancel();
  }

  /** A timer with a thread of its own. */
  static HoldTimer startThread() {
    ScheduledThreadPoolExecutor scheduler =
        new ScheduledThreadPoolExecutor(1, Threads.named("tenantgate-gate-timer"));
    scheduler.setRemoveOnCancelPolicy(true);
    scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return new HoldTimer() {
      @Override
      public Timeout after(Duration delay, Runnable task) {
        if (scheduler.isShutdown()) {
          return () -> {};
        }
        ScheduledFuture<?> scheduled =
            scheduler.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> scheduled.cancel(false);
      }

      @Override
      public void close() {
        scheduler.shutdownNow();
      }
    };
  }
}
