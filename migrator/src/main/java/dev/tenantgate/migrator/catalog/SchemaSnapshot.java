package dev.tenantgate.migrator.catalog;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The objects of a schema, one line for each column, constraint, index and so on, written so that
 * two schemas of the same shape have the same lines. The history's own table isn't part of it.
 * Immutable.
 *
 * @param lines sorted
 */
public record SchemaSnapshot(SortedSet<String> lines) {

  /**
   * The query's own functions and operators are those of the server: they are found while the path
   * is the server's. Definitions are written while it is the schema's, which the condition sets
   * before the first row is read.
   */
  private static final String IN_SCHEMA =
      "SELECT q.* FROM ("
          + CatalogQuery.SQL
          + ") AS q WHERE (SELECT pg_catalog.set_config('search_path', ?, true)) IS NOT NULL";

  public SchemaSnapshot {
    lines = Collections.unmodifiableSortedSet(new TreeSet<>(lines));
  }

  /**
   * Reads a schema. The connection must be in a transaction, whose search path it leaves at that
   * schema: names within it are written without it then.
   */
  public static SchemaSnapshot read(Connection connection, HistoryName history, SchemaRef schema)
      throws SQLException {
    return read(connection, history, schema, List.of());
  }

  /** The same without some of what is in it. */
  public static SchemaSnapshot read(
      Connection connection, HistoryName history, SchemaRef schema, List<OlderObject> without)
      throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("SET LOCAL search_path = pg_catalog, pg_temp; " + SchemaObjects.BY_INDEX);
    }
    SortedSet<String> lines = new TreeSet<>();
    try (PreparedStatement statement = connection.prepareStatement(history.in(IN_SCHEMA))) {
      statement.setString(1, schema.schema());
      statement.setArray(
          2, connection.createArrayOf("bigint", without.stream().map(OlderObject::oid).toArray()));
      statement.setString(3, SqlIdentifier.quote(schema.schema()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          // Some definitions name their schema: a function's header, bodies as they were written.
          String definition = SchemaName.leftOut(rows.getString(2), schema.schema());
          lines.add((rows.getString(1) + " " + definition).replaceAll("\\s+", " ").strip());
        }
      }
    }
    return new SchemaSnapshot(lines);
  }

  /** Reads a schema as {@link #read} does, and the order of each table's columns besides. */
  public static SchemaSnapshot readInOrder(
      Connection connection, HistoryName history, SchemaRef schema) throws SQLException {
    SortedSet<String> lines = new TreeSet<>(read(connection, history, schema).lines);
    try (PreparedStatement statement =
        connection.prepareStatement(history.in(CatalogQuery.ORDER))) {
      statement.setString(1, schema.schema());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          lines.add(rows.getString(1));
        }
      }
    }
    return new SchemaSnapshot(lines);
  }

  /**
   * The same, where another schema's name is left out of the definitions as well: to be compared
   * with that schema, in which a table may be called as the schema is.
   */
  public SchemaSnapshot withoutNameOf(SchemaRef other) {
    SortedSet<String> without = new TreeSet<>();
    lines.forEach(line -> without.add(SchemaName.leftOut(line, other.schema())));
    return new SchemaSnapshot(without);
  }
}
