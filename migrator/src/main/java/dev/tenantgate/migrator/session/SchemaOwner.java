package dev.tenantgate.migrator.session;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;

/**
 * The role that owns a schema, in which its migrations run: what a tenant's user has put into the
 * schema, such as a function that a migration calls by chance, has that user's rights then, not the
 * account's. It isn't a wall against code that says {@code RESET ROLE}. Stateless.
 */
public final class SchemaOwner {

  /** The statement that gives the account's role back. */
  public static final String GIVE_BACK = "RESET ROLE";

  private static final String OF_OTHERS =
      """
      SELECT n.nspname FROM pg_catalog.pg_namespace n
      WHERE n.nspowner <> (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)
      """;

  private SchemaOwner() {}

  /**
   * The statement that takes the owner's role, where it is another's. The server's own roles, such
   * as the one that stands for the database's owner, aren't taken.
   *
   * @param local whether for the transaction
   */
  public static String takeRole(SchemaRef schema, boolean local) {
    return """
    SELECT pg_catalog.set_config('role', r.rolname, %s) FROM pg_catalog.pg_namespace n \
    JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner WHERE n.nspname = %s \
    AND r.rolname <> current_user AND r.rolname !~ '^pg_'\
    """
        .formatted(local, SqlIdentifier.literal(schema.schema()));
  }

  /** The schemas that have another owner than the account. */
  public static Set<String> ofOthers(Connection connection) throws SQLException {
    Set<String> schemas = new HashSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(OF_OTHERS)) {
      while (rows.next()) {
        schemas.add(rows.getString(1));
      }
    }
    return schemas;
  }
}
