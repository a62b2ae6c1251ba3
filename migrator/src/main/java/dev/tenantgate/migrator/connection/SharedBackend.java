package dev.tenantgate.migrator.connection;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether a pooler lends the process that answers a connection to others between its
 * transactions: then settings of the session don't hold. It asks only where another process answers
 * than the login named, which alone is so in session pooling, too. A finding holds for a minute.
 * Thread-safe; one looks at a time, since in small pools they would wait for each other.
 */
final class SharedBackend {

  private static final long FOUND_HOLDS_NANOS = 60_000_000_000L;

  private static final Logger LOG = LoggerFactory.getLogger(SharedBackend.class);

  private static final String PROCESS = "SELECT pg_catalog.pg_backend_pid()";

  private final Another another;
  private @Nullable Boolean found;
  private long foundNanos;

  /**
   * Looks for nothing yet.
   *
   * @param another opens a connection to compare with
   */
  SharedBackend(Another another) {
    this.another = another;
  }

  /** Where another connection comes from. */
  @FunctionalInterface
  interface Another {
    Connection open() throws SQLException;
  }

  /**
   * Whether it is: another process answers the next time, or after another connection's transaction
   * has begun, or that one has the process. A pool that has none for another connection doesn't
   * share them.
   */
  synchronized boolean is(Connection connection) throws SQLException {
    Boolean known = found;
    long now = System.nanoTime();
    if (known == null || now - foundNanos > FOUND_HOLDS_NANOS) {
      known = look(connection);
      found = known;
      foundNanos = now;
    }
    return known;
  }

  private boolean look(Connection connection) throws SQLException {
    int mine = process(connection);
    if (process(connection) != mine) {
      return true;
    }
    try (Connection other = another.open();
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN");
      boolean lent = process(other) == mine || process(connection) != mine;
      statement.execute("ROLLBACK");
      return lent;
    } catch (SQLException e) {
      LOG.atDebug().setCause(e).log("no second connection to compare with");
      return process(connection) != mine;
    }
  }

  private static int process(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(PROCESS)) {
      row.next();
      return row.getInt(1);
    }
  }
}
