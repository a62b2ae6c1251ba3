package dev.tenantgate.migrator.survey;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Work on many things, several at once, whose results are taken in order; never more of them than
 * are worked on wait to be taken. Immutable.
 *
 * @param workers what it is done on
 * @param width how many at once
 */
public record OrderedWork(Executor workers, int width) {

  /** The work on one thing. */
  @FunctionalInterface
  public interface Task<T, R> {
    R of(T thing) throws SQLException;
  }

  /**
   * Does it, and gives the results to the consumer, on the calling thread.
   *
   * @throws SQLException the first that a task ended with; what was begun by then is ended first
   */
  public <T, R> void each(Iterable<T> things, Task<T, R> task, Consumer<? super R> consumer)
      throws SQLException {
    Queue<CompletableFuture<R>> begun = new ArrayDeque<>();
    Iterator<T> left = things.iterator();
    try {
      while (left.hasNext() || !begun.isEmpty()) {
        while (left.hasNext() && begun.size() < width) {
          begun.add(begin(task, left.next()));
        }
        consumer.accept(taken(begun.remove()));
      }
    } finally {
      // Their connections go back before the caller goes on with others.
      begun.forEach(each -> each.exceptionally(error -> null).join());
    }
  }

  private <T, R> CompletableFuture<R> begin(Task<T, R> task, T thing) throws SQLException {
    try {
      return CompletableFuture.supplyAsync(
          () -> {
            try {
              return task.of(thing);
            } catch (SQLException e) {
              throw new CompletionException(e);
            }
          },
          workers);
    } catch (RejectedExecutionException e) {
      throw new SQLException("the migrator is closed", "08003", e);
    }
  }

  private static <R> R taken(CompletableFuture<R> result) throws SQLException {
    try {
      return result.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof SQLException sql) {
        throw sql;
      }
      throw e;
    }
  }
}
