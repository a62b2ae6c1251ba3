package dev.tenantgate.migrator.connection;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many schema objects CockroachDB has, and how many it takes: beyond that it refuses every new
 * one, in the middle of a tenant's creation. Immutable.
 *
 * @param objects those of this database that can be seen; the server counts all
 * @param limit {@code sql.schema.approx_max_object_count}; 0 is without limit
 */
public record ObjectLimit(long objects, long limit) {

  private static final Logger LOG = LoggerFactory.getLogger(ObjectLimit.class);

  /** Reads both; a server that doesn't say has no limit. */
  public static ObjectLimit read(Connection connection) {
    try (Statement statement = connection.createStatement()) {
      long limit = number(statement, "SHOW CLUSTER SETTING sql.schema.approx_max_object_count");
      return new ObjectLimit(number(statement, "SELECT count(*) FROM pg_catalog.pg_class"), limit);
    } catch (SQLException | NumberFormatException e) {
      LOG.atDebug().setCause(e).log("the server doesn't say how many objects it takes");
      return new ObjectLimit(0, 0);
    }
  }

  private static long number(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? Long.parseLong(row.getString(1)) : 0;
    }
  }

  /** Why no tenant can be created; null if one can. Nearing the limit is logged. */
  public @Nullable String objection() {
    if (limit == 0 || objects < limit / 10 * 8) {
      return null;
    }
    String count =
        "the database has %d objects, the server takes about %d".formatted(objects, limit)
            + " (sql.schema.approx_max_object_count)";
    if (objects >= limit) {
      return count + "; raise that before tenants are created";
    }
    LOG.atWarn()
        .addKeyValue("objects", objects)
        .addKeyValue("limit", limit)
        .log("the server will soon take no new schema objects");
    return null;
  }
}
