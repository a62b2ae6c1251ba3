package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How commands failed that were to have another tool migrate a schema: kept in the registry, so
 * that every gateway and the command line know. One counts as long as the schema's history is as it
 * was. Stateless; thread-safe.
 */
public final class CommandFailures {

  /** In the place of a digest of a history of ours. */
  private static final String MARK = "external ";

  private CommandFailures() {}

  /**
   * A failure.
   *
   * @param of the command and the history that it left
   */
  record Recorded(String of, ExternalHistory.Failure failure) {}

  /** Tells a command that left a history from another command, and from another history. */
  static String of(List<String> command, ExternalHistory left) {
    return left.fingerprint() + "-" + Integer.toHexString(command.hashCode());
  }

  /** The recorded failures, by schema. */
  static Map<String, Recorded> read(Connection connection) throws SQLException {
    if (!Registry.exists(connection)) {
      return Map.of();
    }
    Map<String, Recorded> failures = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT schema_name, history_digest, error_message FROM "
                    + Registry.SCHEMA
                    + ".schema_state WHERE error_message IS NOT NULL AND history_digest LIKE '"
                    + MARK
                    + "%'")) {
      while (rows.next()) {
        String[] of = rows.getString(2).substring(MARK.length()).split(" ", 2);
        failures.put(
            rows.getString(1),
            new Recorded(
                of[0], new ExternalHistory.Failure(of.length > 1 ? of[1] : "", rows.getString(3))));
      }
    }
    return failures;
  }

  /**
   * The statement that keeps how a command ended.
   *
   * @param command the command, as the settings have it: of another one it says nothing
   * @param left the history that it left
   * @param required what was required
   */
  public static String record(
      SchemaRef schema,
      List<String> command,
      ExternalHistory left,
      String required,
      @Nullable String error) {
    return Registry.record(schema, null, 0, null, error, MARK + of(command, left) + " " + required);
  }
}
