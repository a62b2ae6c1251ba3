package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The objects in a schema besides its history, where no history tells of migrations: relations,
 * functions and types, but not those that belong to an extension, nor what comes with others (a
 * column's sequence, an index). Stateless; thread-safe.
 *
 * <p>The server's dependencies name the objects of a schema by an index. The catalogs of relations
 * and functions have none for that, and would be read whole.
 */
public final class SchemaContents {

  /** The words of the error about a schema that isn't as empty as it was. */
  public static final String NOT_EMPTY = "is empty no longer";

  /** So many objects of a schema are counted, and so many of a kind named. */
  private static final int COUNTED = 1_000;

  private static final int NAMED = 3;

  /** The objects of the schema {@code n}: kind and name. */
  private static final String OBJECTS =
      """
      SELECT o.kind, o.name FROM pg_catalog.pg_depend d
      CROSS JOIN LATERAL (
        SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
            WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind,
          c.relname AS name
        FROM pg_catalog.pg_class c
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid
          AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND %1$s
        UNION ALL SELECT 'function', p.proname FROM pg_catalog.pg_proc p
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.objid
        UNION ALL SELECT 'type', t.typname FROM pg_catalog.pg_type t
        WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = d.objid) o
      WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
          WHERE e.classid = d.classid AND e.objid = d.objid AND e.objsubid = 0
            AND (e.deptype IN ('e', 'i') OR (e.deptype = 'a' AND o.kind = 'sequence')))
      LIMIT %2$d
      """;

  /** All objects of some schemas, by kind: the schema, the kind, how many, the first names. */
  private static final String KINDS =
      """
      SELECT nspname, kind, max(of_kind),
        string_agg(name, ', ' ORDER BY name) FILTER (WHERE place <= %1$d)
      FROM (
        SELECT nspname, kind, name, count(*) OVER (PARTITION BY nspname, kind) AS of_kind,
          row_number() OVER (PARTITION BY nspname, kind ORDER BY name) AS place
        FROM (
          SELECT n.nspname::text AS nspname, o.kind::text AS kind, o.name::text AS name
          FROM unnest(?::text[]) AS wanted (name)
          CROSS JOIN LATERAL (
            SELECT oid, nspname FROM pg_catalog.pg_namespace
            WHERE nspname = wanted.name::pg_catalog.name OFFSET 0) n
          CROSS JOIN LATERAL (%2$s) o
          UNION ALL
          SELECT n.nspname::text, 'table', c.relname::text
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          JOIN unnest(?::text[]) AS wanted (name) ON n.nspname = wanted.name::pg_catalog.name
          WHERE pg_catalog.version() LIKE 'CockroachDB%%'
            AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND c.relname <> '%3$s'
        ) AS every_object
      ) AS numbered
      GROUP BY nspname, kind ORDER BY nspname, 3 DESC, kind
      """
          .formatted(NAMED, OBJECTS.formatted(exceptHistory(true), COUNTED), HistoryName.STANDARD);

  /**
   * The schemas in which the last change took a migration back, or out of the history: their
   * contents are of our own making, however little their histories say of it.
   */
  private static final String EMPTIED =
      """
      SELECT s.schema_name FROM tenantgate.schema_state s
      WHERE s.schema_name = ANY (?::text[]) AND s.applied = 0
        AND (SELECT j.action FROM tenantgate.journal j
          WHERE j.schema_name = s.schema_name AND j.error_message IS NULL
            AND j.action IN ('up', 'baseline', 'checkpoint', 'down', 'forget')
          ORDER BY j.id DESC LIMIT 1) IN ('down', 'forget')
      """;

  private SchemaContents() {}

  private static String exceptHistory(boolean except) {
    return except ? "c.relname <> '" + HistoryName.STANDARD + "'" : "true";
  }

  /** The objects of schemas, in words; none of schemas that are empty but for their history. */
  static Map<String, String> read(
      Connection connection, HistoryName name, Collection<String> schemas) throws SQLException {
    Map<String, StringBuilder> found = new HashMap<>();
    Array names = connection.createArrayOf("text", schemas.toArray());
    try (PreparedStatement statement = connection.prepareStatement(name.in(KINDS))) {
      statement.setArray(1, names);
      statement.setArray(2, names);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          StringBuilder text =
              found.computeIfAbsent(row.getString(1), schema -> new StringBuilder());
          text.append(text.length() == 0 ? "" : ", ")
              .append(describe(row.getString(2), row.getInt(3), row.getString(4)));
        }
      }
    }
    return found.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().toString()));
  }

  private static String describe(String kind, int number, String first) {
    return "%s%d %s%s (%s%s)"
        .formatted(
            number >= COUNTED ? "at least " : "",
            number,
            kind,
            number == 1 ? "" : "s",
            first,
            number > NAMED ? " …" : "");
  }

  /** The schemas among these that a migrator took back to the beginning. */
  static Set<String> emptied(Connection connection, Collection<String> schemas)
      throws SQLException {
    Set<String> emptied = new HashSet<>();
    if (schemas.isEmpty() || !Registry.exists(connection) || !Registry.hasJournal(connection)) {
      return emptied;
    }
    try (PreparedStatement statement = connection.prepareStatement(EMPTIED)) {
      statement.setArray(1, connection.createArrayOf("text", schemas.toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          emptied.add(rows.getString(1));
        }
      }
    }
    return emptied;
  }

  /** The names of a schema's relations. */
  public static List<String> relations(Connection connection, SchemaRef schema)
      throws SQLException {
    List<String> names = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                + " ON n.oid = c.relnamespace WHERE n.nspname = ?")) {
      statement.setString(1, schema.schema());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          names.add(row.getString(1));
        }
      }
    }
    return names;
  }

  /**
   * The statement that makes a transaction fail unless schemas are as empty as they were seen to
   * be: others may have made tables since.
   *
   * @param history whether they have a history of ours, which doesn't count
   * @param state the SQLSTATE to fail with
   */
  public static String confirmEmpty(
      HistoryName name, List<SchemaRef> schemas, boolean history, String state) {
    String body =
        """
        DECLARE filled text; BEGIN \
        SELECT n.nspname INTO filled FROM pg_catalog.pg_namespace n \
        WHERE n.nspname IN (%s) AND EXISTS (%s) LIMIT 1; \
        IF FOUND THEN \
        RAISE EXCEPTION USING ERRCODE = '%s', \
        MESSAGE = pg_catalog.concat('schema ', filled, ' %s'); \
        END IF; END\
        """
            .formatted(
                schemas.stream()
                    .map(schema -> SqlIdentifier.literal(schema.schema()))
                    .collect(Collectors.joining(", ")),
                name.in(OBJECTS.formatted(exceptHistory(history), 1).strip()),
                state,
                NOT_EMPTY);
    return "DO " + SqlIdentifier.literal(body);
  }
}
