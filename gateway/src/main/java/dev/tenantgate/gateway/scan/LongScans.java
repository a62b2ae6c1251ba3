package dev.tenantgate.gateway.scan;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Where long texts are looked at beside the event loops, so that no other session waits for it. Few
 * at a time are copied for that; the others wait, unread, for their turn. Thread-safe.
 */
public final class LongScans {

  /** A shorter text is looked at where it comes. */
  public static final int LEAST_BYTES = 32 * 1024;

  /** Texts that are copied at once. */
  private static final int MOST_COPIES = 4;

  private final Executor threads;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private int copies;

  /** Has that look at texts. */
  public LongScans(Executor threads) {
    this.threads = threads;
  }

  /**
   * Asks for a turn.
   *
   * @param granted called once, on any thread, if it isn't at once; {@link #done} is to follow
   * @return whether it is at once
   */
  synchronized boolean ask(Runnable granted) {
    if (copies < MOST_COPIES) {
      copies++;
      return true;
    }
    waiting.addLast(granted);
    return false;
  }

  /** A turn has ended. */
  void done() {
    Runnable next;
    synchronized (this) {
      next = waiting.pollFirst();
      copies -= next == null ? 1 : 0;
    }
    if (next != null) {
      next.run();
    }
  }

  /** Runs a task, here if nobody else does any more. */
  void run(Runnable task) {
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      task.run();
    }
  }
}
