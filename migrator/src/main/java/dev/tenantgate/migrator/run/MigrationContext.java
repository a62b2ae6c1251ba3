package dev.tenantgate.migrator.run;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.announce.Announcer;
import dev.tenantgate.migrator.history.Journal;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.plan.Step;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What all runs of one migrator share. Thread-safe.
 *
 * <p>Worker threads take tasks in the order of their coming. A task that has to wait gives its
 * thread back and comes again by the clock.
 */
final class MigrationContext {

  /** Who runs this process: {@code user@host}. */
  private static final String BY =
      System.getProperty("user.name", "somebody") + "@" + Leases.hostName();

  private final MigrationSettings settings;
  private final WorkerConnections connections;
  private final Leases leases;
  private final RetryPolicy retries;
  private final ExecutorService workers;
  private final ScheduledExecutorService clock;
  private final Announcer announcer;
  private volatile boolean registryIsThere;

  MigrationContext(
      MigrationSettings settings,
      WorkerConnections connections,
      Leases leases,
      RetryPolicy retries,
      ExecutorService workers,
      ScheduledExecutorService clock,
      Announcer announcer) {
    this.settings = settings;
    this.connections = connections;
    this.leases = leases;
    this.retries = retries;
    this.workers = workers;
    this.clock = clock;
    this.announcer = announcer;
  }

  MigrationSettings settings() {
    return settings;
  }

  WorkerConnections connections() {
    return connections;
  }

  Leases leases() {
    return leases;
  }

  RetryPolicy retries() {
    return retries;
  }

  ExecutorService workers() {
    return workers;
  }

  ScheduledExecutorService clock() {
    return clock;
  }

  /** Has the other processes told that a schema's history has been changed. */
  void announce(SchemaRef schema) {
    announcer.changed(schema.schema());
  }

  /** Begins a message that changes a schema. */
  MigrationScript script(SchemaRef schema) {
    return new MigrationScript(schema, settings, BY);
  }

  /** The statement that tells the journal of a step that failed and was rolled back. */
  String journalFailure(SchemaRef schema, Step step, String error) {
    return Journal.record(schema, step.version(), step.name(), step.action(), BY, "NULL", error);
  }

  /** Creates the registry at first use. */
  void ensureRegistry(Connection connection) throws SQLException {
    if (registryIsThere) {
      return;
    }
    try {
      Registry.create(connection);
    } catch (SQLException e) {
      if ("42501".equals(e.getSQLState())) {
        throw new SQLException(
            "the schema %s doesn't exist and the gateway's account may not create it; create it"
                    .formatted(Registry.SCHEMA)
                + " with this account as its owner, or GRANT CREATE ON DATABASE to it",
            e.getSQLState());
      }
      throw e;
    }
    registryIsThere = true;
  }

  /** Looks for the registry again before it is next used. */
  void forgetRegistry() {
    registryIsThere = false;
  }

  /** Whether an error says that somebody dropped the registry. */
  static boolean isAboutMissingRegistry(SQLException e) {
    return "42P01".equals(e.getSQLState()) || "3F000".equals(e.getSQLState());
  }
}
