package dev.tenantgate.migrator.session;

import dev.tenantgate.migrator.connection.Results;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells where something is that a migration didn't find: an extension's type or function in {@code
 * public}, which isn't in the search path of a migration. Stateless.
 */
public final class MissingName {

  private static final Pattern MESSAGE =
      Pattern.compile(
          "(type|operator class|relation|collation|text search configuration)"
              + " \"([^\".]+)\"(?: for encoding \"\\w+\")? does not exist"
              + "|(function) ([^\\s(.]+)\\(.*?\\) does not exist");

  private MissingName() {}

  /** An error with what is known of the name that it misses. The session is in no transaction. */
  public static SqlFailure told(WorkerSession session, SqlFailure failure) {
    String where = whereItIs(session, failure);
    return where.isEmpty() ? failure : failure.with(where);
  }

  /** The addition to an error; empty if nothing is known. */
  private static String whereItIs(WorkerSession session, SqlFailure failure) {
    Matcher matcher = MESSAGE.matcher(failure.text());
    if (failure.isLoss() || !matcher.find()) {
      return "";
    }
    boolean function = matcher.group(3) != null;
    String kind = function ? matcher.group(3) : matcher.group(1);
    String name = function ? matcher.group(4) : matcher.group(2);
    try {
      String schema = session.query(query(kind, name), MissingName::first);
      return schema.isEmpty()
          ? ""
          : ("; there is one in the schema %1$s, which isn't in the search path of migrations:"
                  + " write %1$s.%2$s, or set migrations.search-path: [tenant, %1$s]")
              .formatted(schema, name);
    } catch (SQLException e) {
      // The error itself is what matters.
      return "";
    }
  }

  private static String first(Results results) throws SQLException {
    try (ResultSet rows = results.next()) {
      return rows.next() ? rows.getString(1) : "";
    }
  }

  /** In public, or an extension's: another tenant's doesn't count. */
  private static String query(String kind, String name) {
    String catalog =
        switch (kind) {
          case "type" -> "pg_type WHERE typname";
          case "function" -> "pg_proc WHERE proname";
          case "operator class" -> "pg_opclass WHERE opcname";
          case "collation" -> "pg_collation WHERE collname";
          case "text search configuration" -> "pg_ts_config WHERE cfgname";
          default -> "pg_class WHERE relname";
        };
    String column =
        switch (kind) {
          case "type" -> "typnamespace";
          case "function" -> "pronamespace";
          case "operator class" -> "opcnamespace";
          case "collation" -> "collnamespace";
          case "text search configuration" -> "cfgnamespace";
          default -> "relnamespace";
        };
    return """
    SELECT pg_catalog.quote_ident(n.nspname) FROM (SELECT oid, %1$s AS schema, tableoid AS catalog \
    FROM pg_catalog.%2$s = %3$s) AS o \
    JOIN pg_catalog.pg_namespace n ON n.oid = o.schema \
    WHERE n.nspname = 'public' OR EXISTS (SELECT 1 FROM pg_catalog.pg_depend d \
    WHERE d.classid = o.catalog AND d.objid = o.oid AND d.deptype = 'e') \
    ORDER BY n.nspname <> 'public' LIMIT 1\
    """
        .formatted(column, catalog, SqlIdentifier.literal(name));
  }
}
