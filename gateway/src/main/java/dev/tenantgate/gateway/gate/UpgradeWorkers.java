package dev.tenantgate.gateway.gate;

import java.util.concurrent.Executor;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The threads that migrate schemas: {@code migrations.workers} of them. Thread-safe. */
public final class UpgradeWorkers implements Executor, AutoCloseable {

  private final ThreadPoolExecutor threads;

  public UpgradeWorkers(int workers) {
    threads =
        new ThreadPoolExecutor(
            workers,
            workers,
            10,
            TimeUnit.SECONDS,
            new PriorityBlockingQueue<>(),
            Threads.named("tenantgate-migrator"));
    threads.allowCoreThreadTimeOut(true);
  }

  /** Takes an {@link Upgrade}; nothing else has a place in the order. */
  @Override
  public void execute(Runnable upgrade) {
    if (!(upgrade instanceof Upgrade)) {
      throw new RejectedExecutionException("not an upgrade: " + upgrade);
    }
    threads.execute(upgrade);
  }

  /** Takes an upgrade out of the queue; false if it isn't in it. */
  boolean withdraw(Upgrade queued) {
    return threads.remove(queued);
  }

  /** Takes another {@code migrations.workers}. */
  public void resize(int workers) {
    if (workers > threads.getMaximumPoolSize()) {
      threads.setMaximumPoolSize(workers);
      threads.setCorePoolSize(workers);
    } else {
      threads.setCorePoolSize(workers);
      threads.setMaximumPoolSize(workers);
    }
  }

  /** Interrupts what runs. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
