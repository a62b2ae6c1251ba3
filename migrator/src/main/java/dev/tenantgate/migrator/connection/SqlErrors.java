package dev.tenantgate.migrator.connection;

import java.sql.SQLException;

/** Errors of the database in one line, with what helps. Stateless. */
public final class SqlErrors {

  private SqlErrors() {}

  /** The error for people: what it is, its SQLSTATE, and what to change where that is known. */
  public static String describe(SQLException error) {
    String host = AccessErrors.unknownHost(error);
    if (host != null) {
      return host;
    }
    String message = error.getMessage();
    String text =
        message != null && message.contains("(SQLSTATE ") ? message : SqlFailure.of(error).text();
    // The driver's own words: the server has asked for one, and there is none to be sent.
    return text.contains("no password was provided")
        ? text + "; give it as database.password (or -file), or in the URL"
        : text;
  }
}
