package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.connection.Blocker;
import dev.tenantgate.migrator.drain.DrainEnd;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps a listener's events, each in a word and its particulars.
 *
 * @param committed the histories that were told with a commit
 */
record Telling(List<String> told, List<SchemaHistory> committed) implements MigrationListener {

  Telling(List<String> told) {
    this(told, new ArrayList<>());
  }

  @Override
  public void started(SchemaRef schema, List<Migration> pending) {
    told.add("started " + pending.stream().map(Migration::version).toList());
  }

  @Override
  public void retrying(SchemaRef schema, int attempt, String sqlState, Duration delay) {
    told.add("retrying %d %s".formatted(attempt, sqlState));
  }

  @Override
  public void blocked(SchemaRef schema, List<Blocker> blockers) {
    told.add("blocked " + blockers.size());
  }

  @Override
  public void draining(SchemaRef schema) {
    told.add("draining");
  }

  @Override
  public void drained(SchemaRef schema, DrainEnd end) {
    told.add("drained " + end.getClass().getSimpleName());
  }

  @Override
  public void cleanedUp(SchemaRef schema, Migration migration, String what) {
    told.add("cleaned up " + what);
  }

  @Override
  public void committed(SchemaHistory history) {
    committed.add(history);
  }

  @Override
  public void finished(SchemaOutcome outcome) {
    told.add("finished " + outcome.getClass().getSimpleName());
  }
}
