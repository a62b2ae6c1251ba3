package dev.tenantgate.migrator.connection;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Opens the pool's connections, and looks at each right behind its login: the pool may open one
 * ahead, and by its first use the server's defaults may be others than those that it began with.
 */
final class WorkerLogins implements DataSource {

  private final Login login;
  private final int timeoutSeconds;

  WorkerLogins(Login login, Duration timeout) {
    this.login = login;
    this.timeoutSeconds = (int) Math.max(1, timeout.toSeconds());
  }

  /** Opens a connection that has been looked at. */
  @FunctionalInterface
  interface Login {
    Connection open() throws SQLException;
  }

  @Override
  public Connection getConnection() throws SQLException {
    return login.open();
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException("the user is the one of the settings");
  }

  @Override
  public @Nullable PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(PrintWriter out) {}

  /** The driver's properties have it. */
  @Override
  public void setLoginTimeout(int seconds) {}

  /** So long the pool waits at its end for a login under way. */
  @Override
  public int getLoginTimeout() {
    return timeoutSeconds;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException("it logs by SLF4J");
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("not a wrapper");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
