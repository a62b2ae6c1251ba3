package dev.tenantgate.migrator.connection;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the server notice a connection's dead peer within about ten seconds, instead of two hours,
 * and release its transaction's locks. It notices while it waits for the next message, while its
 * answer isn't taken, and while it is busy. A migration that works on our side isn't cut short: its
 * host answers.
 *
 * <p>Set as the session goes on: as startup parameters poolers would refuse them, and so would
 * servers that don't have them. Stateless.
 */
final class PeerWatch {

  private static final Logger LOG = LoggerFactory.getLogger(PeerWatch.class);

  /** Seconds for keepalives, milliseconds for the others. */
  static final String STATEMENTS =
      """
      SET tcp_keepalives_idle = 4;
      SET tcp_keepalives_interval = 2;
      SET tcp_keepalives_count = 3;
      SET tcp_user_timeout = 10000;
      SET client_connection_check_interval = 1000;
      """;

  private PeerWatch() {}

  /** Begins it; false if the server can't. To be begun anew after a RESET ALL. */
  static boolean begin(Connection connection) throws SQLException {
    if (!connection.getAutoCommit()) {
      return false; // it was made by somebody who has begun to work with it
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(STATEMENTS);
      return true;
    } catch (SQLException e) {
      if (LostConnection.isLost(connection, e)) {
        throw e;
      }
      LOG.atDebug().setCause(e).log("the server doesn't watch its peer more closely");
      return false;
    }
  }
}
