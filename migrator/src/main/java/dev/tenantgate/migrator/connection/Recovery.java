package dev.tenantgate.migrator.connection;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;

/**
 * Whether a server is a standby: nothing can be written there, and what is unlogged can't even be
 * read. Stateless.
 */
public final class Recovery {

  /** In words, for those who wanted to write. */
  public static final String READ_ONLY =
      "the database server is read-only (a standby): nothing is migrated there";

  private static final String UNDEFINED_FUNCTION = "42883";

  private Recovery() {}

  /** Whether the server said so with its last answer; it does from PostgreSQL 14 on. */
  public static boolean isReported(Connection connection) throws SQLException {
    return "on".equals(connection.unwrap(PGConnection.class).getParameterStatus("in_hot_standby"));
  }

  /** Asks the server. */
  public static boolean isOn(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_is_in_recovery()")) {
      return row.next() && row.getBoolean(1);
    } catch (SQLException e) {
      if (UNDEFINED_FUNCTION.equals(e.getSQLState())) {
        return false; // no PostgreSQL
      }
      throw e;
    }
  }
}
