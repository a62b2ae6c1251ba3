package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.SeedFile;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * The seed data that each schema was given: a table of the registry, written in the transaction
 * that applies the file, so that each is applied once. Stateless; thread-safe.
 */
public final class SeedLog {

  /** The table's name within the registry. */
  static final String NAME = "seed_data";

  static final String CREATION =
      """
      CREATE TABLE IF NOT EXISTS tenantgate.seed_data (
        schema_name text NOT NULL,
        file_name text NOT NULL,
        checksum text NOT NULL,
        applied_by text NOT NULL,
        applied_at timestamptz NOT NULL,
        PRIMARY KEY (schema_name, file_name))\
      """;

  private SeedLog() {}

  /**
   * The statement that records a file; it stands before the file's own, so that whoever applies the
   * same at once waits here, and fails with 23505.
   *
   * @param by who does it
   */
  public static String record(SchemaRef schema, SeedFile file, String by) {
    return """
    INSERT INTO tenantgate.seed_data (schema_name, file_name, checksum, applied_by, applied_at) \
    VALUES (%s, %s, %s, %s, pg_catalog.clock_timestamp())\
    """
        .formatted(
            SqlIdentifier.literal(schema.schema()),
            SqlIdentifier.literal(file.name()),
            SqlIdentifier.literal(file.checksum()),
            SqlIdentifier.literal(by));
  }

  /** The statement that forgets a schema of the same name that was dropped. */
  public static String forget(SchemaRef schema) {
    return "DELETE FROM tenantgate.seed_data WHERE schema_name = "
        + SqlIdentifier.literal(schema.schema());
  }

  /** The names and checksums of what a schema was given; nothing where there is no registry yet. */
  public static Map<String, String> read(Connection connection, SchemaRef schema)
      throws SQLException {
    Map<String, String> files = new HashMap<>();
    if (!Registry.hasSeedData(connection)) {
      return files;
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT file_name, checksum FROM tenantgate.seed_data WHERE schema_name = ?")) {
      statement.setString(1, schema.schema());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          files.put(rows.getString(1), rows.getString(2));
        }
      }
    }
    return files;
  }
}
