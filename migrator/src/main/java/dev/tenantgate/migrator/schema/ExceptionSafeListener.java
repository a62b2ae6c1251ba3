package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.connection.Blocker;
import dev.tenantgate.migrator.drain.DrainEnd;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a listener's exceptions from ending the run of a schema that it listens to. Thread-safe, as
 * far as its listener is.
 */
public class ExceptionSafeListener implements MigrationListener {

  private static final Logger LOG = LoggerFactory.getLogger(ExceptionSafeListener.class);

  private final MigrationListener listener;

  public ExceptionSafeListener(MigrationListener listener) {
    this.listener = listener;
  }

  @Override
  public void started(SchemaRef schema, List<Migration> pending) {
    carefully(() -> listener.started(schema, pending));
  }

  @Override
  public void retrying(SchemaRef schema, int attempt, String sqlState, Duration delay) {
    carefully(() -> listener.retrying(schema, attempt, sqlState, delay));
  }

  @Override
  public void blocked(SchemaRef schema, List<Blocker> blockers) {
    carefully(() -> listener.blocked(schema, blockers));
  }

  @Override
  public void draining(SchemaRef schema) {
    carefully(() -> listener.draining(schema));
  }

  @Override
  public void drained(SchemaRef schema, DrainEnd end) {
    carefully(() -> listener.drained(schema, end));
  }

  @Override
  public void cleanedUp(SchemaRef schema, Migration migration, String what) {
    carefully(() -> listener.cleanedUp(schema, migration, what));
  }

  @Override
  public void committed(SchemaHistory history) {
    carefully(() -> listener.committed(history));
  }

  @Override
  public void finished(SchemaOutcome outcome) {
    carefully(() -> listener.finished(outcome));
  }

  /** Calls the listener; logs an exception. */
  protected static void carefully(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      LOG.atWarn().setCause(e).log("a listener of migrations failed");
    }
  }
}
