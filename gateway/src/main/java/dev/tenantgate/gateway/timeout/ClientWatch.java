package dev.tenantgate.gateway.timeout;

import dev.tenantgate.config.ClientTimeouts;
import dev.tenantgate.config.PoolSettings.Own;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.memory.OutboundMemory;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.channel.Channel;
import java.time.Duration;

/**
 * Holds one client against its timeouts, at each look of the {@link TimeoutSweep}. Between two
 * looks the client leaves marks that cost next to nothing: that it was active, and how many of its
 * exchanges and transactions have ended. Event-loop confined.
 *
 * <ul>
 *   <li>a query that the server works on for too long is cancelled ({@link QueryTimeout});
 *   <li>a transaction that lasts too long ends with its client;
 *   <li>so does a client that has a backend and leaves it idle: within a transaction, with a
 *       message, a batch or copied data that it doesn't send to the end, or with an answer of which
 *       it reads nothing;
 *   <li>and one that does nothing outside of transactions.
 * </ul>
 *
 * <p>A replica copies tables, streams and waits as long as it takes: it may only not leave a
 * transaction idle.
 */
public final class ClientWatch {

  /** Nothing of the kind is under way. */
  static final long NONE = Long.MIN_VALUE;

  private final WatchedClient client;
  private final boolean replica;
  private final TimeoutSweep sweep;
  private final OutboundMemory outbound;
  private final QueryTimeout query;
  private int place;

  /** The client, or its backend, has sent something since the last look. */
  private boolean active = true;

  /** The look at which it was seen to be active last. */
  private long activeNanos;

  /** Bytes that the client hadn't read at the last look, and since when it has read none. */
  private long unread;

  private long readNanos;

  /** Since when a transaction has been under way, and how many had ended before. */
  private long transactionNanos = NONE;

  private long transactions;

  /**
   * Begins to hold a client against its timeouts.
   *
   * @param frontend its connection
   * @param replica whether it asks for replication
   */
  public ClientWatch(WatchedClient client, Channel frontend, boolean replica, TimeoutSweep sweep) {
    this.client = client;
    this.replica = replica;
    this.sweep = sweep;
    this.outbound = OutboundMemory.of(frontend);
    this.query = new QueryTimeout(client, frontend.eventLoop());
    sweep.enter(this);
  }

  int place() {
    return place;
  }

  void placeIs(int other) {
    place = other;
  }

  /** The client has sent something, or the backend has. */
  public void active() {
    active = true;
  }

  /** The query that takes too long, if one does. */
  public QueryTimeout query() {
    return query;
  }

  /** The session ends. */
  public void end() {
    sweep.leave(this);
  }

  // ---- a look

  /** Ends, or cancels, whatever takes too long. */
  void look(long now) {
    if (client.isEnded()) {
      return;
    }
    noteActivity(now);
    ClientTimeouts limits = client.timeouts();
    if (isLeftIdle(limits.idleTransaction(), now)) {
      client.fail(idleInTransaction(limits.idleTransaction()));
    } else if (!replica) {
      lookAtClient(limits, now);
    }
  }

  private void lookAtClient(ClientTimeouts limits, long now) {
    noteTransaction(now);
    if (isOver(limits.transaction(), transactionNanos, now)) {
      endTransaction(limits.transaction());
    } else if (isOver(limits.clientIdle(), activeNanos, now) && client.isAtRest()) {
      client.fail(clientIdle(limits.clientIdle()));
    } else {
      query.look(limits.query(), now);
    }
  }

  private void noteActivity(long now) {
    if (active) {
      active = false;
      activeNanos = now;
    }
    long before = unread;
    unread = outbound.pending();
    if (unread == 0 || unread != before) {
      readNanos = now;
    }
  }

  private void noteTransaction(long now) {
    long ended = client.traffic().transactions();
    if (!client.isUnderWay()) {
      transactionNanos = NONE;
    } else if (transactionNanos == NONE || ended != transactions) {
      transactionNanos = Math.min(now, client.traffic().transactionBeganNanos(now));
    }
    transactions = ended;
  }

  private static boolean isOver(Duration limit, long since, long now) {
    return !limit.isZero() && since != NONE && now - since >= limit.toNanos();
  }

  private boolean isLeftIdle(Duration limit, long now) {
    return isOver(limit, activeNanos, now)
        && client.keepsBackend()
        && (client.waitsForClient() || isOver(limit, readNanos, now));
  }

  /** The query under way is stopped first: the server finds the client gone only behind it. */
  private void endTransaction(Duration limit) {
    PooledBackend backend = client.cancellable();
    if (backend != null && client.isWorking()) {
      backend.cancel(() -> {});
    }
    client.fail(
        Report.fatal(
                SqlState.TRANSACTION_TIMEOUT, "terminating connection due to transaction timeout")
            .withDetail(
                "Its transaction is open for longer than %d ms (%s)."
                    .formatted(limit.toMillis(), client.keyOf(Own.TRANSACTION_TIMEOUT))));
  }

  private Report idleInTransaction(Duration limit) {
    return Report.fatal(
            SqlState.IDLE_IN_TRANSACTION_TIMEOUT,
            "terminating connection due to idle-in-transaction timeout")
        .withDetail(
            (client.waitsForClient()
                    ? "The client has left its backend idle for longer than %d ms (%s)."
                    : "The client has read nothing of its answer for longer than %d ms (%s).")
                .formatted(limit.toMillis(), client.keyOf(Own.IDLE_TRANSACTION_TIMEOUT)));
  }

  private Report clientIdle(Duration limit) {
    return Report.fatal(
            SqlState.IDLE_SESSION_TIMEOUT, "terminating connection due to idle-session timeout")
        .withDetail(
            "The client has done nothing for longer than %d ms (%s)."
                .formatted(limit.toMillis(), client.keyOf(Own.CLIENT_IDLE_TIMEOUT)));
  }
}
