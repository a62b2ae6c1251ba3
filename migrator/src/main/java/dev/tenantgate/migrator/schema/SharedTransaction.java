package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.MigrationScript;
import dev.tenantgate.migrator.session.WorkerSession;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes steps of one schema that can share a transaction: all as one message. If that fails for a
 * reason of its own, everything is rolled back and the steps are taken one by one, each in a
 * transaction: those before the failing one stay, and the failing one is known and recorded. Once
 * somebody was in the way, they are taken one by one too, so that nothing stays locked while a
 * later one waits. Confined to one thread.
 */
final class SharedTransaction {

  private static final Logger LOG = LoggerFactory.getLogger(SharedTransaction.class);

  /** Beyond this a schema's migrations aren't put into one message any more, in characters. */
  private static final int MAX_MESSAGE = 16 << 20;

  private final LeasedSchema leased;

  SharedTransaction(LeasedSchema leased) {
    this.leased = leased;
  }

  /**
   * Takes the steps.
   *
   * @param last whether nothing follows them
   * @return how the run ended, if a step failed; null if all are taken
   */
  @Nullable AttemptResult take(List<Step> steps, boolean last) throws SQLException {
    if (steps.size() == 1
        || sizeOf(steps) > MAX_MESSAGE
        || leased.run().wasInTheWay()
        || leased.wasLost()) {
      return takeOneByOne(steps, last);
    }
    try {
      send(steps, last);
      return null;
    } catch (MigrationFailedException e) {
      // The migrations before the failing one are to stay.
      LOG.atDebug()
          .addKeyValue("schema", leased.schema())
          .addKeyValue("error", e.failure().text())
          .log("steps failed in one message, they are taken one by one");
      return takeOneByOne(steps, last);
    }
  }

  private static long sizeOf(List<Step> steps) {
    long size = 0;
    for (Step step : steps) {
      MigrationPart part = step.part();
      size += part == null ? 0 : part.sql().length();
    }
    return size;
  }

  private @Nullable AttemptResult takeOneByOne(List<Step> steps, boolean last) throws SQLException {
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      try {
        send(List.of(step), last && i == steps.size() - 1);
      } catch (MigrationFailedException e) {
        return leased.failed(step, e);
      }
    }
    return null;
  }

  private void send(List<Step> steps, boolean last) throws SQLException, MigrationFailedException {
    WorkerSession session = leased.session();
    SchemaProgress after = leased.progress().copy();
    MigrationScript script = leased.withTable(leased.script());
    if (steps.size() > 1) {
      script.sharingLockTimeout();
    }
    for (Step step : steps) {
      script.step(step, leased.progress().hasFailed(step.version()));
      after.done(step);
    }
    leased.onTheirWay(steps);
    try {
      leased.commit(script, steps, after, last);
      leased.onTheirWay(List.of());
    } catch (SQLException e) {
      SqlFailure failure = session.failure(e);
      if (leased.isOver(failure)) {
        throw e;
      }
      leased.onTheirWay(List.of());
      session.rollback();
      session.restoreAfter(WorkerSession.effectOf(steps));
      leased.openAgainIfNeeded();
      throw MigrationFailedException.of(session, failure, script.placeOf(failure));
    }
    session.committed(WorkerSession.effectOf(steps));
  }
}
