package dev.tenantgate.gateway.routines;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients' definitions that no look at the database's routines covers yet. Until one does, any
 * statement may run what was defined. Thread-safe.
 */
public final class PendingDefinitions {

  private Runnable whenEnded = () -> {};

  /** Transactions that have defined something which others may see before they are known to end. */
  private int open;

  /** Begins and ends so far, and how many of them a look has covered. */
  private long made;

  private long covered;

  /** Read for each statement, without a lock. */
  private volatile boolean pending;

  private final AtomicLong changes = new AtomicLong();

  /** Runs behind each end of a transaction: a look is wanted. */
  public synchronized void whenEnded(Runnable task) {
    whenEnded = task;
  }

  /** A transaction has defined something that others may see from now on. */
  public synchronized void begin() {
    open++;
    changed();
  }

  /** The same transaction has ended: a look that begins from now on shows what came of it. */
  public void end() {
    Runnable task;
    synchronized (this) {
      open--;
      changed();
      task = whenEnded;
    }
    task.run();
  }

  private void changed() {
    made++;
    changes.incrementAndGet();
    pending = true;
  }

  /** A look begins; to be given to {@link #covered} with its answer. */
  public synchronized long made() {
    return made;
  }

  /** A look that began at that count is answered, and sessions go by it. */
  public synchronized void covered(long upTo) {
    covered = Math.max(covered, upTo);
    pending = open > 0 || covered < made;
  }

  /** Whether a look would show more than the last one did. */
  public synchronized boolean needLook() {
    return covered < made;
  }

  /** A look has shown other names than the one before it. */
  public synchronized void namesChanged() {
    changes.incrementAndGet();
  }

  /** Whether there are any. */
  public boolean arePending() {
    return pending;
  }

  /** A number that changes with each definition, and with what the looks show. */
  public long changes() {
    return changes.get();
  }
}
