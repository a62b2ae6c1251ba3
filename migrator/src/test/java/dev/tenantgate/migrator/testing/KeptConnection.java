package dev.tenantgate.migrator.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A connection that serves one use after the other, each in the state of a fresh one: a login costs
 * the server more than most statements of tests do. Uses that overlap have connections of their
 * own. Thread-safe.
 */
final class KeptConnection implements AutoCloseable {

  /** Something that needs a connection. */
  interface Use<T> {
    T with(Connection connection) throws SQLException;
  }

  /** The way to a new connection. */
  interface Opening {
    Connection open() throws SQLException;
  }

  private static final int VALID_SECONDS = 5;

  private final Opening opening;

  /** False where the statistics of what is done are only complete at a session's end. */
  private final boolean keeps;

  private final AtomicReference<@Nullable Connection> idle = new AtomicReference<>();

  KeptConnection(Opening opening, int majorVersion) {
    this.opening = opening;
    this.keeps = majorVersion >= 15;
  }

  <T> T use(Use<T> use) throws SQLException {
    Connection connection = take();
    T result;
    try {
      result = use.with(connection);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
    giveBack(connection);
    return result;
  }

  /** A use that changes what a new session begins with; the next one is such a session. */
  void useLast(Use<?> use) throws SQLException {
    try (Connection connection = take()) {
      use.with(connection);
    }
  }

  private Connection take() throws SQLException {
    Connection connection = idle.getAndSet(null);
    if (connection != null) {
      if (connection.isValid(VALID_SECONDS)) {
        return connection;
      }
      connection.close();
    }
    return opening.open();
  }

  private void giveBack(Connection connection) throws SQLException {
    if (!keeps || !cleared(connection) || !idle.compareAndSet(null, connection)) {
      connection.close();
    }
  }

  /** False if a transaction is still open, or the connection isn't. */
  private static boolean cleared(Connection connection) {
    try (Statement statement = connection.createStatement()) {
      statement.execute("DISCARD ALL");
      statement.execute("SELECT pg_stat_force_next_flush()");
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  @Override
  public void close() throws SQLException {
    Connection connection = idle.getAndSet(null);
    if (connection != null) {
      connection.close();
    }
  }
}
