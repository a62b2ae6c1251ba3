package dev.tenantgate.migrator.drain;

import dev.tenantgate.migrator.history.DrainTables;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The gateways on a database.
 *
 * @param there those that are there: host by id
 * @param left whether others are gone whose backends haven't been seen to
 */
record Members(Map<String, String> there, boolean left) {

  /** Reads them; of those that can be told to be gone, the rows expire with that. */
  static Members read(Connection connection) throws SQLException {
    Members members = listed(connection);
    return Departed.expire(connection, members.there.keySet()).isEmpty()
        ? members
        : listed(connection);
  }

  private static Members listed(Connection connection) throws SQLException {
    Map<String, String> there = new LinkedHashMap<>();
    boolean left = false;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(DrainTables.MEMBERS)) {
      while (rows.next()) {
        if (rows.getBoolean(3)) {
          there.put(rows.getString(1), rows.getString(2));
        } else {
          left = true;
        }
      }
    }
    return new Members(there, left);
  }
}
