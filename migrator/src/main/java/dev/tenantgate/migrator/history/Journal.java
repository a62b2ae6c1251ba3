package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The journal of all changes of schemas: a table of the registry, since the histories inside the
 * schemas have no column for it and forget what was rolled back. Rows are written in the
 * transaction that they tell of. Stateless; thread-safe.
 */
public final class Journal {

  /** The table, qualified. */
  static final String TABLE = Registry.SCHEMA + ".journal";

  static final String CREATION =
      """
      CREATE TABLE IF NOT EXISTS tenantgate.journal (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        schema_name text NOT NULL,
        version bigint NOT NULL,
        name text NOT NULL,
        action text NOT NULL,
        done_by text NOT NULL,
        done_at timestamptz NOT NULL,
        execution_time_ms integer,
        error_message text)\
      """;

  private static final String CONNECTION_LOST = "the connection was lost";

  private Journal() {}

  /**
   * How an error begins that says no more than that the connection was lost.
   *
   * @param done how many statements of the migration were done, if they are committed one by one
   */
  public static String connectionLost(int done) {
    return done == 0
        ? CONNECTION_LOST + ": "
        : "%s after %d of its statements: ".formatted(CONNECTION_LOST, done);
  }

  /**
   * A query for the number of times that a connection was lost over a migration lately, since
   * anything else was said of it.
   */
  public static String lossesOf(SchemaRef schema, Version version, int done) {
    String lost =
        "COALESCE(pg_catalog.strpos(error_message, %s), 0) = 1"
            .formatted(SqlIdentifier.literal(connectionLost(done)));
    String where =
        "schema_name = %s AND version = %s"
            .formatted(SqlIdentifier.literal(schema.schema()), version.number());
    return """
    SELECT pg_catalog.count(*) FROM %1$s WHERE %2$s AND %3$s \
    AND done_at > pg_catalog.clock_timestamp() - INTERVAL '15 minutes' \
    AND id > COALESCE((SELECT pg_catalog.max(id) FROM %1$s WHERE %2$s AND NOT %3$s), 0)\
    """
        .formatted(TABLE, where, lost);
  }

  /**
   * The statement that writes a row.
   *
   * @param by who does it, but for the role, which the server adds
   * @param millis an SQL expression for how long it took, in milliseconds
   * @param error why it failed; null if it succeeded
   */
  public static String record(
      SchemaRef schema,
      Version version,
      String name,
      String action,
      String by,
      String millis,
      @Nullable String error) {
    return """
    INSERT INTO %s (schema_name, version, name, action, done_by, done_at, execution_time_ms, \
    error_message) VALUES (%s, %s, %s, %s, \
    pg_catalog.concat(%s, ' as ', CAST(SESSION_USER AS text)), \
    pg_catalog.clock_timestamp(), %s, %s)\
    """
        .formatted(
            TABLE,
            SqlIdentifier.literal(schema.schema()),
            version.number(),
            SqlIdentifier.literal(name),
            SqlIdentifier.literal(action),
            SqlIdentifier.literal(by),
            millis,
            error == null ? "NULL" : SqlIdentifier.literal(error));
  }

  /**
   * Whether the first that was done to a schema was to migrate it: that begins with an empty one,
   * unless {@code migrations.unmanaged} says otherwise.
   */
  public static boolean hasBegunEmpty(Connection connection, SchemaRef schema) throws SQLException {
    if (!Registry.hasJournal(connection)) {
      return false;
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT action IN ('up', 'checkpoint') FROM "
                + TABLE
                + " WHERE schema_name = ? AND error_message IS NULL ORDER BY id LIMIT 1")) {
      statement.setString(1, schema.schema());
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /**
   * Reads what was done, in that order.
   *
   * @param schema to which schema; null for all
   */
  public static List<JournalEntry> read(Connection connection, @Nullable SchemaRef schema)
      throws SQLException {
    List<JournalEntry> entries = new ArrayList<>();
    if (!Registry.hasJournal(connection)) {
      return entries;
    }
    String where = schema == null ? "" : " WHERE schema_name = ?";
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT schema_name, version, name, action, done_by, done_at,"
                + " COALESCE(execution_time_ms, -1), error_message FROM "
                + TABLE
                + where
                + " ORDER BY id")) {
      if (schema != null) {
        statement.setString(1, schema.schema());
      }
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          entries.add(
              new JournalEntry(
                  rows.getString(1),
                  Version.recorded(rows.getLong(2), rows.getString(3)),
                  rows.getString(3),
                  rows.getString(4),
                  rows.getString(5),
                  rows.getObject(6, OffsetDateTime.class).toInstant(),
                  rows.getInt(7),
                  rows.getString(8)));
        }
      }
    }
    return entries;
  }
}
