package dev.tenantgate.migrator.schema;

import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The phase of statements that can't share a transaction: a few schemas at a time, on threads of
 * its own. Such a statement waits for every older transaction of the database, other workers' among
 * them, and holds back the server's clean-up; more of them at once wouldn't be quicker. Meanwhile
 * the workers go on with the other schemas. A schema that a connection waits for is taken before
 * those of a fleet. Thread-safe.
 */
final class NonTransactionalPhase {

  private final ThreadPoolExecutor threads;
  private final AtomicLong arrivals = new AtomicLong();

  NonTransactionalPhase(int atOnce, ThreadFactory factory) {
    threads =
        new ThreadPoolExecutor(
            atOnce, atOnce, 30, TimeUnit.SECONDS, new PriorityBlockingQueue<>(), factory);
    threads.allowCoreThreadTimeOut(true);
  }

  /** A schema that waits for its turn. */
  private record Turn(boolean urgent, long arrival, Runnable task)
      implements Runnable, Comparable<Turn> {
    @Override
    public void run() {
      task.run();
    }

    @Override
    public int compareTo(Turn other) {
      return urgent == other.urgent
          ? Long.compare(arrival, other.arrival)
          : Boolean.compare(other.urgent, urgent);
    }
  }

  /**
   * Runs it when it is its turn.
   *
   * @param urgent whether it goes before those that aren't
   * @throws RejectedExecutionException once the phase is closed
   */
  void execute(boolean urgent, Runnable task) {
    threads.execute(new Turn(urgent, arrivals.incrementAndGet(), task));
  }

  /** Takes no more, and waits for what is on its way, which was cancelled. */
  void close(long millis) throws InterruptedException {
    threads.shutdown();
    if (!threads.awaitTermination(millis, TimeUnit.MILLISECONDS)) {
      threads.shutdownNow();
    }
  }
}
