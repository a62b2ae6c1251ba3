package dev.tenantgate.migrator.connection;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether an error means that the connection is gone. An SQLSTATE doesn't say: {@code RAISE},
 * {@code dblink_connect} and many a statement end with one of class 08 or 57, or with 0A000, over a
 * connection that goes on. The severity does (FATAL and PANIC end the session), an I/O error, and
 * the connection itself. As an override, keeps the pool from evicting by SQLSTATE. Stateless.
 */
public final class LostConnection implements SQLExceptionOverride {

  private static final Logger LOG = LoggerFactory.getLogger(LostConnection.class);

  /** English, whatever {@code lc_messages} says, in most languages; else the connection tells. */
  private static final Set<String> ENDING = Set.of("FATAL", "PANIC");

  /** How long a connection that is asked has to answer, in seconds. */
  private static final int PATIENCE = 5;

  /** Causes and next exceptions are looked through as far as this. */
  private static final int DEPTH = 20;

  @java.lang.Override
  public Override adjudicate(SQLException error) {
    return isToldBy(error) ? Override.MUST_EVICT : Override.DO_NOT_EVICT;
  }

  /** Whether the error itself says so. */
  public static boolean isToldBy(SQLException error) {
    boolean answered = false;
    boolean broken = error.getSQLState() == null;
    Throwable cause = error;
    for (int depth = 0; cause != null && depth < DEPTH; depth++) {
      ServerErrorMessage server =
          cause instanceof PSQLException e ? e.getServerErrorMessage() : null;
      if (server != null && ENDING.contains(String.valueOf(server.getSeverity()))) {
        return true;
      }
      answered |= server != null;
      broken |= isBroken(cause);
      if (cause instanceof SQLException e && followedByLoss(e)) {
        return true;
      }
      cause = cause.getCause();
    }
    return broken && !answered;
  }

  /** The driver adds the connection's end behind the server's last words. */
  private static boolean followedByLoss(SQLException error) {
    SQLException next = error.getNextException();
    for (int depth = 0; next != null && depth < DEPTH; depth++) {
      boolean answered = next instanceof PSQLException e && e.getServerErrorMessage() != null;
      if (!answered && isBroken(next)) {
        return true;
      }
      next = next.getNextException();
    }
    return false;
  }

  private static boolean isBroken(Throwable cause) {
    return cause instanceof IOException
        || cause instanceof SQLTransientConnectionException
        || (cause instanceof SQLException e && String.valueOf(e.getSQLState()).startsWith("08"));
  }

  /**
   * Whether the connection that an error came over is gone; asks it where the error may mean so.
   */
  public static boolean isLost(Connection connection, @Nullable SQLException error) {
    try {
      return connection.isClosed()
          || ((error == null || isToldBy(error)) && !connection.isValid(PATIENCE));
    } catch (SQLException e) {
      LOG.atDebug().setCause(e).log("a connection can't be asked whether it lives");
      return true;
    }
  }
}
