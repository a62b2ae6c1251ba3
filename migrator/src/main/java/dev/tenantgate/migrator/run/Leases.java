package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.GroupFunctions;
import dev.tenantgate.migrator.history.HistoryReader;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.history.RegistryFunctions;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leases of this process: the right to migrate one schema each, as rows in the registry with a
 * holder, a token that grows with each change of hands, and an expiry by the server's clock. A
 * heartbeat extends all that are held; one that belonged to a process that died expires. Rows, not
 * advisory locks: they outlive a connection, and they work through poolers.
 *
 * <p>What makes it safe isn't the expiry but {@link #confirmation}: it is part of every transaction
 * that changes a schema, its last statement before COMMIT, and fails unless the token is still the
 * one that was acquired. It stands last, so that the row is locked but for a moment: the heartbeat
 * isn't kept from extending it, nor others from finding it expired, however long a migration runs.
 *
 * <p>Thread-safe.
 */
final class Leases implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

  private final WorkerConnections connections;
  private final Duration timeout;
  private final String holder;
  private final Map<String, Long> held = new ConcurrentHashMap<>();

  /**
   * Leases that couldn't be given back because the database was away. They are still ours, so there
   * is no need to wait for them to expire; whoever takes a token out of here is the only one to use
   * it, and the token that follows it keeps whatever was begun with the old one from committing.
   */
  private final Map<String, Long> orphaned = new ConcurrentHashMap<>();

  private final ScheduledExecutorService heart;
  private final Object heartConnectionLock = new Object();
  private @Nullable Connection heartConnection;
  private boolean closed;

  Leases(WorkerConnections connections, Duration timeout) {
    this.connections = connections;
    this.timeout = timeout;
    this.holder = ProcessName.ofThisProcess();
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
  String holder() {
    return holder;
  }

  /**
   * The statement that takes a schema's lease if it is free, expired or still has the token of
   * ours, and returns its new token; no row if another has it.
   */
  private String acquisition(SchemaRef schema, @Nullable Long orphan) {
    String ours =
        orphan == null ? "" : " OR (l.holder = EXCLUDED.holder AND l.token = %d)".formatted(orphan);
    return """
        INSERT INTO %s AS l (schema_name, holder, token, acquired_at, expires_at) \
        VALUES (%s, %s, 1, pg_catalog.clock_timestamp(), %s) \
        ON CONFLICT (schema_name) DO UPDATE SET holder = EXCLUDED.holder, token = l.token + 1, \
        acquired_at = EXCLUDED.acquired_at, expires_at = %s \
        WHERE l.holder IS NULL OR l.expires_at <= pg_catalog.clock_timestamp()%s \
        RETURNING token"""
        .formatted(
            Registry.LEASE_TABLE,
            SqlIdentifier.literal(schema.schema()),
            SqlIdentifier.literal(holder),
            expiry(),
            expiry(),
            ours);
  }

  /**
   * What came of asking for a lease.
   *
   * @param token its token; null if another has it
   * @param history the schema's history as read under the lease; null if it has to be read still
   */
  record Acquisition(@Nullable Long token, @Nullable SchemaHistory history) {}

  /**
   * Asks for a schema's lease and reads its history under it, in one round trip. What an earlier
   * holder committed is seen: each statement of the transaction has a snapshot of its own. The
   * lease may be lost with the server, since nobody is left to hold it then: it isn't flushed to
   * disk.
   *
   * @param withHistory whether the history's table is known to be there, so that it can be read
   */
  Acquisition acquire(WorkerSession session, SchemaRef schema, boolean withHistory)
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
    message.append(acquisition(schema, orphan)).append(";\n");
    String read =
        withHistory ? HistoryReader.selectOf(schema) : HistoryReader.isWithoutTable(schema);
    message.append(read).append(";\nCOMMIT");
    Acquisition acquisition =
        session.query(
            message.toString(),
            (results) -> {
              try (ResultSet row = results.next()) {
                Long token = row.next() ? (Long) row.getLong(1) : null;
                if (token == null) {
                  return new Acquisition(null, null);
                }
                try (ResultSet rows = results.next()) {
                  return new Acquisition(token, history(schema, rows, withHistory));
                }
              }
            });
    Long token = acquisition.token();
    if (token != null) {
      held.put(schema.schema(), token);
    }
    return acquisition;
  }

  private static @Nullable SchemaHistory history(
      SchemaRef schema, ResultSet rows, boolean withHistory) throws SQLException {
    if (withHistory) {
      return HistoryReader.history(schema, rows);
    }
    return rows.next() && rows.getBoolean(1) ? HistoryReader.withoutTable(schema) : null;
  }

  /**
   * The tokens of all leases by schema, as far as there are any; negative of one that is held. What
   * is read of the histories afterwards is still so while the token is.
   */
  static Map<String, Long> tokens(Connection connection) throws SQLException {
    Map<String, Long> tokens = new HashMap<>();
    if (Registry.exists(connection)) {
      try (Statement statement = connection.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SELECT schema_name, CASE WHEN holder IS NULL THEN token ELSE -1 END FROM "
                      + Registry.LEASE_TABLE)) {
        while (rows.next()) {
          tokens.put(rows.getString(1), rows.getLong(2));
        }
      }
    }
    return tokens;
  }

  /**
   * A transaction that takes the lease if nobody has had it since its token was seen, to be sent in
   * front of one that works under it. It is committed by itself, so that others see who holds the
   * lease, and the heartbeat extends it, while that one runs.
   */
  String opening(SchemaRef schema, long seenToken) {
    held.put(schema.schema(), seenToken + 1);
    return "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n%s;\nCOMMIT;\n"
        .formatted(
            RegistryFunctions.takeLease(
                schema, holder, timeout.toMillis(), seenToken, SqlFailure.LEASE_NOT_AS_SEEN));
  }

  /** The same for several schemas: all of their leases are taken, or none. */
  String opening(List<SchemaRef> schemas, List<Long> seenTokens) {
    for (int i = 0; i < schemas.size(); i++) {
      held.put(schemas.get(i).schema(), seenTokens.get(i) + 1);
    }
    return "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n%s;\nCOMMIT;\n"
        .formatted(
            GroupFunctions.takeLeases(
                schemas, seenTokens, holder, timeout.toMillis(), SqlFailure.LEASE_NOT_AS_SEEN));
  }

  /** Whether the lease is held with this token, as the server has it. */
  boolean isHeld(WorkerSession session, SchemaRef schema, long token) throws SQLException {
    String query =
        "SELECT 1 FROM %s WHERE schema_name = %s AND token = %d AND holder = %s"
            .formatted(
                Registry.LEASE_TABLE,
                SqlIdentifier.literal(schema.schema()),
                token,
                SqlIdentifier.literal(holder));
    return !session.query(query, WorkerSession::isEmpty);
  }

  /** As {@link #confirmation}, for a server that has the registry's functions. */
  String shortConfirmation(SchemaRef schema, long token, boolean release) {
    return RegistryFunctions.confirmLease(
        schema, holder, token, release ? null : timeout.toMillis(), SqlFailure.LEASE_LOST);
  }

  /** Notes that the lease was given back or lost. */
  void gone(SchemaRef schema, long token) {
    held.remove(schema.schema(), token);
  }

  /**
   * The statement that makes a transaction fail unless the lease is still held, and locks it until
   * the transaction ends.
   *
   * @param release whether the lease is given back with the transaction's commit
   */
  String confirmation(SchemaRef schema, long token, boolean release) {
    String body =
        """
        BEGIN \
        UPDATE %s SET %s WHERE schema_name = %s AND token = %d AND holder = %s; \
        IF NOT FOUND THEN \
        RAISE EXCEPTION USING ERRCODE = '%s', MESSAGE = %s; \
        END IF; END"""
            .formatted(
                Registry.LEASE_TABLE,
                release ? "holder = NULL" : "expires_at = " + expiry(),
                SqlIdentifier.literal(schema.schema()),
                token,
                SqlIdentifier.literal(holder),
                SqlFailure.LEASE_LOST,
                SqlIdentifier.literal(
                    "the lease on schema %s was taken over by another process".formatted(schema)));
    return "DO " + SqlIdentifier.literal(body);
  }

  /** The same for a server that has no language to fail in: no row comes back if it is lost. */
  String touch(SchemaRef schema, long token, boolean release) {
    return "UPDATE %s SET %s WHERE schema_name = %s AND token = %d AND holder = %s RETURNING token"
        .formatted(
            Registry.LEASE_TABLE,
            release ? "holder = NULL" : "expires_at = " + expiry(),
            SqlIdentifier.literal(schema.schema()),
            token,
            SqlIdentifier.literal(holder));
  }

  /** The error of a lease that is lost. */
  static SQLException lost(SchemaRef schema) {
    return new SQLException(
        "the lease on schema %s was taken over by another process".formatted(schema),
        SqlFailure.LEASE_LOST);
  }

  /** The statement that gives a lease back outside of a run's transaction. */
  private String release(SchemaRef schema, long token) {
    return "UPDATE %s SET holder = NULL WHERE schema_name = %s AND token = %d AND holder = %s"
        .formatted(
            Registry.LEASE_TABLE,
            SqlIdentifier.literal(schema.schema()),
            token,
            SqlIdentifier.literal(holder));
  }

  private String expiry() {
    // An interval of the grammar's own: CockroachDB has no make_interval.
    return "pg_catalog.clock_timestamp() + INTERVAL '%d milliseconds'"
        .formatted(timeout.toMillis());
  }

  /**
   * Gives a lease back over the heartbeat's connection, as good as that is possible; else it
   * expires, unless it is taken up again here before.
   */
  void giveBack(SchemaRef schema, long token) {
    gone(schema, token);
    if (!onHeartConnection(release(schema, token))) {
      orphaned.put(schema.schema(), token);
    }
  }

  /** Who has a schema's lease; null if nobody does. */
  static @Nullable String holderOf(Connection connection, SchemaRef schema) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT holder FROM %s WHERE schema_name = ?".formatted(Registry.LEASE_TABLE))) {
      statement.setString(1, schema.schema());
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getString(1) : null;
      }
    }
  }

  /**
   * Lets a lease count as expired whose holder is known to be gone, so that nobody waits for that.
   * What the server still does for that process can't commit any more.
   */
  static void expire(Connection connection, SchemaRef schema, String holder) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE %s SET expires_at = pg_catalog.clock_timestamp() WHERE schema_name = ? AND holder = ?"
                .formatted(Registry.LEASE_TABLE))) {
      statement.setString(1, schema.schema());
      statement.setString(2, holder);
      statement.executeUpdate();
    }
  }

  /** Every lease that is held and hasn't expired, by whichever process. */
  static List<MigrationLease> live(Connection connection, Function<String, SchemaRef> refs)
      throws SQLException {
    List<MigrationLease> leases = new ArrayList<>();
    if (!Registry.exists(connection)) {
      return leases;
    }
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT schema_name, holder, token, acquired_at, expires_at FROM %s
                WHERE holder IS NOT NULL AND expires_at > pg_catalog.clock_timestamp()
                ORDER BY schema_name
                """
                    .formatted(Registry.LEASE_TABLE))) {
      while (rows.next()) {
        leases.add(
            new MigrationLease(
                refs.apply(rows.getString(1)),
                rows.getString(2),
                rows.getLong(3),
                rows.getObject(4, OffsetDateTime.class).toInstant(),
                rows.getObject(5, OffsetDateTime.class).toInstant()));
      }
    }
    return leases;
  }

  /**
   * Extends what is held; rows locked by a transaction that is committing are left for the next.
   */
  private void beat() {
    StringBuilder names = new StringBuilder();
    for (String schema : held.keySet()) {
      names.append(names.length() == 0 ? "" : ", ").append(SqlIdentifier.literal(schema));
    }
    if (names.length() > 0) {
      onHeartConnection(
          """
          UPDATE %1$s SET expires_at = %2$s WHERE schema_name IN (SELECT schema_name FROM %1$s \
          WHERE schema_name IN (%3$s) AND holder = %4$s FOR UPDATE SKIP LOCKED)"""
              .formatted(Registry.LEASE_TABLE, expiry(), names, SqlIdentifier.literal(holder)));
    }
  }

  /** Whether it was done. */
  private boolean onHeartConnection(String sql) {
    synchronized (heartConnectionLock) {
      try {
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
