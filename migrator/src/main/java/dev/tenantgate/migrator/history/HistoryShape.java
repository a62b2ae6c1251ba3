package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.HistoryColumns.Foreign;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The relation {@code schema_migrations} of one schema, as the catalog has it.
 *
 * @param kind its relkind; null if there is no such relation
 * @param columns names and types; null if there are none
 * @param mistrust why it mustn't be written to; null if it may; empty where something of it is
 *     another's and that hasn't been looked at
 */
record HistoryShape(@Nullable String kind, @Nullable String columns, @Nullable String mistrust) {

  /** Between a column's name and its type, and behind both: nothing that stands in either. */
  private static final String NAME_END = "\u0001";

  private static final String COLUMN_END = "\u0002";

  /** Stands for the schemas' names. */
  private static final String WANTED = "?";

  /** Stands for what is told of trust. */
  private static final String WHOSE = "<whose>";

  /**
   * To plan the questions for all that may be mistrusted takes the server ten times as long as the
   * rest, and hardly a table needs them.
   */
  private static final String MARK = "CASE WHEN %s THEN '' END".formatted(HistoryTrust.OF_ANOTHER);

  /**
   * Each name is looked up by the indexes of the catalog, whatever the planner thinks of it: a
   * catalog of hundreds of thousands of relations may never have been analyzed, and joins would
   * read it whole for each part of the fleet.
   */
  private static final String SHAPES =
      HistoryTrust.TRUSTED
          + """
          SELECT n.nspname, c.relkind, (
            SELECT pg_catalog.string_agg(a.attname || pg_catalog.chr(1)
              || pg_catalog.format_type(a.atttypid, NULL) || pg_catalog.chr(2), '')
            FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), %s
          FROM unnest(ARRAY[?]::pg_catalog.text[]) AS wanted (name)
          CROSS JOIN LATERAL (
            SELECT oid, nspname, nspowner FROM pg_catalog.pg_namespace
            WHERE nspname = wanted.name::pg_catalog.name OFFSET 0) n
          LEFT JOIN LATERAL (
            SELECT oid, relkind, relowner, relrowsecurity, relhasrules FROM pg_catalog.pg_class
            WHERE relnamespace = n.oid AND relname = 'schema_migrations' OFFSET 0) c ON true
          """
              .formatted(WHOSE);

  /** The foreign relation that it is; none if it is our history. */
  Optional<Foreign> foreign() {
    Map<String, String> types = new HashMap<>();
    for (String column : columns == null ? new String[0] : columns.split(COLUMN_END, -1)) {
      int end = column.indexOf(NAME_END);
      if (end >= 0) {
        types.put(column.substring(0, end), column.substring(end + 1));
      }
    }
    return Optional.ofNullable(HistoryColumns.foreign(String.valueOf(kind), types));
  }

  /** Reads the shapes of schemas that there are, by name. */
  static Map<String, HistoryShape> read(
      Connection connection, HistoryName name, Collection<SchemaRef> schemas) throws SQLException {
    Map<String, HistoryShape> shapes = read(connection, query(name, schemas));
    List<SchemaRef> doubtful =
        schemas.stream().filter(schema -> isUnjudged(shapes.get(schema.schema()))).toList();
    if (!doubtful.isEmpty()) {
      doubtful.forEach(schema -> shapes.remove(schema.schema()));
      shapes.putAll(read(connection, query(name, doubtful, HistoryTrust.OBJECTION)));
    }
    return shapes;
  }

  private static Map<String, HistoryShape> read(Connection connection, String query)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      try (ResultSet rows = statement.executeQuery(query)) {
        return of(rows);
      }
    }
  }

  private static boolean isUnjudged(@Nullable HistoryShape shape) {
    return shape != null && shape.mistrust != null && shape.mistrust.isEmpty();
  }

  /**
   * The query that {@link #of} reads the rows of. Of what is another's it only tells that it is.
   */
  static String query(HistoryName name, Collection<SchemaRef> schemas) {
    return query(name, schemas, MARK);
  }

  private static String query(HistoryName name, Collection<SchemaRef> schemas, String trust) {
    String names =
        schemas.stream()
            .map(SchemaRef::schema)
            .distinct()
            .map(SqlIdentifier::literal)
            .collect(Collectors.joining(", "));
    String query = SHAPES.replace(WHOSE, trust);
    int at = query.indexOf(WANTED);
    return name.in(query.substring(0, at)) + names + name.in(query.substring(at + WANTED.length()));
  }

  /** Makes shapes of rows, by schema. */
  static Map<String, HistoryShape> of(ResultSet rows) throws SQLException {
    Map<String, HistoryShape> shapes = new HashMap<>();
    while (rows.next()) {
      shapes.put(
          rows.getString(1),
          new HistoryShape(rows.getString(2), rows.getString(3), rows.getString(4)));
    }
    return shapes;
  }

  /** Whether it is a history of ours that may be written to. */
  boolean isOurs() {
    return kind != null && mistrust == null && foreign().isEmpty();
  }
}
