package dev.tenantgate.migrator;

import dev.tenantgate.config.DrainSettings;
import dev.tenantgate.migrator.announce.Announcer;
import dev.tenantgate.migrator.announce.ChangeFeed;
import dev.tenantgate.migrator.announce.ChangeListener;
import dev.tenantgate.migrator.announce.ConnectionSource;
import dev.tenantgate.migrator.connection.ProcessName;
import dev.tenantgate.migrator.connection.WorkerConnections;
import dev.tenantgate.migrator.drain.Drainer;
import dev.tenantgate.migrator.drain.Membership;
import dev.tenantgate.migrator.drain.MembershipListener;
import dev.tenantgate.migrator.history.DrainTables;
import dev.tenantgate.migrator.history.HistoryLook;
import dev.tenantgate.migrator.session.RegistryAccess;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.survey.SchemaNames;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * This process among the gateways on the database: it hears of changes, and answers drains.
 * Thread-safe.
 */
public final class Gateways {

  /** An answer that takes longer means that the connection for announcements is broken. */
  private static final Duration FEED_TIMEOUT = Duration.ofSeconds(30);

  private final String instance;
  private final String holder;
  private final Sessions sessions;
  private final WorkerConnections connections;
  private final SchemaNames names;
  private final Drainer drainer;
  private final Set<Membership> memberships = ConcurrentHashMap.newKeySet();
  private final Set<ChangeFeed> feeds = ConcurrentHashMap.newKeySet();

  /**
   * Prepares the place of a process.
   *
   * @param instance tells this migrator from all others, in announcements
   * @param holder this process, as leases name it
   */
  Gateways(
      String instance,
      String holder,
      Sessions sessions,
      SchemaNames names,
      DrainSettings settings,
      Announcer announcer) {
    this.instance = instance;
    this.holder = holder;
    this.sessions = sessions;
    this.connections = sessions.connections();
    this.names = names;
    this.drainer =
        new Drainer(
            settings, connections::borrow, announcer, () -> memberships.forEach(Membership::look));
  }

  /** Lets transactions of gateways end before migrations. */
  Drainer drainer() {
    return drainer;
  }

  /**
   * Has a listener told of the changes that other processes make, right after they did; where the
   * server can't (CockroachDB), nothing is told.
   *
   * @return ends with the migrator, if it isn't closed before
   */
  public ChangeFeed follow(ChangeListener listener) {
    ChangeFeed feed =
        ChangeFeed.start(
            instance,
            kept(() -> connections.openOwn(FEED_TIMEOUT)),
            names::named,
            this::lookAt,
            listener);
    feeds.add(feed);
    return feed;
  }

  private List<HistoryLook.Found> lookAt(Connection connection, List<SchemaRef> schemas)
      throws SQLException {
    return sessions.isExternal()
        ? List.of()
        : new HistoryLook(sessions.historyName(), sessions.histories()).at(connection, schemas);
  }

  /**
   * Takes a place among the gateways on the database: migrations that aren't online wait for those
   * until none of their transactions is under way on the schema.
   *
   * @param lease how long they wait for one that isn't heard of any more
   * @return yet to be started; ends with the migrator, if it isn't closed before
   */
  public Membership join(Duration lease, MembershipListener listener) {
    // Nothing is to be waited for longer than the lease: it would run out unnoticed.
    Duration patience = Duration.ofSeconds(Math.max(1, lease.toSeconds() / 2));
    Membership membership =
        new Membership(
            holder,
            ProcessName.hostName(),
            lease,
            kept(() -> connections.open(patience)),
            connections::processes,
            listener,
            drainer::look);
    memberships.add(membership);
    return membership;
  }

  /** Of connections that are kept for long: they follow when the server is another. */
  private ConnectionSource kept(ConnectionSource source) {
    return new ConnectionSource() {
      @Override
      public Connection connect() throws SQLException {
        return source.connect();
      }

      @Override
      public boolean isLeft(Connection connection) {
        return connections.isLeft(connection);
      }
    };
  }

  /** The gateways on the database, by their ids; none where there never was one. */
  public List<GatewayMember> members() throws SQLException {
    List<GatewayMember> members = new ArrayList<>();
    try (Connection connection = connections.borrow();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(DrainTables.THERE)) {
      while (row.next()) {
        members.add(
            new GatewayMember(
                row.getString(1),
                row.getString(2),
                row.getObject(3, OffsetDateTime.class).toInstant()));
      }
    } catch (SQLException e) {
      if (!RegistryAccess.isMissing(e)) {
        throw e;
      }
    }
    return members;
  }

  void close() {
    drainer.close();
    memberships.forEach(Membership::close);
    feeds.forEach(ChangeFeed::close);
  }
}
