package dev.tenantgate.migrator.connection;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The result sets of a message, one after the other; what returned no rows is passed over. Confined
 * to one thread.
 */
public final class Results {

  private final Statement statement;
  private boolean rows;
  private boolean taken;

  private Results(Statement statement, boolean rows) {
    this.statement = statement;
    this.rows = rows;
  }

  /** Sends statements as one simple-query message. */
  public static Results of(Statement statement, String message) throws SQLException {
    return new Results(statement, statement.execute(message));
  }

  /** The next of them. */
  public ResultSet next() throws SQLException {
    if (taken) {
      rows = statement.getMoreResults();
    }
    while (!rows && statement.getUpdateCount() != -1) {
      rows = statement.getMoreResults();
    }
    if (!rows) {
      throw new SQLException("a result set is missing", "08P01");
    }
    taken = true;
    return statement.getResultSet();
  }
}
