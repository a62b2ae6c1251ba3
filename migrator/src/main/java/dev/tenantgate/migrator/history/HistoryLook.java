package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.LostConnection;
import dev.tenantgate.migrator.connection.Results;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A look at a few schemas that somebody waits for: one message, where {@link HistoryReader} takes
 * as many as it needs. It tells whose lease is held and, behind that, what the history is; so of a
 * lease that has been given back it tells what was done under it. Left out is a schema whose
 * history isn't there, isn't ours, or tells of nothing. Stateless; thread-safe.
 */
public final class HistoryLook {

  /** So many schemas are looked at in one message. */
  public static final int MOST = 100;

  /** Nobody is kept waiting by a table that somebody has locked: it is read elsewhere then. */
  private static final int LOCK_TIMEOUT_MILLIS = 100;

  private final HistoryName name;
  private final HistoryReader reader;

  /** Makes looks at the histories of that name. */
  public HistoryLook(HistoryName name, HistoryReader reader) {
    this.name = name;
    this.reader = reader;
  }

  /**
   * The find about one schema.
   *
   * @param history the schema's
   * @param token its lease's, as it was a moment before
   * @param held whether anybody had that
   */
  public record Found(SchemaHistory history, long token, boolean held) {

    /** The last of the leases on the schema that are given back, or were lost to another. */
    public long lastOver() {
      return held ? token - 1 : token;
    }
  }

  private record Lease(long token, boolean held) {}

  /**
   * Looks at schemas.
   *
   * @param schemas {@link #MOST} at most
   * @return those of them that are plain
   */
  public List<Found> at(Connection connection, List<SchemaRef> schemas) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      try {
        return read(Results.of(statement, message(schemas)), schemas);
      } catch (SQLException e) {
        if (LostConnection.isLost(connection, e)) {
          throw e;
        }
        statement.execute("ROLLBACK");
        return List.of();
      }
    }
  }

  private String message(List<SchemaRef> schemas) {
    StringBuilder message = new StringBuilder();
    message.append("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;\n");
    message.append("SET LOCAL lock_timeout = %d;\n".formatted(LOCK_TIMEOUT_MILLIS));
    message.append("SET LOCAL row_security = off;\n");
    message.append(
        "SELECT schema_name, token, holder IS NOT NULL FROM %s WHERE schema_name IN (%s);\n"
            .formatted(
                Registry.LEASE_TABLE,
                schemas.stream()
                    .map(schema -> SqlIdentifier.literal(schema.schema()))
                    .collect(Collectors.joining(", "))));
    message.append(HistoryShape.query(name, schemas)).append(";\n");
    for (SchemaRef schema : schemas) {
      message.append(reader.selectOf(schema)).append(";\n");
    }
    return message.append("COMMIT").toString();
  }

  private static List<Found> read(Results results, List<SchemaRef> schemas) throws SQLException {
    Map<String, Lease> leases = new HashMap<>();
    try (ResultSet rows = results.next()) {
      while (rows.next()) {
        leases.put(rows.getString(1), new Lease(rows.getLong(2), rows.getBoolean(3)));
      }
    }
    Map<String, HistoryShape> shapes;
    try (ResultSet rows = results.next()) {
      shapes = HistoryShape.of(rows);
    }
    List<Found> found = new ArrayList<>();
    for (SchemaRef schema : schemas) {
      HistoryShape shape = shapes.get(schema.schema());
      Lease lease = leases.get(schema.schema());
      try (ResultSet rows = results.next()) {
        SchemaHistory history = HistoryReader.history(schema, rows);
        if (shape != null && shape.isOurs() && lease != null && history.tellsOfMigrations()) {
          found.add(new Found(history, lease.token, lease.held));
        }
      }
    }
    return found;
  }
}
