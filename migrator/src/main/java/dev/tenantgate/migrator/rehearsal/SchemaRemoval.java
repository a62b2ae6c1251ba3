package dev.tenantgate.migrator.rehearsal;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.session.MigrationScript;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Takes away a schema that was made a moment ago, with all that is in it. Stateless. */
public final class SchemaRemoval {

  /** So many tables at a time are few enough for the server's lock table. */
  private static final int AT_ONCE = 100;

  /** out_of_memory, of shared memory: too many objects for one transaction. */
  private static final String TOO_MANY = "53200";

  private SchemaRemoval() {}

  /**
   * Drops a schema.
   *
   * @param script the transaction that does so, in its end; nothing is added behind it but COMMIT
   */
  public static void drop(WorkerSession session, SchemaRef schema, MigrationScript script)
      throws SQLException {
    String drop =
        "DROP SCHEMA IF EXISTS %s CASCADE".formatted(SqlIdentifier.quote(schema.schema()));
    script.statement(drop).commit();
    try {
      session.send(script);
    } catch (SQLException e) {
      if (!TOO_MANY.equals(session.failure(e).sqlState())) {
        throw e;
      }
      session.rollback();
      dropTables(session, schema);
      session.send(script);
    }
  }

  private static void dropTables(WorkerSession session, SchemaRef schema) throws SQLException {
    List<String> tables = tables(session, schema);
    while (!tables.isEmpty()) {
      session.send("DROP TABLE IF EXISTS %s CASCADE".formatted(String.join(", ", tables)));
      tables = tables(session, schema);
    }
  }

  private static List<String> tables(WorkerSession session, SchemaRef schema) throws SQLException {
    String query =
        """
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) \
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition LIMIT %d\
        """
            .formatted(SqlIdentifier.literal(schema.schema()), AT_ONCE);
    return session.query(
        query,
        results -> {
          List<String> names = new ArrayList<>();
          try (ResultSet rows = results.next()) {
            while (rows.next()) {
              names.add(rows.getString(1));
            }
          }
          return names;
        });
  }
}
