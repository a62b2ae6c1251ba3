package dev.tenantgate.migrator.lease;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.ProcessName;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.connection.WorkerConnections;
import dev.tenantgate.migrator.history.Bookkeeping;
import dev.tenantgate.migrator.history.Bookkeeping.HeldLease;
import dev.tenantgate.migrator.history.GroupFunctions;
import dev.tenantgate.migrator.history.HistoryReader;
import dev.tenantgate.migrator.history.RegistryFunctions;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.session.WorkerSession;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leases of this process: each is the right to migrate one schema. A lease is a row in the
 * registry with a holder, a token that grows with each change of hands, and an expiry by the
 * server's clock. A heartbeat extends all that are held; a dead process's leases expire. Rows, not
 * advisory locks: they outlive a connection, and they work through poolers.
 *
 * <p>The safety comes from {@link Bookkeeping#confirmLease}, not from the expiry. It is the last
 * statement before COMMIT in every transaction that changes a schema, and fails unless the token is
 * still the acquired one. As the last statement it locks the row only for a moment: however long a
 * migration runs, the heartbeat can extend the lease, and others can find it expired.
 *
 * <p>Thread-safe.
 */
public final class Leases implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

  private final WorkerConnections connections;
  private final HistoryReader histories;
  private final Duration timeout;
  private final String holder = ProcessName.ofThisProcess();
  private final LeaseStatements statements;
  private final Map<String, Long> held = new ConcurrentHashMap<>();

  /**
   * Leases that couldn't be given back because the database was away. They are still ours, so there
   * is no need to wait for them to expire; only the caller that takes a token out of here uses it,
   * and the next token keeps transactions of the old one from committing.
   */
  private final Map<String, Long> orphaned = new ConcurrentHashMap<>();

  private final ScheduledExecutorService heart;
  private final Object heartConnectionLock = new Object();
  private @Nullable Connection heartConnection;
  private boolean closed;

  public Leases(WorkerConnections connections, HistoryReader histories, Duration timeout) {
    this.histories = histories;
    this.connections = connections;
    this.timeout = timeout;
    this.statements = new LeaseStatements(holder, timeout);
    this.heart =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "tenantgate-lease-heartbeat");
              thread.setDaemon(true);
              return thread;
            });
    long periodMillis = Math.max(50, timeout.toMillis() / 3);
    var unused =
        heart.scheduleWithFixedDelay(this::beat, periodMillis, periodMillis, TimeUnit.MILLISECONDS);
  }

  /** This process, as leases and runs name it. */
  public String holder() {
    return holder;
  }

  /**
   * The answer to a request for a lease.
   *
   * @param token its token; null if another has it
   * @param history the schema's history as read under the lease; null if it has to be read still
   */
  public record Acquisition(@Nullable Long token, @Nullable SchemaHistory history) {}

  /**
   * Asks for a schema's lease and reads its history under it, in one round trip. It sees everything
   * that an earlier holder committed: each statement of the transaction has a snapshot of its own.
   * The lease isn't flushed to disk: if the server crashes, nobody is left to hold it.
   *
   * @param withHistory whether the history's table is known to be there, so that it can be read
   */
  public Acquisition acquire(WorkerSession session, SchemaRef schema, boolean withHistory)
      throws SQLException {
    Long orphan = orphaned.remove(schema.schema());
    try {
      return acquire(session, schema, withHistory, orphan);
    } catch (SQLException e) {
      if (orphan != null) {
        orphaned.put(schema.schema(), orphan);
      }
      throw e;
    }
  }

  private Acquisition acquire(
      WorkerSession session, SchemaRef schema, boolean withHistory, @Nullable Long orphan)
      throws SQLException {
    StringBuilder message = new StringBuilder();
    message.append("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n");
    message.append("SET LOCAL synchronous_commit = off;\nSET LOCAL lock_timeout = 2000;\n");
    message.append(statements.acquisition(schema, orphan)).append(";\n");
    if (withHistory) {
      message.append("SET LOCAL row_security = off;\n");
      message.append(histories.selectOf(schema)).append(";\n");
    }
    message.append("COMMIT");
    Acquisition acquisition =
        session.query(
            message.toString(),
            (results) -> {
              try (ResultSet row = results.next()) {
                Long token = row.next() ? (Long) row.getLong(1) : null;
                if (token == null) {
                  return new Acquisition(null, null);
                }
                if (!withHistory) {
                  return new Acquisition(token, null);
                }
                try (ResultSet rows = results.next()) {
                  return new Acquisition(token, HistoryReader.history(schema, rows));
                }
              }
            });
    Long token = acquisition.token();
    if (token != null) {
      held.put(schema.schema(), token);
    }
    return acquisition;
  }

  /**
   * A transaction that takes the lease if nobody has had it since its token was seen, to be sent in
   * front of one that works under it. It is committed by itself, so that others see who holds the
   * lease, and the heartbeat extends it, while that one runs.
   */
  public String opening(SchemaRef schema, long seenToken) {
    held.put(schema.schema(), seenToken + 1);
    return "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n%s;\nCOMMIT;\n"
        .formatted(
            RegistryFunctions.takeLease(
                schema, holder, timeout.toMillis(), seenToken, SqlFailure.LEASE_NOT_AS_SEEN));
  }

  /** The same for several schemas: all of their leases are taken, or none. */
  public String opening(List<SchemaRef> schemas, List<Long> seenTokens) {
    for (int i = 0; i < schemas.size(); i++) {
      held.put(schemas.get(i).schema(), seenTokens.get(i) + 1);
    }
    return "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n%s;\nCOMMIT;\n"
        .formatted(
            GroupFunctions.takeLeases(
                schemas, seenTokens, holder, timeout.toMillis(), SqlFailure.LEASE_NOT_AS_SEEN));
  }

  /** Whether the lease is held with this token, as the server has it. */
  public boolean isHeld(WorkerSession session, SchemaRef schema, long token) throws SQLException {
    return !session.query(statements.held(schema, token), WorkerSession::isEmpty);
  }

  /** The statements of this process about its leases. */
  public LeaseStatements statements() {
    return statements;
  }

  /**
   * The statement that makes a transaction fail unless the lease is still held.
   *
   * @param release whether the lease is given back with the transaction's commit
   */
  public String confirmation(
      Bookkeeping bookkeeping, SchemaRef schema, long token, boolean release) {
    return bookkeeping.confirmLease(
        schema, new HeldLease(holder, token, release ? null : timeout.toMillis()));
  }

  /** Notes that the lease was given back or lost. */
  public void gone(SchemaRef schema, long token) {
    held.remove(schema.schema(), token);
  }

  /** Whether an error is raised by the confirmation of the lease, not by a migration. */
  public static boolean isConfirmation(SchemaRef schema, SqlFailure failure) {
    return failure.text().contains(SqlFailure.leaseLost(schema.schema()));
  }

  /**
   * Gives a lease back over the heartbeat's connection, as good as that is possible; else it
   * expires, unless it is taken up again here before.
   */
  public void giveBack(SchemaRef schema, long token) {
    gone(schema, token);
    if (!onHeartConnection(statements.release(schema, token))) {
      orphaned.put(schema.schema(), token);
    }
  }

  /**
   * Extends what is held; rows locked by a transaction that is committing are left for the next.
   */
  private void beat() {
    List<String> schemas = List.copyOf(held.keySet());
    if (!schemas.isEmpty()) {
      onHeartConnection(statements.extension(schemas));
    }
  }

  /** Whether it was done. */
  private boolean onHeartConnection(String sql) {
    synchronized (heartConnectionLock) {
      try {
        if (heartConnection != null && connections.isLeft(heartConnection)) {
          closeHeartConnection();
        }
        Connection connection = heartConnection;
        if (connection == null && closed) {
          return false;
        }
        if (connection == null) {
          connection = connections.open(timeout);
          heartConnection = connection;
        }
        try (Statement statement = connection.createStatement()) {
          statement.setEscapeProcessing(false);
          statement.execute(sql);
        }
        return true;
      } catch (SQLException e) {
        LOG.atWarn()
            .addKeyValue("error", SqlFailure.of(e).text())
            .log("leases couldn't be extended or given back; they expire unless this passes");
        closeHeartConnection();
        return false;
      }
    }
  }

  private void closeHeartConnection() {
    synchronized (heartConnectionLock) {
      Connection connection = heartConnection;
      heartConnection = null;
      if (connection != null) {
        try {
          connection.close();
        } catch (SQLException e) {
          LOG.atDebug().setCause(e).log("a broken connection couldn't be closed");
        }
      }
    }
  }

  /** Gives back what is still held and stops the heartbeat. */
  @Override
  public void close() {
    heart.shutdownNow();
    held.forEach((schema, token) -> giveBack(new SchemaRef(schema, schema), token));
    synchronized (heartConnectionLock) {
      closed = true;
      closeHeartConnection();
    }
  }
}
