package dev.tenantgate.migrator.drain;

import dev.tenantgate.migrator.history.DrainTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The row of one gateway among the others on the database, and the marks that it reads there.
 * Immutable.
 *
 * @param id the gateway's
 */
record MemberRow(String id) {

  private static final Logger LOG = LoggerFactory.getLogger(MemberRow.class);

  /** Whether the server knows the gateway still: its row is lost with a crash. */
  boolean isListed(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT 1 FROM tenantgate.gateway WHERE id = ?")) {
      statement.setString(1, id);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    }
  }

  /**
   * Reads the marks.
   *
   * @param message reads them in its last statement
   */
  static List<DrainMark> marks(Connection connection, String message) throws SQLException {
    List<DrainMark> marks = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      boolean found = statement.execute(message);
      while (!found && statement.getUpdateCount() != -1) {
        found = statement.getMoreResults();
      }
      ResultSet rows = statement.getResultSet();
      while (rows.next()) {
        double cancelMillis = rows.getDouble(4);
        Duration cancelIn = rows.wasNull() ? null : Duration.ofMillis((long) cancelMillis);
        marks.add(
            new DrainMark(
                rows.getString(1),
                rows.getLong(2),
                rows.getString(3),
                cancelIn,
                rows.getString(5)));
      }
    }
    return marks;
  }

  void leave(Connection connection) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(DrainTables.leave(id));
    } catch (SQLException e) {
      LOG.atDebug().setCause(e).log("the gateway's row is left to expire");
    }
  }
}
