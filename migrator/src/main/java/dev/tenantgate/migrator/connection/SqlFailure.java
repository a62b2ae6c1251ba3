package dev.tenantgate.migrator.connection;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * An error of the database, and its meaning for a run. Immutable.
 *
 * @param kind what is to be done about it
 * @param sqlState its SQLSTATE; null if it has none
 * @param position where in the message's text, in code points from 1; 0 if the server doesn't say
 * @param text the error in one line, without its place
 */
public record SqlFailure(Kind kind, @Nullable String sqlState, int position, String text) {

  /** SQLSTATE of the error that a run raises which finds its lease taken by another. */
  public static final String LEASE_LOST = "TG001";

  private static final String TAKEN_OVER = "was taken over by another process";

  /** SQLSTATE of the error by which a plain statement tells that the lease is lost. */
  private static final String NOT_A_NUMBER = "22P02";

  /** SQLSTATE of the error that ends a message which finds the lease not as it was seen. */
  public static final String LEASE_NOT_AS_SEEN = "TG002";

  /** SQLSTATE of the error that ends a transaction of several schemas which takes too long. */
  public static final String GROUP_TOO_SLOW = "TG003";

  /** SQLSTATE of the error that ends a transaction which finds a schema not as empty as seen. */
  public static final String NOT_EMPTY = "TG004";

  /** Another tool wrote to the history that was to be taken over: as a serialization failure. */
  public static final String HISTORY_CHANGED = "40001";

  /** SQLSTATE of a new value of an enum that is used in the transaction which adds it. */
  static final String USED_TOO_SOON = "55P04";

  /** SQLSTATE of a statement that is refused inside of a transaction block. */
  public static final String NEEDS_NO_TRANSACTION = "25001";

  /** The treatment of an error. */
  public enum Kind {
    /** The connection is gone: nothing is known about what was sent over it. */
    CONNECTION,
    /**
     * The server ended the session, and its transaction, since the session took longer than it may:
     * {@code transaction_timeout}, {@code idle_in_transaction_session_timeout}, {@code
     * idle_session_timeout}.
     */
    SESSION_TIMEOUT,
    /** Somebody else was in the way; the same may well succeed a little later. */
    RETRY,
    /** The lease is somebody else's by now. */
    LEASE_LOST,
    /** The schema has changed since it was planned for, and is to be looked at anew. */
    OUTDATED,
    /** A cancel request or a statement timeout ended it. */
    CANCELLED,
    /** The statements themselves are at fault. */
    STATEMENT
  }

  /** The message of a transaction's error that finds the lease of a schema taken by another. */
  public static String leaseLost(String schema) {
    return "the lease on schema %s %s".formatted(schema, TAKEN_OVER);
  }

  /** Whether the connection is gone with it. */
  public boolean isLoss() {
    return kind == Kind.CONNECTION || kind == Kind.SESSION_TIMEOUT;
  }

  /** The failure where the connection can't be asked: the error's severity and kind decide. */
  public static SqlFailure of(SQLException error) {
    return of(error, LostConnection.isToldBy(error));
  }

  /**
   * The failure of an error that came over a connection: whatever its SQLSTATE, that is lost only
   * if it doesn't live any more. A statement may raise any SQLSTATE.
   */
  public static SqlFailure of(SQLException error, Connection connection) {
    return of(error, LostConnection.isLost(connection, error));
  }

  private static SqlFailure of(SQLException error, boolean lost) {
    SQLException telling = mostTelling(error);
    String state = telling.getSQLState();
    ServerErrorMessage server =
        telling instanceof PSQLException e ? e.getServerErrorMessage() : null;
    int position = server == null ? 0 : server.getPosition();
    if (position == 0) {
      position = FailedStatement.positionOf(telling);
    }
    if (position > 0 && error instanceof MessagePieces.Displaced displaced) {
      position += displaced.offset();
    }
    String text = text(telling, server);
    if (NOT_A_NUMBER.equals(state) && text.contains(TAKEN_OVER)) {
      state = LEASE_LOST;
    }
    String certificate = server == null ? TlsFailure.describe(error) : null;
    return new SqlFailure(
        lost ? kindOfLost(state) : kind(state),
        state,
        position,
        certificate == null ? text : certificate + ": " + text);
  }

  /** The same with those who had the lock; unchanged if nobody was seen. */
  public SqlFailure blockedBy(List<Blocker> blockers) {
    return blockers.isEmpty()
        ? this
        : new SqlFailure(
            kind, sqlState, position, text + "; blocked by " + Blocker.describe(blockers));
  }

  /** The same with more to be said of it. */
  public SqlFailure with(String more) {
    return new SqlFailure(kind, sqlState, position, text + more);
  }

  /** The same with what was told before it; unchanged if nothing was. */
  public SqlFailure after(List<String> notices) {
    return notices.isEmpty()
        ? this
        : new SqlFailure(
            kind, sqlState, position, text + oneLine("; before it: " + String.join(", ", notices)));
  }

  /** The pool wraps the server's or the network's error into one of its own. */
  private static SQLException mostTelling(SQLException error) {
    SQLException telling = error;
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException e) {
        telling = e;
      }
    }
    return telling;
  }

  private static Kind kindOfLost(@Nullable String state) {
    return switch (String.valueOf(state)) {
      case "25P03", "25P04", "57P05" -> Kind.SESSION_TIMEOUT;
      default -> Kind.CONNECTION;
    };
  }

  /** Of an error that the connection has survived. */
  private static Kind kind(@Nullable String state) {
    return switch (String.valueOf(state)) {
      // 40003 is CockroachDB's: it can't tell whether a statement was done.
      case "55P03", "40P01", "40001", "40003" -> Kind.RETRY;
      case LEASE_LOST, LEASE_NOT_AS_SEEN -> Kind.LEASE_LOST;
      case NOT_EMPTY -> Kind.OUTDATED;
      case "57014" -> Kind.CANCELLED;
      default -> Kind.STATEMENT;
    };
  }

  private static String text(SQLException error, @Nullable ServerErrorMessage server) {
    StringBuilder text = new StringBuilder();
    String state = error.getSQLState();
    String message = server == null ? error.getMessage() : messageOf(server, state);
    text.append(message == null ? error.toString() : message);
    if (error.getSQLState() != null) {
      text.append(" (SQLSTATE ").append(error.getSQLState()).append(')');
    }
    if (server != null) {
      append(text, "; detail: ", RowValues.detail(state, server.getDetail()));
      append(text, "; hint: ", server.getHint());
      append(text, "; context: ", RowValues.context(server.getWhere()));
      append(
          text,
          "; ",
          AccessErrors.remedy(String.valueOf(error.getSQLState()), String.valueOf(message)));
      if (USED_TOO_SOON.equals(error.getSQLState())) {
        text.append("; put what adds the value into a migration before this one, or say")
            .append(" -- tenantgate: no-transaction");
      } else if (NEEDS_NO_TRANSACTION.equals(error.getSQLState())) {
        text.append("; say -- tenantgate: no-transaction at the head of the migration, and each of")
            .append(" its statements is committed by itself");
      }
    }
    return oneLine(text);
  }

  private static @Nullable String messageOf(ServerErrorMessage server, @Nullable String state) {
    String message = server.getMessage();
    boolean ours = message != null && message.contains(TAKEN_OVER);
    return ours ? message : RowValues.message(state, message);
  }

  private static void append(StringBuilder text, String label, @Nullable String part) {
    if (part != null) {
      text.append(label).append(part);
    }
  }

  private static String oneLine(CharSequence text) {
    StringBuilder line = new StringBuilder(text.length());
    boolean blank = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ') {
        blank = line.length() > 0;
      } else {
        if (blank) {
          line.append(' ');
          blank = false;
        }
        line.append(c);
      }
    }
    return line.toString();
  }
}
