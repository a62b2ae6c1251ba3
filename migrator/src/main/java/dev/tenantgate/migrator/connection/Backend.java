package dev.tenantgate.migrator.connection;

import dev.tenantgate.migrator.changelog.Migration;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * The process at the other end of a connection, as it was when it was looked at first. Immutable.
 *
 * @param pid its id, as the login gave it
 * @param answering the id of the process that answers; another one where a pooler stands between
 * @param shared whether it is lent to others between transactions: nothing that is set stays
 * @param fresh how its session is before each migration
 * @param defaults stands for the defaults of database and role as they were; null if they can't be
 *     read
 */
public record Backend(
    int pid, int answering, boolean shared, FreshSession fresh, @Nullable String defaults) {

  private static final String DEFAULTS =
      """
      SELECT COALESCE(pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', \
      s.setdatabase, s.setrole, s.setconfig), ';' ORDER BY s.setdatabase, s.setrole)), 'none') \
      FROM pg_catalog.pg_db_role_setting s \
      WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d \
      WHERE d.datname = pg_catalog.current_database())) \
      AND s.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles r \
      WHERE r.rolname = SESSION_USER))\
      """;

  private static final String SESSION =
      "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('DateStyle')";

  /** Looks at a connection that is as its login left it, and makes it ready. */
  static Backend of(Connection connection, SharedBackend sharing) throws SQLException {
    int pid = connection.unwrap(PGConnection.class).getBackendPID();
    int answering;
    boolean iso;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(SESSION)) {
      row.next();
      answering = row.getInt(1);
      iso = row.getString(2).startsWith("ISO");
    }
    boolean shared = answering != pid && sharing.is(connection);
    boolean watched = answering == pid && PeerWatch.begin(connection);
    FreshSession fresh = new FreshSession(iso, watched, !shared);
    if (!iso && shared) {
      throw new SQLException(
          "DateStyle is one that can't be read here, and a pooler keeps no other for a session;"
              + " let database.url lead to the server itself",
          "0A000");
    }
    if (!iso) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET DateStyle = ISO");
      }
    }
    return new Backend(pid, answering, shared, fresh, defaultsOf(connection));
  }

  /** Whether another login would meet other defaults by now. */
  boolean isOutdated(Connection connection) throws SQLException {
    return defaults != null && !defaults.equals(defaultsOf(connection));
  }

  private static @Nullable String defaultsOf(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(DEFAULTS)) {
      return row.next() ? row.getString(1) : null;
    } catch (SQLException e) {
      if (SqlFailure.of(e, connection).kind() == SqlFailure.Kind.CONNECTION) {
        throw e;
      }
      return null; // a server without such defaults
    }
  }

  /** Why what needs a session isn't run where there is none. */
  public String refusal(Migration migration) {
    return ("migration %s is run outside of a transaction, in a session that keeps its search_path,"
            + " and a pooler in transaction mode stands before the server (the login named"
            + " process %d, %d answers): let database.url lead to the server itself, or to a"
            + " pool in session mode")
        .formatted(migration, pid, answering);
  }

  /** The process that works for the connection; 0 if it is another each time. */
  public int worker() {
    return shared ? 0 : answering;
  }
}
