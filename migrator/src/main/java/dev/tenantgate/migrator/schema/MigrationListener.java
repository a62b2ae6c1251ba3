package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.connection.Blocker;
import dev.tenantgate.migrator.drain.DrainEnd;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.time.Duration;
import java.util.List;

/**
 * Told about each step of a schema's run, for progress bars, events and metrics. Called on worker
 * threads, several at once in a run of many schemas; what it throws is logged and otherwise
 * ignored. It must not call back into the migrator.
 */
public interface MigrationListener {

  /** Listens to nothing. */
  MigrationListener NONE = new MigrationListener() {};

  /** The schema's lease is held and these migrations are about to run; told again for each try. */
  default void started(SchemaRef schema, List<Migration> pending) {}

  /**
   * The schema's run was put off: a lock wasn't to be had, a deadlock or a serialization failure
   * ended it. It was rolled back and is tried again.
   *
   * @param attempt how many tries have failed so, from 1
   * @param sqlState why: 55P03, 40P01 or 40001
   * @param delay until the next try
   */
  default void retrying(SchemaRef schema, int attempt, String sqlState, Duration delay) {}

  /**
   * The schema's run waits for others; told while it does, and again when it is for others than
   * before.
   *
   * @param blockers who they are
   */
  default void blocked(SchemaRef schema, List<Blocker> blockers) {}

  /** Gateways let the schema's transactions end, and hold new ones, since it will be migrated. */
  default void draining(SchemaRef schema) {}

  /** That has ended: the schema is quiet, or its migration is put off. */
  default void drained(SchemaRef schema, DrainEnd end) {}

  /**
   * Something was cleaned up that an interrupted migration had left behind, such as an invalid
   * index.
   *
   * @param what what it was, and what became of it
   */
  default void cleanedUp(SchemaRef schema, Migration migration, String what) {}

  /**
   * The last of the schema's migrations is committed, and its lease is given back; told as soon as
   * the server has said so, before all else. Not told where the history isn't known by that alone;
   * {@link #finished} follows in either case.
   *
   * @param history the schema's as of now, but for the times of what this run has applied
   */
  default void committed(SchemaHistory history) {}

  /** The schema is done; called once for each schema of a run, also for those up to date. */
  default void finished(SchemaOutcome outcome) {}
}
