package dev.tenantgate.migrator.lease;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.Recovery;
import dev.tenantgate.migrator.history.Registry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The rows of leases, whosever they are, as anybody may look at them. Stateless. */
public final class LeaseRows {

  private LeaseRows() {}

  /**
   * The tokens of all leases by schema, as far as there are any; negative of one that is held. A
   * history that is read afterwards is the same as long as the token is.
   */
  public static Map<String, Long> tokens(Connection connection) throws SQLException {
    Map<String, Long> tokens = new HashMap<>();
    if (isReadable(connection)) {
      try (Statement statement = connection.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SELECT schema_name, CASE WHEN holder IS NULL THEN token ELSE -1 END FROM "
                      + Registry.LEASE_TABLE)) {
        while (rows.next()) {
          tokens.put(rows.getString(1), rows.getLong(2));
        }
      }
    }
    return tokens;
  }

  /** A standby has no rows of unlogged tables, and says so by an error. */
  private static boolean isReadable(Connection connection) throws SQLException {
    return !Recovery.isReported(connection)
        && Registry.exists(connection)
        && !(isOld(connection) && Recovery.isOn(connection));
  }

  /** Whether the server doesn't report by itself that it is a standby. */
  private static boolean isOld(Connection connection) throws SQLException {
    return connection.getMetaData().getDatabaseMajorVersion() < 14;
  }

  /** The holder of a schema's lease; null if it is free. */
  public static @Nullable String holderOf(Connection connection, SchemaRef schema)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT holder FROM %s WHERE schema_name = ?".formatted(Registry.LEASE_TABLE))) {
      statement.setString(1, schema.schema());
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getString(1) : null;
      }
    }
  }

  /**
   * Lets a lease count as expired whose holder is known to be gone, so that nobody waits for that.
   * The server's work for that process can't commit any more.
   */
  public static void expire(Connection connection, SchemaRef schema, String holder)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE %s SET expires_at = pg_catalog.clock_timestamp() WHERE schema_name = ? AND holder = ?"
                .formatted(Registry.LEASE_TABLE))) {
      statement.setString(1, schema.schema());
      statement.setString(2, holder);
      statement.executeUpdate();
    }
  }

  /** Every lease that is held and hasn't expired, by whichever process. */
  public static List<MigrationLease> live(Connection connection, Function<String, SchemaRef> refs)
      throws SQLException {
    List<MigrationLease> leases = new ArrayList<>();
    if (!isReadable(connection)) {
      return leases;
    }
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT schema_name, holder, token, acquired_at, expires_at FROM %s
                WHERE holder IS NOT NULL AND expires_at > pg_catalog.clock_timestamp()
                ORDER BY schema_name
                """
                    .formatted(Registry.LEASE_TABLE))) {
      while (rows.next()) {
        leases.add(
            new MigrationLease(
                refs.apply(rows.getString(1)),
                rows.getString(2),
                rows.getLong(3),
                rows.getObject(4, OffsetDateTime.class).toInstant(),
                rows.getObject(5, OffsetDateTime.class).toInstant()));
      }
    }
    return leases;
  }
}
