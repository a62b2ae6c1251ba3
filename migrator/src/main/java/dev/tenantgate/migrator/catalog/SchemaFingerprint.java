package dev.tenantgate.migrator.catalog;

import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The state of a schema in a few characters: the same as long as a {@link SchemaDump} of it would
 * be. It consists of versions (place and {@code xmin}): those of the catalog's rows about the
 * schema's objects, and those of their tables' rows. The positions of sequences count as well.
 * Objects elsewhere count by the names that a dump would call them by. It may change where a dump
 * wouldn't, never the other way round. Immutable.
 *
 * <p>The objects are found by the server's dependencies, which have an index: a look through all
 * relations would take longer with every tenant. The query that asks again names those that were
 * found, so that the server has little to plan; an object that is new depends on one of them.
 *
 * @param query has the state as its result
 * @param state that result, when it was read
 */
public record SchemaFingerprint(String query, String state) {

  /** SQLSTATEs of an object that isn't there any more. */
  private static final Set<String> GONE = Set.of("42P01", "42703", "3F000");

  /** The catalogs with a row for each object, found by its number. */
  private static final Set<String> CATALOGS =
      Set.of(
          "pg_namespace",
          "pg_class",
          "pg_type",
          "pg_proc",
          "pg_constraint",
          "pg_attrdef",
          "pg_rewrite",
          "pg_trigger",
          "pg_policy",
          "pg_statistic_ext");

  /** The dependencies by which an object is part of another. */
  private static final String PARTS = "deptype IN ('a', 'i', 'P', 'S')";

  /**
   * The schema's objects {@code o}: all that are in it, and the parts of these, wherever they are.
   * OFFSET 0 keeps the server on the indexes whatever it believes of the catalog's size.
   */
  private static final String OBJECTS =
      """
      WITH RECURSIVE o (class, oid) AS (
        SELECT n.tableoid, n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = %s
        UNION
        SELECT d.classid, d.objid FROM o CROSS JOIN LATERAL (
          SELECT p.classid, p.objid FROM pg_catalog.pg_depend p
          WHERE p.refclassid = o.class AND p.refobjid = o.oid AND (p.%s
            OR o.class = 'pg_catalog.pg_namespace'::pg_catalog.regclass) OFFSET 0) AS d)
      """;

  private static final String FOUND =
      OBJECTS
          + """
          SELECT k.relname, o.class, o.oid, COALESCE(c.relkind, t.typtype, ''),
            COALESCE(pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), ''),
            COALESCE(c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) > 0, false),
            EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)
          FROM o JOIN pg_catalog.pg_class k ON k.oid = o.class
          LEFT JOIN LATERAL (SELECT x.oid, x.relkind, x.relname, x.relnamespace
            FROM pg_catalog.pg_class x WHERE x.oid = o.oid OFFSET 0) AS c ON k.relname = 'pg_class'
          LEFT JOIN LATERAL (SELECT x.typtype FROM pg_catalog.pg_type x WHERE x.oid = o.oid OFFSET 0)
            AS t ON k.relname = 'pg_type'
          LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname IS DISTINCT FROM 'pg_toast' ORDER BY 2, 3\
          """;

  private static final String ELSEWHERE =
      OBJECTS
          + """
          SELECT DISTINCT d.refclassid, d.refobjid, d.refobjsubid FROM o CROSS JOIN LATERAL (
            SELECT p.refclassid, p.refobjid, p.refobjsubid FROM pg_catalog.pg_depend p
            WHERE p.classid = o.class AND p.objid = o.oid OFFSET 0) AS d
          WHERE (d.refclassid, d.refobjid) NOT IN (SELECT class, oid FROM o) ORDER BY 1, 2, 3\
          """;

  /** An object, and of a relation or type its kind. */
  private record Found(
      String catalog,
      long of,
      long oid,
      String kind,
      String name,
      boolean filled,
      boolean inherits) {

    boolean isRelation(String kinds) {
      return catalog.equals("pg_class") && kinds.contains(kind);
    }

    boolean isType(String kinds) {
      return catalog.equals("pg_type") && kinds.contains(kind);
    }
  }

  /** Reads that of a schema, outside of a transaction; null if there is no such schema. */
  public static @Nullable SchemaFingerprint of(Connection connection, String schema)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      try {
        String query = query(statement, SqlIdentifier.literal(schema));
        return query == null ? null : new SchemaFingerprint(query, state(statement, query));
      } finally {
        statement.execute("ROLLBACK");
      }
    }
  }

  /** Whether the schema has it still; asked outside of a transaction. */
  public boolean isStillSo(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      return state.equals(state(statement, query));
    } catch (SQLException e) {
      if (GONE.contains(String.valueOf(e.getSQLState()))) {
        return false; // a table that had rows
      }
      throw e;
    }
  }

  private static String state(Statement statement, String query) throws SQLException {
    try (ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  private static @Nullable String query(Statement statement, String schema) throws SQLException {
    List<Found> all = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(FOUND.formatted(schema, PARTS))) {
      while (rows.next()) {
        all.add(
            new Found(
                rows.getString(1),
                rows.getLong(2),
                rows.getLong(3),
                rows.getString(4),
                rows.getString(5),
                rows.getBoolean(6),
                rows.getBoolean(7)));
      }
    }
    if (all.isEmpty()) {
      return null;
    }
    List<String> parts = new ArrayList<>();
    for (String catalog : CATALOGS) {
      add(parts, catalog, "oid", all, found -> found.catalog.equals(catalog));
    }
    add(parts, "pg_attribute", "attrelid", all, found -> found.isRelation("rpvmfc"));
    add(parts, "pg_index", "indexrelid", all, found -> found.isRelation("iI"));
    add(parts, "pg_sequence", "seqrelid", all, found -> found.isRelation("S"));
    add(parts, "pg_partitioned_table", "partrelid", all, found -> found.isRelation("p"));
    add(parts, "pg_inherits", "inhrelid", all, Found::inherits);
    add(parts, "pg_enum", "enumtypid", all, found -> found.isType("e"));
    add(parts, "pg_range", "rngtypid", all, found -> found.isType("r"));
    parts.add(about(all, "pg_description x WHERE x.classoid = o.class AND x.objoid = o.oid"));
    parts.add(about(all, "pg_depend x WHERE x.classid = o.class AND x.objid = o.oid"));
    parts.add(
        about(
            all,
            """
            pg_depend x WHERE x.refclassid = o.class AND x.refobjid = o.oid AND (x.%s
            OR o.class = 'pg_catalog.pg_namespace'::pg_catalog.regclass)\
            """
                .formatted(PARTS)));
    addNames(parts, statement, schema);
    addRoles(parts, all);
    addContents(parts, all);
    return "SELECT pg_catalog.count(*) || ' ' || pg_catalog.sum(pg_catalog.hashtextextended(text,"
        + " 0)) FROM (\n"
        + String.join("\nUNION ALL ", parts)
        + ") AS state (text)";
  }

  private static void add(
      List<String> parts, String catalog, String column, List<Found> all, Predicate<Found> which) {
    List<Found> of = all.stream().filter(which).toList();
    if (!of.isEmpty()) {
      parts.add(versions(oids(of), "%s x WHERE x.%s = o.oid".formatted(catalog, column)));
    }
  }

  private static String about(List<Found> all, String rows) {
    String classes =
        all.stream().map(found -> Long.toString(found.of)).collect(Collectors.joining(","));
    return versions(
        "ROWS FROM (pg_catalog.unnest('{%s}'::pg_catalog.oid[]), pg_catalog.unnest(%s)) AS o (class, oid)"
            .formatted(classes, array(all)),
        rows);
  }

  private static String versions(String objects, String rows) {
    return """
    SELECT v.text FROM %s CROSS JOIN LATERAL (
    SELECT x.ctid::text || x.xmin::text FROM pg_catalog.%s OFFSET 0) AS v (text)\
    """
        .formatted(objects, rows);
  }

  private static String oids(List<Found> of) {
    return "pg_catalog.unnest(%s) AS o (oid)".formatted(array(of));
  }

  private static String array(List<Found> of) {
    return of.stream()
        .map(found -> Long.toString(found.oid))
        .collect(Collectors.joining(",", "'{", "}'::pg_catalog.oid[]"));
  }

  /** The names of objects elsewhere that these depend on. */
  private static void addNames(List<String> parts, Statement statement, String schema)
      throws SQLException {
    List<String> names = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(ELSEWHERE.formatted(schema, PARTS))) {
      while (rows.next()) {
        names.add(
            "(%d::pg_catalog.oid, %d::pg_catalog.oid, %d)"
                .formatted(rows.getLong(1), rows.getLong(2), rows.getLong(3)));
      }
    }
    if (!names.isEmpty()) {
      parts.add(
          "SELECT pg_catalog.pg_identify_object(class, oid, place)::text FROM (VALUES %s) AS e (class, oid, place)"
              .formatted(String.join(", ", names)));
    }
  }

  private static void addRoles(List<String> parts, List<Found> all) {
    List<Found> policies = all.stream().filter(f -> f.catalog.equals("pg_policy")).toList();
    if (!policies.isEmpty()) {
      parts.add(
          """
          SELECT ROW(p.oid, a.rolname)::text FROM %s JOIN pg_catalog.pg_policy p ON p.oid = o.oid
          JOIN pg_catalog.pg_roles a ON a.oid = ANY (p.polroles)\
          """
              .formatted(oids(policies)));
    }
  }

  /**
   * The rows of tables and the positions of sequences. Of a table without a page no rows have to be
   * read, but its first row has to be noticed.
   */
  private static void addContents(List<String> parts, List<Found> all) {
    List<Found> empty = all.stream().filter(f -> f.isRelation("r") && !f.filled).toList();
    if (!empty.isEmpty()) {
      parts.add(
          "SELECT 'rows: ' || pg_catalog.sum(pg_catalog.pg_relation_size(o.oid)) FROM "
              + oids(empty));
    }
    for (Found found : all) {
      String literal = SqlIdentifier.literal(found.name);
      if (found.isRelation("S")) {
        parts.add(
            "SELECT ROW(%s, last_value, is_called)::text FROM %s".formatted(literal, found.name));
      } else if (found.filled) {
        parts.add(
            """
            SELECT ROW(%s, pg_catalog.count(*), pg_catalog.sum(
            pg_catalog.hashtextextended(ROW(x.ctid, x.xmin)::text, 0)))::text FROM ONLY %s AS x\
            """
                .formatted(literal, found.name));
      }
    }
  }
}
