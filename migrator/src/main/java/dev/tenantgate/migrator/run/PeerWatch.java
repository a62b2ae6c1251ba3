package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.connection.LostConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the server notice within about ten seconds, instead of two hours, that nobody is at the other
 * end of a connection any more, and free what its transaction has locked: whether it waits for the
 * next message, for its answer to be taken, or is busy. A migration that is at work on our side
 * isn't cut short by any of it, for its host answers.
 *
 * <p>Set as the session goes on, by those names that the server knows: as startup parameters
 * poolers would refuse them, and so would older servers. Stateless.
 */
final class PeerWatch {

  private static final Logger LOG = LoggerFactory.getLogger(PeerWatch.class);

  /** Seconds for keepalives, milliseconds for the others. */
  private static final String SETTINGS =
      """
      SELECT pg_catalog.set_config(s.name, w.setting, false) FROM (VALUES \
      ('tcp_keepalives_idle', '4'), ('tcp_keepalives_interval', '2'), \
      ('tcp_keepalives_count', '3'), ('tcp_user_timeout', '10000'), \
      ('client_connection_check_interval', '2000')) AS w (name, setting) \
      JOIN pg_catalog.pg_settings s ON s.name = w.name\
      """;

  private PeerWatch() {}

  /** Begins it, as far as the server can; to be begun anew after a DISCARD ALL. */
  static void begin(Connection connection) throws SQLException {
    if (!connection.getAutoCommit()) {
      return; // it was made by somebody who has begun to work with it
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(SETTINGS);
    } catch (SQLException e) {
      if (LostConnection.isLost(connection, e)) {
        throw e;
      }
      LOG.atDebug().setCause(e).log("the server doesn't watch its peer more closely");
    }
  }
}
