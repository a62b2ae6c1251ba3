package dev.tenantgate.gateway.gate;

import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads that migrate schemas: {@code migrations.workers} of them. A thread that becomes free
 * takes up the upgrade that is wanted most then. Thread-safe.
 */
public final class UpgradeWorkers implements Executor, AutoCloseable {

  private final int most;
  private final ThreadPoolExecutor threads;

  /**
   * The upgrades that wait for a thread; one whose place changes is taken out first. Also the lock.
   */
  private final TreeSet<Upgrade> queued = new TreeSet<>();

  /**
   * Makes them.
   *
   * @param workers how many; later there may be fewer, or as many again
   */
  public UpgradeWorkers(int workers) {
    most = workers;
    threads =
        new ThreadPoolExecutor(
            workers,
            workers,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Threads.named("tenantgate-migrator"));
    threads.allowCoreThreadTimeOut(true);
  }

  /** How many there were to begin with. */
  int most() {
    return most;
  }

  /** Takes an {@link Upgrade}; nothing else has a place in the order. */
  @Override
  public void execute(Runnable task) {
    if (!(task instanceof Upgrade upgrade)) {
      throw new RejectedExecutionException("not an upgrade: " + task);
    }
    synchronized (queued) {
      queued.add(upgrade);
    }
    try {
      threads.execute(this::takeUpNext);
    } catch (RejectedExecutionException e) {
      synchronized (queued) {
        queued.remove(upgrade);
      }
      throw e;
    }
  }

  /** Changes a queued upgrade's place in the order; what has begun is left as it is. */
  void reorder(Upgrade upgrade, Runnable change) {
    synchronized (queued) {
      if (queued.remove(upgrade)) {
        change.run();
        queued.add(upgrade);
      }
    }
  }

  private void takeUpNext() {
    @Nullable Upgrade next;
    synchronized (queued) {
      next = queued.pollFirst();
    }
    if (next != null) {
      next.run();
    }
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
