package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.HistoryColumns.Foreign;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The relation {@code schema_migrations} of one schema, as the catalog has it.
 *
 * @param kind its relkind; null if there is no such relation
 * @param columns names and types; null if there are none
 * @param mistrust why it mustn't be written to; null if it may
 */
record HistoryShape(@Nullable String kind, @Nullable String columns, @Nullable String mistrust) {

  /** Between a column's name and its type, and behind both: nothing that stands in either. */
  private static final String NAME_END = "\u0001";

  private static final String COLUMN_END = "\u0002";

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
          FROM unnest(?::pg_catalog.text[]) AS wanted (name)
          CROSS JOIN LATERAL (
            SELECT oid, nspname, nspowner FROM pg_catalog.pg_namespace
            WHERE nspname = wanted.name::pg_catalog.name OFFSET 0) n
          LEFT JOIN LATERAL (
            SELECT oid, relkind, relowner, relrowsecurity, relhasrules FROM pg_catalog.pg_class
            WHERE relnamespace = n.oid AND relname = 'schema_migrations' OFFSET 0) c ON true
          """
              .formatted(HistoryTrust.OBJECTION);

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
    Map<String, HistoryShape> shapes = new HashMap<>();
    Array names =
        connection.createArrayOf(
            "text", schemas.stream().map(SchemaRef::schema).distinct().toArray());
    try (PreparedStatement statement = connection.prepareStatement(name.in(SHAPES))) {
      statement.setArray(1, names);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          shapes.put(
              rows.getString(1),
              new HistoryShape(rows.getString(2), rows.getString(3), rows.getString(4)));
        }
      }
    }
    return shapes;
  }
}
