package dev.tenantgate.migrator.catalog;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Something in a schema that is older than its history, by the numbers that the server gave both.
 * Immutable.
 *
 * @param oid its number
 * @param label what it is called: {@code table accounts}
 * @param line how its line in a snapshot begins
 */
public record OlderObject(long oid, String label, String line) {

  /** All that is older than a schema's history; nothing where there is none. */
  public static List<OlderObject> read(Connection connection, HistoryName history, SchemaRef schema)
      throws SQLException {
    List<OlderObject> older = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(history.in(CatalogQuery.OLDER))) {
      statement.setString(1, schema.schema());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          older.add(new OlderObject(row.getLong(1), row.getString(2), row.getString(3)));
        }
      }
    }
    return older;
  }

  /** Whether a line of a snapshot is this one's own. */
  public boolean isOf(String text) {
    return text.startsWith(line)
        && (text.length() == line.length() || " :".indexOf(text.charAt(line.length())) >= 0);
  }
}
