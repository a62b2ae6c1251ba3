package dev.tenantgate.migrator.connection;

import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a run is cancelled from another thread: whatever statement it is waiting for is cancelled at
 * the server, and it begins no other. Thread-safe.
 */
public final class RunControl {

  private static final Logger LOG = LoggerFactory.getLogger(RunControl.class);

  private boolean cancelled;
  private @Nullable Cancelling running;

  /** Cancels the running statement at the server. */
  @FunctionalInterface
  public interface Cancelling {
    public void cancel() throws SQLException;
  }

  /** A statement that is run under a control. */
  public interface Execution<T> {
    T execute(Statement statement) throws SQLException;
  }

  /** Runs a statement that {@link #cancel} reaches. */
  public <T> T run(Statement statement, Execution<T> execution) throws SQLException {
    return run(statement::cancel, () -> execution.execute(statement));
  }

  /** Work that is run under a control. */
  public interface Work<T> {
    public T run() throws SQLException;
  }

  /** Runs what {@link #cancel} reaches in this way. */
  public <T> T run(Cancelling cancelling, Work<T> work) throws SQLException {
    synchronized (this) {
      if (cancelled) {
        throw new SQLException("the run was cancelled", "57014");
      }
      running = cancelling;
    }
    try {
      return work.run();
    } finally {
      synchronized (this) {
        running = null;
      }
    }
  }

  public synchronized boolean isCancelled() {
    return cancelled;
  }

  public synchronized void cancel() {
    cancelled = true;
    if (running != null) {
      try {
        running.cancel();
      } catch (SQLException e) {
        LOG.atWarn().setCause(e).log("a running migration couldn't be cancelled");
      }
    }
  }
}
