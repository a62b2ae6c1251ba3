package dev.tenantgate.migrator.schema;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.announce.Announcer;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.connection.WorkerConnections;
import dev.tenantgate.migrator.drain.Drainer;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.lease.Leases;
import dev.tenantgate.migrator.session.LockWatch;
import dev.tenantgate.migrator.session.RetryPolicy;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.subprocess.SchemaBackup;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The shared parts of all schemas' runs of one migrator: threads, leases, drains. Thread-safe.
 *
 * @param threads run the tries
 * @param lockWatch looks who is in the way of a message
 * @param announcer tells other processes of changes
 * @param drainer lets transactions of gateways end first
 * @param drainsAhead which runs wait for transactions in addition to those that have their turn
 * @param losses the schemas over whose migrations a connection was lost
 * @param checkpoints reads the schema that new tenants' are copied from
 * @param externalHistories reads another tool's histories
 */
public record SchemaContext(
    Sessions sessions,
    Leases leases,
    SchemaBackup backup,
    RunThreads threads,
    LockWatch lockWatch,
    Announcer announcer,
    Drainer drainer,
    DrainPrefetch drainsAhead,
    LostMigrations losses,
    Checkpoints checkpoints,
    ExternalReading externalHistories) {

  /** Reads the checkpoint that a schema is to begin with. */
  public interface Checkpoints {

    /** The changelog with a checkpoint that can be used; the session is in no transaction. */
    Changelog resolved(Changelog changelog, WorkerSession session) throws SQLException;
  }

  /** Reads histories that another tool keeps. */
  public interface ExternalReading {

    /** The histories of these schemas, in the same order. */
    List<SchemaHistory> read(Connection connection, Collection<SchemaRef> schemas)
        throws SQLException;
  }

  public ExecutorService workers() {
    return threads.workers();
  }

  ScheduledExecutorService clock() {
    return threads.clock();
  }

  NonTransactionalPhase ownPhase() {
    return threads.ownPhase();
  }

  public MigrationSettings settings() {
    return sessions.settings();
  }

  public WorkerConnections connections() {
    return sessions.connections();
  }

  RetryPolicy retries() {
    return sessions.retries();
  }

  /** Has the other processes told that a schema's history has been changed. */
  public void announce(SchemaRef schema) {
    announcer.changed(schema.schema());
  }
}
