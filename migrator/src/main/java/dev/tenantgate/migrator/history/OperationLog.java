package dev.tenantgate.migrator.history;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The upgrades that gateways were asked for, in a table of the registry, so that any gateway can
 * tell of one and cancel it. A row is its gateway's as long as that extends it.
 *
 * <p>Stateless; thread-safe. The connection must be in autocommit mode.
 */
public final class OperationLog {

  /** The table's name without its schema. */
  static final String NAME = "operation";

  static final String CREATION =
      """
      CREATE TABLE IF NOT EXISTS tenantgate.operation (
        id text PRIMARY KEY,
        tenant text,
        asked_by text NOT NULL,
        holder text NOT NULL,
        started_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        ended_at timestamptz,
        state text NOT NULL,
        total integer NOT NULL,
        done integer NOT NULL,
        failed integer NOT NULL,
        run_id bigint,
        cancelled_by text,
        answer text)\
      """;

  /** So many are remembered. */
  private static final int KEPT = 200;

  private static final String COLUMNS =
      """
      id, tenant, asked_by, holder, started_at, ended_at, \
      CASE WHEN state = 'running' AND expires_at <= pg_catalog.clock_timestamp() \
      THEN 'interrupted' ELSE state END, total, done, failed, run_id, cancelled_by\
      """;

  private OperationLog() {}

  /** Records one that begins, and forgets those of long ago. */
  public static void begin(Connection connection, RecordedOperation operation, Duration expiry)
      throws SQLException {
    String sql =
        """
        INSERT INTO tenantgate.operation (id, tenant, asked_by, holder, started_at, expires_at, \
        state, total, done, failed) VALUES (?, ?, ?, ?, pg_catalog.clock_timestamp(), %s, \
        'running', ?, 0, 0)\
        """
            .formatted(expiresIn(expiry));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, operation.id());
      statement.setString(2, operation.tenant());
      statement.setString(3, operation.by());
      statement.setString(4, operation.holder());
      statement.setInt(5, operation.total());
      statement.executeUpdate();
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          DELETE FROM tenantgate.operation WHERE id NOT IN \
          (SELECT id FROM tenantgate.operation ORDER BY started_at DESC LIMIT %d)\
          """
              .formatted(KEPT));
    }
  }

  private static String expiresIn(Duration expiry) {
    // An interval of the grammar's own: CockroachDB has no make_interval.
    return "pg_catalog.clock_timestamp() + INTERVAL '%d milliseconds'".formatted(expiry.toMillis());
  }

  /**
   * Notes how far one has come, and keeps it this process's.
   *
   * @return the operator who has cancelled it; null if nobody has
   */
  public static @Nullable String note(
      Connection connection, RecordedOperation operation, Duration expiry) throws SQLException {
    String sql =
        """
        UPDATE tenantgate.operation SET total = ?, done = ?, failed = ?, expires_at = %s \
        WHERE id = ? AND state = 'running' RETURNING cancelled_by\
        """
            .formatted(expiresIn(expiry));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setInt(1, operation.total());
      statement.setInt(2, operation.done());
      statement.setInt(3, operation.failed());
      statement.setString(4, operation.id());
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getString(1) : null;
      }
    }
  }

  /** Notes how one has ended. */
  public static void end(Connection connection, RecordedOperation operation) throws SQLException {
    String sql =
        """
        UPDATE tenantgate.operation SET total = ?, done = ?, failed = ?, state = ?, run_id = %s, \
        answer = ?, ended_at = pg_catalog.clock_timestamp() WHERE id = ?\
        """
            .formatted(operation.run());
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setInt(1, operation.total());
      statement.setInt(2, operation.done());
      statement.setInt(3, operation.failed());
      statement.setString(4, operation.state());
      statement.setString(5, operation.answer());
      statement.setString(6, operation.id());
      statement.executeUpdate();
    }
  }

  /**
   * Asks the gateway that has it to cancel it.
   *
   * @return whether it goes on still
   */
  public static boolean cancel(Connection connection, String id, String by) throws SQLException {
    if (!Registry.hasOperations(connection)) {
      return false;
    }
    String sql =
        """
        UPDATE tenantgate.operation SET cancelled_by = COALESCE(cancelled_by, ?) \
        WHERE id = ? AND state = 'running' AND expires_at > pg_catalog.clock_timestamp()\
        """;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, by);
      statement.setString(2, id);
      return statement.executeUpdate() == 1;
    }
  }

  /** All that are remembered, the last one first, without their gateways' words. */
  public static List<RecordedOperation> read(Connection connection) throws SQLException {
    if (!Registry.hasOperations(connection)) {
      return List.of();
    }
    String sql =
        "SELECT %s, NULL FROM tenantgate.operation ORDER BY started_at DESC, id".formatted(COLUMNS);
    List<RecordedOperation> operations = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        operations.add(operation(row));
      }
    }
    return operations;
  }

  /** One of them; null if it isn't remembered. */
  public static @Nullable RecordedOperation find(Connection connection, String id)
      throws SQLException {
    if (!Registry.hasOperations(connection)) {
      return null;
    }
    String sql = "SELECT %s, answer FROM tenantgate.operation WHERE id = ?".formatted(COLUMNS);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, id);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? operation(row) : null;
      }
    }
  }

  private static RecordedOperation operation(ResultSet row) throws SQLException {
    OffsetDateTime endedAt = row.getObject(6, OffsetDateTime.class);
    long run = row.getLong(11);
    boolean hasRun = !row.wasNull();
    return new RecordedOperation(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getObject(5, OffsetDateTime.class).toInstant(),
        endedAt == null ? null : endedAt.toInstant(),
        row.getString(7),
        row.getInt(8),
        row.getInt(9),
        row.getInt(10),
        hasRun ? run : null,
        row.getString(12),
        row.getString(13));
  }
}
