package dev.tenantgate.migrator.rights;

import dev.tenantgate.migrator.connection.AccessErrors;
import dev.tenantgate.migrator.foreign.ForeignHistories;
import dev.tenantgate.migrator.foreign.ForeignTable;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The rights that the gateway's account has need of and hasn't, each with the statement that grants
 * it. Only the catalog is read. Confined to one look.
 */
public final class MissingRights {

  private static final String REGISTRY =
      """
      SELECT pg_catalog.current_database(), current_user,
        pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
        n.oid IS NOT NULL,
        pg_catalog.has_schema_privilege(n.oid, 'USAGE')
          AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c
            WHERE c.relnamespace = n.oid AND c.relkind = 'r' AND NOT (
              pg_catalog.has_table_privilege(c.oid, 'SELECT')
              AND pg_catalog.has_table_privilege(c.oid, 'INSERT')
              AND pg_catalog.has_table_privilege(c.oid, 'UPDATE')
              AND pg_catalog.has_table_privilege(c.oid, 'DELETE')))
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c
            WHERE c.relnamespace = n.oid AND CASE WHEN c.relkind = 'S'
              THEN NOT pg_catalog.has_sequence_privilege(c.oid, 'USAGE') ELSE false END)
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc p
            WHERE p.pronamespace = n.oid
              AND NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE'))
      FROM (SELECT) one LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = 'tenantgate'
      """;

  /** Schemas that can't be worked on, by owner. */
  private static final String SCHEMAS =
      """
      SELECT pg_catalog.pg_get_userbyid(n.nspowner), pg_catalog.count(*),
        pg_catalog.min(n.nspname::pg_catalog.text)
      FROM pg_catalog.pg_namespace n
      WHERE n.nspname = ANY (?::pg_catalog.text[]) AND NOT (%s)
      GROUP BY 1 ORDER BY 1
      """;

  /** Histories that can't be read, or not be changed, by owner. */
  private static final String TABLES =
      """
      SELECT pg_catalog.pg_get_userbyid(c.relowner), pg_catalog.count(*),
        pg_catalog.min(n.nspname || '.' || c.relname)
      FROM ROWS FROM (unnest(?::pg_catalog.text[]), unnest(?::pg_catalog.text[]))
        AS wanted (schema_name, table_name)
      JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema_name
      JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.table_name
      WHERE c.relkind = 'r' AND NOT (%s)
      GROUP BY 1 ORDER BY 1
      """;

  private static final String MAY_READ =
      "pg_catalog.has_schema_privilege(n.oid, 'USAGE')"
          + " AND pg_catalog.has_table_privilege(c.oid, 'SELECT')";

  private static final String MAY_WRITE =
      MAY_READ
          + " AND pg_catalog.has_table_privilege(c.oid, 'INSERT')"
          + " AND pg_catalog.has_table_privilege(c.oid, 'UPDATE')"
          + " AND pg_catalog.has_table_privilege(c.oid, 'DELETE')";

  private static final String MAY_RENAME =
      MAY_READ
          + " AND pg_catalog.pg_has_role(c.relowner, 'USAGE')"
          + " AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')";

  private final Connection connection;
  private final List<String> missing = new ArrayList<>();
  private String account = "";

  /**
   * The tasks of the account.
   *
   * @param external whether another tool migrates, so that its histories are read and no more
   * @param asOwner whether migrations are run as the schema's owner
   * @param history what our own history is called
   */
  public record Needs(boolean external, boolean asOwner, String history) {}

  private MissingRights(Connection connection) {
    this.connection = connection;
  }

  /**
   * Looks for them.
   *
   * @param schemas the tenants'
   * @param others those that are no tenant's, where tables for all may stand
   */
  public static List<String> of(
      Connection connection, List<String> schemas, List<String> others, Needs needs)
      throws SQLException {
    MissingRights rights = new MissingRights(connection);
    rights.registry();
    rights.schemas(schemas, needs);
    rights.histories(schemas, others, needs);
    return List.copyOf(rights.missing);
  }

  private void registry() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(REGISTRY)) {
      if (!row.next()) {
        return;
      }
      account = row.getString(2);
      if (row.getBoolean(4) && !row.getBoolean(5)) {
        missing.add(
            "the account %s lacks rights on the schema tenantgate; %s"
                .formatted(
                    account,
                    AccessErrors.remedy("42501", "permission denied for schema tenantgate")));
      } else if (!row.getBoolean(4) && !row.getBoolean(3)) {
        missing.add(
            "the account %s mustn't make the schema tenantgate; GRANT CREATE ON DATABASE %s TO %s"
                .formatted(account, describe(row.getString(1)), describe(account)));
      }
    }
  }

  private void schemas(List<String> schemas, Needs needs) throws SQLException {
    String can =
        needs.external()
            ? "pg_catalog.has_schema_privilege(n.oid, 'USAGE')"
            : needs.asOwner()
                ? "pg_catalog.pg_has_role(n.nspowner, 'MEMBER')"
                : "pg_catalog.has_schema_privilege(n.oid, 'USAGE')"
                    + " AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')";
    String what =
        needs.external()
            ? "mustn't look into %s of %s"
            : needs.asOwner()
                ? "can't work as the owner of %s, %s"
                : "mustn't make tables in %s of %s";
    try (PreparedStatement statement = connection.prepareStatement(SCHEMAS.formatted(can))) {
      statement.setArray(1, connection.createArrayOf("text", schemas.toArray()));
      told(statement, "tenants' schema", what);
    }
  }

  private void histories(List<String> schemas, List<String> others, Needs needs)
      throws SQLException {
    List<ForeignTable> found = ForeignHistories.tables(connection, schemas, others);
    List<ForeignTable> theirs = found.stream().filter(table -> isTheirs(table, needs)).toList();
    tables(
        theirs.stream().map(ForeignTable::schema),
        theirs.stream().map(ForeignTable::name),
        MAY_READ,
        "other tools' histor",
        "mustn't read %s of %s");
    if (needs.external()) {
      return;
    }
    List<ForeignTable> own =
        theirs.stream().filter(table -> schemas.contains(table.schema())).toList();
    if (missing.isEmpty()) {
      tables(
          own.stream().map(ForeignTable::schema),
          own.stream().map(ForeignTable::name),
          MAY_RENAME,
          "other tools' histor",
          "mustn't rename %s of %s, as `migrate adopt` does");
    }
    List<ForeignTable> ours =
        found.stream().filter(table -> !table.isNotOurs(needs.history())).toList();
    tables(
        ours.stream().map(ForeignTable::schema),
        ours.stream().map(ForeignTable::name),
        MAY_WRITE,
        "histor",
        "mustn't write to %s of %s");
  }

  private static boolean isTheirs(ForeignTable table, Needs needs) {
    return table.isNotOurs(needs.history()) && table.objection() == null;
  }

  private void tables(
      Stream<String> schemas, Stream<String> names, String can, String thing, String what)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(TABLES.formatted(can))) {
      statement.setArray(1, connection.createArrayOf("text", schemas.toArray()));
      statement.setArray(2, connection.createArrayOf("text", names.toArray()));
      told(statement, thing, what);
    }
  }

  /** A name, with quotes only where it needs them. */
  private static String describe(String name) {
    return name.matches("[a-z_][a-z0-9_]*") ? name : SqlIdentifier.quote(name);
  }

  private void told(PreparedStatement statement, String thing, String what) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        String owner = row.getString(1);
        long number = row.getLong(2);
        boolean history = thing.endsWith("histor");
        String things =
            "%d %s%s (%s%s)"
                .formatted(
                    number,
                    thing,
                    number == 1 ? (history ? "y" : "") : history ? "ies" : "s",
                    row.getString(3),
                    number == 1 ? "" : ", …");
        missing.add(
            "the account %s %s; GRANT %s TO %s"
                .formatted(
                    account, what.formatted(things, owner), describe(owner), describe(account)));
      }
    }
  }
}
