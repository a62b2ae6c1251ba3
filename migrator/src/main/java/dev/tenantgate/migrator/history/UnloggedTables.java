package dev.tenantgate.migrator.history;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry's tables of what is only alive: leases, gateways, drains and their answers. They are
 * unlogged: a crash of the server ends those as well, and a publication {@code FOR ALL TABLES}
 * doesn't publish each heartbeat to subscribers that have no such tables. Stateless.
 */
final class UnloggedTables {

  private static final Logger LOG = LoggerFactory.getLogger(UnloggedTables.class);

  /** The tables of an earlier version, which made them logged. */
  private static final String LOGGED =
      """
      SELECT c.relname FROM pg_catalog.pg_class c
      WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'tenantgate')
      AND c.relname IN ('lease', 'gateway', 'drain', 'drain_ack') AND c.relkind = 'r'
      AND c.relpersistence = 'p' AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
      AND pg_catalog.version() LIKE 'PostgreSQL %'
      ORDER BY c.relname
      """;

  private UnloggedTables() {}

  /** Makes them unlogged, if the server can; it gives way to sessions that use one just now. */
  static void ensure(Connection connection) throws SQLException {
    for (String table : logged(connection)) {
      try (Statement statement = connection.createStatement()) {
        statement.setEscapeProcessing(false);
        statement.execute(
            "BEGIN; SET LOCAL lock_timeout = 1000; ALTER TABLE tenantgate.%s SET UNLOGGED; COMMIT"
                .formatted(table));
      } catch (SQLException e) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("ROLLBACK");
        }
        LOG.atInfo()
            .addKeyValue("table", table)
            .addKeyValue("error", e.getMessage())
            .log(
                "a table of the registry stays logged for now; publications FOR ALL TABLES have"
                    + " it");
      }
    }
  }

  private static List<String> logged(Connection connection) throws SQLException {
    List<String> tables = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(LOGGED)) {
      while (rows.next()) {
        tables.add(rows.getString(1));
      }
    }
    return tables;
  }
}
