package dev.tenantgate.migrator.foreign;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tables that are other tools' histories, in one look into the catalog for any number of
 * schemas. Stateless; thread-safe.
 */
final class ForeignTables {

  /** Between a column's name and its type, and behind both: nothing that stands in either. */
  private static final String NAME_END = "\u0001";

  private static final String COLUMN_END = "\u0002";

  /**
   * A schema's relations by the dependencies' index, their columns by the index of those: a catalog
   * of hundreds of thousands of relations may never have been analyzed. Of tables with many columns
   * none is a history.
   */
  private static final String CANDIDATES =
      """
      SELECT n.nspname, c.relname, c.relkind, (
          SELECT pg_catalog.string_agg(a.attname || pg_catalog.chr(1)
            || pg_catalog.format_type(a.atttypid, NULL) || pg_catalog.chr(2), ''
            ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND a.attgenerated = ''),
        EXISTS (SELECT FROM pg_catalog.pg_class r WHERE r.relnamespace = n.oid
          AND r.relname = 'ar_internal_metadata')
      FROM unnest(?::pg_catalog.text[]) AS wanted (name)
      CROSS JOIN LATERAL (
        SELECT oid, nspname FROM pg_catalog.pg_namespace
        WHERE nspname = wanted.name::pg_catalog.name OFFSET 0) n
      CROSS JOIN LATERAL (
        SELECT d.objid FROM pg_catalog.pg_depend d
        WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
          AND d.refobjid = n.oid
          AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass OFFSET 0) d
      CROSS JOIN LATERAL (
        SELECT oid, relname, relkind FROM pg_catalog.pg_class
        WHERE oid = d.objid AND relkind IN ('r', 'p', 'v', 'm', 'f') AND relnatts <= 32
        OFFSET 0) c
      WHERE EXISTS (SELECT FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname IN (%s))
      ORDER BY n.nspname, c.relname
      """
          .formatted(
              ForeignTool.telling().stream()
                  .map(name -> "'" + name + "'")
                  .collect(Collectors.joining(", ")));

  private ForeignTables() {}

  /** The tables of some schemas, by schema; schemas without any are left out. */
  static Map<String, List<ForeignTable>> find(
      Connection connection, Collection<String> schemas, Predicate<ForeignTable> wanted)
      throws SQLException {
    Map<String, List<ForeignTable>> found = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(CANDIDATES)) {
      statement.setArray(1, connection.createArrayOf("text", schemas.toArray()));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          ForeignTable table =
              table(
                  row.getString(1),
                  row.getString(2),
                  row.getString(3),
                  types(row.getString(4)),
                  row.getBoolean(5));
          if (table != null && wanted.test(table)) {
            found.computeIfAbsent(table.schema(), schema -> new ArrayList<>()).add(table);
          }
        }
      }
    }
    return found;
  }

  private static @Nullable ForeignTable table(
      String schema, String name, String kind, Map<String, String> types, boolean besideMetadata) {
    ForeignTool tool = ForeignTool.of(types);
    if (tool == null) {
      return null;
    }
    String objection = objection(kind);
    if (objection != null && tool.isSoonAnothers() && !ForeignTool.isNamedLikeAHistory(name)) {
      return null;
    }
    String label = tool == ForeignTool.RAILS && besideMetadata ? "Rails" : tool.label();
    return new ForeignTable(
        schema, name, tool, label, types, ForeignTool.tenantColumn(types), objection);
  }

  /** Only of a plain table it is sure that nobody's code runs while it is read. */
  private static @Nullable String objection(String kind) {
    return switch (kind) {
      case "r" -> null;
      case "p" -> "it is a partitioned table, which isn't read";
      case "f" -> "it is a foreign table, which isn't read";
      default -> "it is a view, which may run code of its owner, and isn't read";
    };
  }

  private static Map<String, String> types(@Nullable String columns) {
    Map<String, String> types = new LinkedHashMap<>();
    for (String column : columns == null ? new String[0] : columns.split(COLUMN_END, -1)) {
      int end = column.indexOf(NAME_END);
      if (end >= 0) {
        types.put(column.substring(0, end), column.substring(end + 1));
      }
    }
    return types;
  }
}
