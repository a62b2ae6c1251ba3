package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.sql.SqlIdentifier;
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
   * @param of the fingerprint of the history that it left
   */
  record Failure(String of, String error) {}

  /** Those that there are, by schema. */
  static Map<String, Failure> read(Connection connection) throws SQLException {
    if (!Registry.exists(connection)) {
      return Map.of();
    }
    Map<String, Failure> failures = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT schema_name, history_digest, error_message FROM "
                    + Registry.SCHEMA
                    + ".schema_state WHERE error_message IS NOT NULL AND history_digest LIKE '"
                    + MARK
                    + "%'")) {
      while (rows.next()) {
        failures.put(
            rows.getString(1),
            new Failure(rows.getString(2).substring(MARK.length()), rows.getString(3)));
      }
    }
    return failures;
  }

  /** The statement that keeps how a command ended. */
  public static String record(SchemaRef schema, ExternalHistory left, @Nullable String error) {
    return Registry.record(schema, null, 0, null, error, MARK + left.fingerprint());
  }

  /** The statement that forgets failures. */
  public static String forget(List<SchemaRef> schemas) {
    return "UPDATE %s.schema_state SET error_message = NULL WHERE history_digest LIKE '%s%%' AND schema_name IN (%s)"
        .formatted(
            Registry.SCHEMA,
            MARK,
            String.join(
                ", ", schemas.stream().map(s -> SqlIdentifier.literal(s.schema())).toList()));
  }
}
