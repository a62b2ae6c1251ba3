package dev.tenantgate.migrator.connection;

import dev.tenantgate.migrator.sql.SqlScript;
import dev.tenantgate.migrator.sql.SqlStatement;
import java.sql.SQLException;

/**
 * Finds the statement of an error where the server gives no position: it has told the end of each
 * one before. Goes with the error as a suppressed one, which stays as the driver made it.
 */
public final class FailedStatement extends Exception {

  private static final long serialVersionUID = 1L;

  private final int position;

  private FailedStatement(int position) {
    super("the failed statement begins at " + position, null, false, false);
    this.position = position;
  }

  /** Where the statement of an error begins, in code points from 1; 0 if that isn't known. */
  public static int positionOf(SQLException error) {
    for (Throwable along : error.getSuppressed()) {
      if (along instanceof FailedStatement failed) {
        return failed.position;
      }
    }
    return 0;
  }

  /**
   * Notes it of an error.
   *
   * @param done how many statements of the message had ended before
   */
  static void note(SQLException error, String message, int done) {
    Finder finder = new Finder(done);
    SqlScript.<RuntimeException>each(message, finder::take);
    if (finder.start >= 0) {
      error.addSuppressed(new FailedStatement(1 + message.codePointCount(0, finder.start)));
    }
  }

  /** Counts to the statement. */
  private static final class Finder {
    private int left;
    private int start = -1;

    Finder(int done) {
      left = done;
    }

    void take(SqlStatement statement) {
      if (left-- == 0) {
        start = statement.start();
      }
    }
  }
}
