package dev.tenantgate.migrator.catalog;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Digests of the rows of a schema's tables, and the positions of its sequences. Immutable.
 *
 * @param tables by name
 * @param sequences how far each has come, by name
 */
public record SchemaRows(SortedMap<String, Table> tables, SortedMap<String, String> sequences) {

  /**
   * The rows of one table, in whatever order.
   *
   * @param rows how many there are
   * @param digest of whole rows
   * @param columns the digest of each column's values, in the columns' order
   */
  public record Table(long rows, String digest, Map<String, String> columns) {}

  /** A column of a table. */
  public record Column(String table, String name) {}

  private static final String TABLES =
      """
      SELECT c.relname, a.attname FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE n.nspname = ? AND c.relkind IN ('r', 'm') AND c.relispopulated
      AND c.relname <> 'schema_migrations'
      ORDER BY c.relname, a.attnum\
      """;

  private static final String SEQUENCES =
      """
      SELECT sequencename, COALESCE(last_value::text, 'its beginning')
      FROM pg_catalog.pg_sequences WHERE schemaname = ?\
      """;

  /** Reads a schema. The connection must be in a transaction; its search path is that schema. */
  public static SchemaRows read(Connection connection, HistoryName history, SchemaRef schema)
      throws SQLException {
    String quoted = SqlIdentifier.quote(schema.schema());
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL search_path = " + quoted);
    }
    SortedMap<String, List<String>> columns = new TreeMap<>();
    for (String[] row : pairs(connection, history.in(TABLES), schema)) {
      columns.computeIfAbsent(row[0], name -> new ArrayList<>()).add(row[1]);
    }
    SortedMap<String, Table> tables = new TreeMap<>();
    for (Map.Entry<String, List<String>> table : columns.entrySet()) {
      tables.put(table.getKey(), table(connection, quoted, table.getKey(), table.getValue()));
    }
    SortedMap<String, String> sequences = new TreeMap<>();
    pairs(connection, SEQUENCES, schema).forEach(row -> sequences.put(row[0], row[1]));
    return new SchemaRows(tables, sequences);
  }

  private static Table table(
      Connection connection, String schema, String table, List<String> columns)
      throws SQLException {
    StringBuilder sql = new StringBuilder("SELECT count(*), ").append(digest("t::text"));
    columns.forEach(
        column -> sql.append(", ").append(digest("t." + SqlIdentifier.quote(column) + "::text")));
    sql.append(" FROM ONLY ")
        .append(schema)
        .append('.')
        .append(SqlIdentifier.quote(table))
        .append(" t");
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql.toString())) {
      row.next();
      Map<String, String> digests = new TreeMap<>();
      for (int i = 0; i < columns.size(); i++) {
        digests.put(columns.get(i), String.valueOf(row.getString(i + 3)));
      }
      return new Table(row.getLong(1), String.valueOf(row.getString(2)), digests);
    }
  }

  /** Of values in whatever order. */
  private static String digest(String value) {
    return ("left(md5(string_agg(COALESCE(md5(%1$s), '-'), ''"
            + " ORDER BY COALESCE(md5(%1$s), '-') COLLATE \"C\")), 12)")
        .formatted(value);
  }

  private static List<String[]> pairs(Connection connection, String sql, SchemaRef schema)
      throws SQLException {
    List<String[]> pairs = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, schema.schema());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          pairs.add(new String[] {row.getString(1), row.getString(2)});
        }
      }
    }
    return pairs;
  }

  /** The columns that differ from the same made again, such as the time of its making. */
  public Set<Column> unsteady(SchemaRows again) {
    Set<Column> unsteady = new HashSet<>();
    tables.forEach(
        (name, table) ->
            table.columns.forEach(
                (column, digest) -> {
                  Table other = again.tables.get(name);
                  if (other == null || !digest.equals(other.columns.get(column))) {
                    unsteady.add(new Column(name, column));
                  }
                }));
    return unsteady;
  }

  /**
   * The rows that another hasn't, a line each.
   *
   * @param unsteady the columns that aren't compared
   */
  public SortedSet<String> linesUnlike(SchemaRows other, Set<Column> unsteady) {
    SortedSet<String> lines = new TreeSet<>();
    tables.forEach(
        (name, table) -> {
          Table there = other.tables.get(name);
          if (there == null || table.rows != there.rows) {
            lines.add("rows of %s: %d".formatted(name, table.rows));
          } else if (!table.digest.equals(there.digest)) {
            unlike(name, table, there, unsteady, lines);
          }
        });
    sequences.forEach(
        (name, position) -> {
          if (!position.equals(other.sequences.get(name))) {
            lines.add("sequence %s at %s".formatted(name, position));
          }
        });
    return lines;
  }

  private static void unlike(
      String name, Table table, Table there, Set<Column> unsteady, SortedSet<String> lines) {
    boolean steady = true;
    boolean found = false;
    for (Map.Entry<String, String> column : table.columns.entrySet()) {
      boolean same = column.getValue().equals(there.columns.get(column.getKey()));
      boolean known = !unsteady.contains(new Column(name, column.getKey()));
      steady &= known;
      if (!same && known) {
        found = true;
        lines.add(
            "rows of %s, column %s: %d with digest %s"
                .formatted(name, column.getKey(), table.rows, column.getValue()));
      }
    }
    if (!found && steady) {
      lines.add("rows of %s: %d with digest %s".formatted(name, table.rows, table.digest));
    }
  }
}
