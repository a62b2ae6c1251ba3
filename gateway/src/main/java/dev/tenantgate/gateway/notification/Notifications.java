package dev.tenantgate.gateway.notification;

import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.pool.PoolServices;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.channel.EventLoop;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The connections that listen, one for each database and user. Thread-safe. */
public final class Notifications {

  /** The channel of marks, which all listening connections of gateways hear. */
  public static final String MARKS = "tenantgate_marks";

  private final Map<PoolKey, ListeningConnection> connections = new ConcurrentHashMap<>();
  private final PoolServices pools;

  /** With the pools whose credentials it logs in by. */
  public Notifications(PoolServices pools) {
    this.pools = pools;
  }

  /**
   * Has a session listen on more channels, or on fewer; called on its event loop.
   *
   * @param added on which it didn't listen
   * @param removed on which it did
   * @param mark of which the session is told when it comes; null for none
   * @param done told on the same loop once the server has everything, or why it hasn't; every
   *     notification of a transaction that was committed before the call is handed over by then
   */
  public void listen(
      PoolKey key,
      Subscriber subscriber,
      Collection<String> added,
      Collection<String> removed,
      @Nullable String mark,
      Outcome done) {
    EventLoop home = subscriber.eventLoop();
    ListeningConnection connection =
        connections.computeIfAbsent(key, absent -> new ListeningConnection(absent, home, pools));
    connection.listen(subscriber, List.copyOf(added), List.copyOf(removed), mark, done);
  }

  /** A notification that a backend of a pool's was told of, as clients know its sender. */
  public Notification shown(Notification raw) {
    return raw.shownAs(pools.shownAs(raw.sender()));
  }

  /** Has a backend that listens hear a mark among its notifications; no disk is waited for. */
  public static String markSql(String mark) {
    return "SET LOCAL synchronous_commit TO off; LISTEN %s; NOTIFY %s, '%s'"
        .formatted(MARKS, MARKS, mark);
  }

  /** Ends a session that may have missed notifications, for the reason in the detail. */
  public static Report missed(String detail) {
    return Report.fatal(
            SqlState.ADMIN_SHUTDOWN, "terminating connection: notifications may have been missed")
        .withDetail(detail)
        .withHint("Connect again, LISTEN again, and look at what may have changed meanwhile.");
  }

  /** Whether there is a connection that listens in a database. */
  public boolean isHeardIn(String database) {
    for (PoolKey key : connections.keySet()) {
      if (key.database().equals(database)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Waits until every notification has come that was sent by transactions so far, on all
   * connections that listen in a database.
   *
   * @param loop that the end of it is told on
   */
  public void awaitAll(String database, EventLoop loop, Runnable done) {
    AtomicInteger open = new AtomicInteger(1);
    Runnable oneLess =
        () -> {
          if (open.decrementAndGet() == 0) {
            ListeningConnection.onLoop(loop, done);
          }
        };
    connections.forEach(
        (key, connection) -> {
          if (key.database().equals(database)) {
            open.incrementAndGet();
            connection.await(oneLess);
          }
        });
    oneLess.run();
  }

  /** A session that has listened is over. */
  public void leave(PoolKey key, Subscriber subscriber) {
    ListeningConnection connection = connections.get(key);
    if (connection != null) {
      connection.leave(subscriber);
    }
  }

  /**
   * Another server is in use: those that listen at others end, with the sessions they listen for.
   */
  public void leaveOthers() {
    connections.values().forEach(ListeningConnection::leaveOthers);
  }

  /** Ends the connections; nobody is told. */
  public void close() {
    connections.values().forEach(ListeningConnection::close);
  }
}
