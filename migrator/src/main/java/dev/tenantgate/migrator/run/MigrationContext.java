package dev.tenantgate.migrator.run;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.history.Registry;
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

  private final MigrationSettings settings;
  private final WorkerConnections connections;
  private final Leases leases;
  private final RetryPolicy retries;
  private final ExecutorService workers;
  private final ScheduledExecutorService clock;
  private volatile boolean registryIsThere;

  MigrationContext(
      MigrationSettings settings,
      WorkerConnections connections,
      Leases leases,
      RetryPolicy retries,
      ExecutorService workers,
      ScheduledExecutorService clock) {
    this.settings = settings;
    this.connections = connections;
    this.leases = leases;
    this.retries = retries;
    this.workers = workers;
    this.clock = clock;
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
