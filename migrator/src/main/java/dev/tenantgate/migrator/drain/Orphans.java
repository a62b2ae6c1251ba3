package dev.tenantgate.migrator.drain;

import dev.tenantgate.migrator.history.DrainTables;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leftovers of gateways that are killed, hang, or are cut off from the database: transactions
 * that stay open at the server, with their locks, until its keepalive notices, hours later. Once a
 * gateway's row has expired nobody vouches for them, and they are ended; a minute later its idle
 * connections as well, which take up the server's places.
 *
 * <p>A process is taken for a gateway's only if it has been there since before the gateway said so:
 * the number may have been given to another since. All that is decided is looked at again in the
 * statement that does it, for the gateway may be back.
 *
 * <p>Thread-safe.
 */
public final class Orphans {

  private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);

  private static final String INSUFFICIENT_PRIVILEGE = "42501";

  /** undefined_function, feature_not_supported. */
  private static final Set<String> UNSUPPORTED = Set.of("42883", "0A000");

  private static final String OF_ONE_GONE =
      """
      FROM tenantgate.gateway g JOIN pg_catalog.pg_stat_activity a ON a.pid = ANY (g.backends) \
      WHERE g.expires_at <= pg_catalog.clock_timestamp() \
      AND a.datname = pg_catalog.current_database() \
      """;

  /** One that is idle is left for a while: a gateway that only hung goes on with it. */
  private static final String NOBODYS =
      """
      a.backend_start <= g.backends_at AND (a.xact_start IS NOT NULL \
      OR g.expires_at < pg_catalog.clock_timestamp() - INTERVAL '1 minute') \
      """;

  /** Gateway, host, process, user, whether it is hidden, schemas. */
  private static final String FIND =
      """
      SELECT g.id, g.host, a.pid, a.usename, a.backend_start IS NULL, \
      ARRAY(SELECT DISTINCT n.nspname::text FROM pg_catalog.pg_locks l \
      JOIN pg_catalog.pg_class c ON c.oid = l.relation \
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
      WHERE l.pid = a.pid AND l.database = a.datid) \
      """
          + OF_ONE_GONE
          + "AND (("
          + NOBODYS
          + ") OR (a.backend_start IS NULL"
          + " AND EXISTS (SELECT 1 FROM pg_catalog.pg_locks h WHERE h.pid = a.pid)))";

  private static final String END =
      "SELECT pg_catalog.pg_terminate_backend(a.pid) "
          + OF_ONE_GONE
          + "AND "
          + NOBODYS
          + "AND g.id = ? AND a.pid = ?";

  /** Forgets the backends of expired gateways once none of these is there any more. */
  private static final String FORGET =
      """
      UPDATE tenantgate.gateway g SET backends = NULL \
      WHERE g.expires_at <= pg_catalog.clock_timestamp() AND g.backends IS NOT NULL \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity a WHERE a.pid = ANY (g.backends) \
      AND a.datname = pg_catalog.current_database() \
      AND (a.backend_start IS NULL OR a.backend_start <= g.backends_at))\
      """;

  /** The orphans that the log tells of already, by {@link #key}. */
  private final Set<String> told = ConcurrentHashMap.newKeySet();

  private volatile boolean unsupported;

  /** Whether the server has no such thing, as CockroachDB. */
  boolean areUnsupported() {
    return unsupported;
  }

  /**
   * Ends all.
   *
   * @return those that are there still: they take a moment, or may not be ended by this account
   */
  List<Orphan> end(Connection connection) throws SQLException {
    List<Orphan> found = end(connection, orphan -> true);
    if (found.isEmpty() && !unsupported) {
      forget(connection);
    }
    return found;
  }

  /** Ends all, and forgets the gateways that are gone for good, with their answers. */
  public void tidy(Connection connection) throws SQLException {
    if (!unsupported && Members.read(connection).left()) {
      end(connection);
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(DrainTables.transaction(DrainTables.tidy()));
    }
  }

  /**
   * Ends those that are among these.
   *
   * @param processes at the server
   */
  public void endAmong(Connection connection, Collection<Integer> processes) throws SQLException {
    if (!unsupported && Members.read(connection).left()) {
      end(connection, orphan -> processes.contains(orphan.backend()));
    }
  }

  private List<Orphan> end(Connection connection, Predicate<Orphan> which) throws SQLException {
    if (unsupported) {
      return List.of();
    }
    try {
      List<Orphan> found = find(connection);
      told.retainAll(found.stream().map(Orphans::key).toList());
      for (Orphan orphan : found) {
        if (which.test(orphan)) {
          end(connection, orphan);
        }
      }
      return found;
    } catch (SQLException e) {
      if (!UNSUPPORTED.contains(String.valueOf(e.getSQLState()))) {
        throw e;
      }
      LOG.atDebug().setCause(e).log("what gateways leave behind can't be ended at this server");
      unsupported = true;
      return List.of();
    }
  }

  private static List<Orphan> find(Connection connection) throws SQLException {
    List<Orphan> found = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(FIND)) {
      while (rows.next()) {
        found.add(
            new Orphan(
                rows.getString(1),
                rows.getString(2),
                rows.getInt(3),
                String.valueOf(rows.getString(4)),
                rows.getBoolean(5),
                texts(rows.getArray(6))));
      }
    }
    return found;
  }

  private static Set<String> texts(Array array) throws SQLException {
    return Set.of((String[]) array.getArray());
  }

  private void end(Connection connection, Orphan orphan) throws SQLException {
    if (orphan.hidden()) {
      mayNot(orphan);
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(END)) {
      statement.setString(1, orphan.gateway());
      statement.setInt(2, orphan.backend());
      try (ResultSet ended = statement.executeQuery()) {
        if (ended.next() && ended.getBoolean(1) && isNews(orphan)) {
          LOG.atWarn()
              .addKeyValue("gateway", orphan.gateway())
              .addKeyValue("host", orphan.host())
              .addKeyValue("backend", orphan.backend())
              .addKeyValue("user", orphan.user())
              .addKeyValue("schemas", orphan.schemas())
              .log("a connection is ended whose gateway is gone");
        }
      }
    } catch (SQLException e) {
      if (!INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
        throw e;
      }
      mayNot(orphan);
    }
  }

  private static String key(Orphan orphan) {
    return orphan.backend() + " of " + orphan.gateway();
  }

  private boolean isNews(Orphan orphan) {
    return told.add(key(orphan));
  }

  private static void forget(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(FORGET);
    }
  }

  private void mayNot(Orphan orphan) {
    if (isNews(orphan)) {
      LOG.atWarn()
          .addKeyValue("gateway", orphan.gateway())
          .addKeyValue("host", orphan.host())
          .addKeyValue("backend", orphan.backend())
          .addKeyValue("user", orphan.user())
          .log(
              "what a gateway that is gone has left open may not be ended by this account: it needs"
                  + " pg_signal_backend and pg_read_all_stats, or to be a member of that user");
    }
  }
}
