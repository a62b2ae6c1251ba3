package dev.tenantgate.migrator.schema;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of all schemas' runs of one migrator. Thread-safe.
 *
 * <p>Worker threads take tasks in the order of their coming. A task that has to wait gives its
 * thread back and comes again by the clock.
 *
 * @param workers run tries at schemas
 * @param clock starts tries that were put off
 * @param ownPhase runs migrations that can't be in a transaction
 */
public record RunThreads(
    ExecutorService workers, ScheduledExecutorService clock, NonTransactionalPhase ownPhase) {

  private static final int CLOSING_SECONDS = 10;

  /**
   * Makes the threads; they start at their first task.
   *
   * @param workers how many schemas are worked on at once
   * @param inOwnPhase how many of those whose migrations can't be in a transaction
   */
  public static RunThreads of(int workers, int inOwnPhase) {
    return new RunThreads(
        Executors.newFixedThreadPool(workers, named("tenantgate-migrator-")),
        Executors.newSingleThreadScheduledExecutor(named("tenantgate-migrator-clock-")),
        new NonTransactionalPhase(inOwnPhase, named("tenantgate-migrator-alone-")));
  }

  private static ThreadFactory named(String prefix) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /**
   * Starts no more tries, and waits for those that are under way.
   *
   * @param cancelRuns cancels them, once none is started by the clock any more
   */
  public void close(Runnable cancelRuns) {
    clock.shutdown();
    cancelRuns.run();
    workers.shutdown();
    try {
      if (!workers.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS)) {
        workers.shutdownNow();
      }
      ownPhase.close(TimeUnit.SECONDS.toMillis(CLOSING_SECONDS));
    } catch (InterruptedException e) {
      workers.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
