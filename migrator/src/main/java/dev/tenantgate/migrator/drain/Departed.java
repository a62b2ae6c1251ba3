package dev.tenantgate.migrator.drain;

import dev.tenantgate.migrator.connection.ProcessName;
import dev.tenantgate.migrator.history.DrainTables;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Processes that are known to be gone: killed, and on this machine, where that can be told. Nobody
 * waits for what they were yet to say, or to give back, until it expires. Stateless.
 */
final class Departed {

  private static final Logger LOG = LoggerFactory.getLogger(Departed.class);

  private Departed() {}

  /**
   * Lets the rows and the leases of those expire that are gone.
   *
   * @param processes as gateways' rows and leases name them
   * @return those that are gone
   */
  static List<String> expire(Connection connection, Collection<String> processes)
      throws SQLException {
    List<String> gone = processes.stream().distinct().filter(ProcessName::isGone).toList();
    if (!gone.isEmpty()) {
      try (Statement statement = connection.createStatement()) {
        statement.setEscapeProcessing(false);
        statement.execute(DrainTables.transaction(DrainTables.departed(gone)));
      }
      LOG.atInfo()
          .addKeyValue("processes", gone)
          .log("processes are gone: nobody waits for their answers and leases");
    }
    return gone;
  }
}
