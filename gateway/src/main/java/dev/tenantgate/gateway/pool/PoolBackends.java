package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.BackendOwner;
import dev.tenantgate.gateway.backend.LeaseHolder;
import dev.tenantgate.gateway.backend.OpenServer;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Standing;
import dev.tenantgate.gateway.connect.AbandonedQuery;
import dev.tenantgate.gateway.connect.CancelForwarder;
import dev.tenantgate.gateway.connect.LoggedInBackend;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.channel.ChannelFutureListener;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The backends of a {@link BackendPool}, each from its login to its end: what comes back serves the
 * next, unless it is too old, outdated or one too many. Event-loop confined.
 */
final class PoolBackends implements BackendOwner {

  private final BackendPool pool;
  private final PoolServices services;
  private final IdleBackends idle;
  private final PoolUpkeep upkeep;
  private final ServerKnowledge server;
  private final PoolLog log;
  private final Set<PooledBackend> all = new HashSet<>();

  /** Raised when a new session would be another than those that have begun. */
  private long epoch;

  PoolBackends(
      BackendPool pool,
      PoolServices services,
      IdleBackends idle,
      PoolUpkeep upkeep,
      ServerKnowledge server) {
    this.pool = pool;
    this.services = services;
    this.idle = idle;
    this.upkeep = upkeep;
    this.server = server;
    this.log = new PoolLog(services.log(), pool.key());
  }

  /** How many there are. */
  int size() {
    return all.size();
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** All of them, for people. */
  List<OpenServer> describe() {
    long now = services.nanoTime();
    return all.stream()
        .map(each -> OpenServer.of(pool.key(), each, now, isOutdated(each)))
        .toList();
  }

  // ---- the beginning of backends

  /**
   * A connection has been opened: who waits gets it, once all is known that has to be.
   *
   * @param notices what the server said to the user meanwhile
   * @param since the epoch in which its login began
   */
  void add(LoggedInBackend connection, List<byte[]> notices, long since) {
    PooledBackend backend =
        new PooledBackend(connection, this, new Standing(services.nanoTime(), since));
    if (services.isLeft(backend.channel())) {
      backend.standing().outdate(); // its login was under way
    }
    all.add(backend);
    services.opened(backend);
    connection.channel().pipeline().addLast("pooled", backend);
    connection.channel().config().setAutoRead(true);
    if (connection.channel().isActive()) {
      server.learnFrom(backend, connection.parameters(), notices);
    } else {
      closed(backend);
    }
  }

  // ---- the end of leases

  @Override
  public void giveBack(PooledBackend backend) {
    pool.endLease(backend);
    pool.meter().pooledReturned();
    if (!backend.isUsable() || isOutdated(backend)) {
      close(backend, false);
      pool.openIfNeeded();
    } else if (backend.cancels().takeAsked()) {
      // The server has been told to cancel whatever runs on it: nobody else's query may.
      backend.cancels().whenTaken(() -> upkeep.check(backend));
    } else {
      server.serve(backend);
    }
  }

  /** Gives a backend that nobody has to who waits, or keeps it. */
  void serve(PooledBackend backend) {
    upkeep.served();
    if (upkeep.isTooOld(backend)
        || !backend.isBetweenTransactions()
        || isOutdated(backend)
        || pool.isToBeSpared()
        || all.size() > pool.rules().size()
        || pool.isClosed()) {
      close(backend, false);
      pool.openIfNeeded();
      return;
    }
    idle.add(backend);
    upkeep.becameIdle(backend);
    pool.serveWaiters();
  }

  // ---- other defaults at the server

  /**
   * A session that begins now may be another than those that have begun: by its defaults, its
   * rights, or whether there may be one at all. Idle backends are closed, lent ones when they come
   * back; what is known of a fresh connection is forgotten.
   */
  void renew() {
    assert pool.eventLoop().inEventLoop();
    epoch++;
    server.forget();
    idle.all().forEach(backend -> close(backend, false));
    pool.openIfNeeded();
  }

  /** Another server is in use: sessions there may be others in all that is known of them. */
  void leaveOthers() {
    if (all.stream().anyMatch(each -> services.isLeft(each.channel()))) {
      renew();
    }
  }

  long epoch() {
    return epoch;
  }

  private boolean isOutdated(PooledBackend backend) {
    return backend.standing().epoch() != epoch || backend.standing().isOutdated();
  }

  /** Whether those who wait may get a backend although none could be opened. */
  boolean hasHope() {
    return pool.openings().underWay() > 0 || all.stream().anyMatch(backend -> !isOutdated(backend));
  }

  // ---- the end of backends

  @Override
  public void discard(PooledBackend backend) {
    pool.endLease(backend);
    pool.meter().pooledReturned();
    close(backend, true);
    pool.openIfNeeded();
  }

  /** A client has left in the middle of its query, which the server goes on with. */
  @Override
  public AbandonedQuery abandon(PooledBackend backend, CancelKey key) {
    pool.endLease(backend);
    pool.meter().pooledReturned();
    gone(backend, false);
    AbandonedQuery query = AbandonedQuery.leave(backend.channel(), key, services.canceller());
    pool.openIfNeeded();
    return query;
  }

  /**
   * Closes a backend that nobody has.
   *
   * @param abruptly without a Terminate, which could complete half a message of a client's
   */
  void close(PooledBackend backend, boolean abruptly) {
    idle.remove(backend);
    if (abruptly || !backend.channel().isActive()) {
      backend.channel().close();
    } else {
      backend
          .channel()
          .writeAndFlush(FrontendMessage.terminate(backend.channel().alloc()))
          .addListener(ChannelFutureListener.CLOSE);
    }
    gone(backend, false);
  }

  /** A backend's connection has ended. */
  @Override
  public void closed(PooledBackend backend) {
    idle.remove(backend);
    LeaseHolder lessee = backend.lessee();
    if (lessee != null) {
      pool.endLease(backend);
    }
    gone(backend, lessee != null);
    pool.openIfNeeded();
  }

  private void gone(PooledBackend backend, boolean lent) {
    if (all.remove(backend)) {
      services.gone(backend);
      pool.meter().pooledClosed(lent);
      services.budget().release(pool.key());
    }
  }

  @Override
  public void endedWhileIdle(PooledBackend backend, Report report) {
    log.endedWhileIdle(report);
    if (idle.remove(backend)) {
      close(backend, true);
    }
  }

  /** A fresh backend has logged in, and doesn't answer: the server can't be reached. */
  void fellSilent(PooledBackend backend) {
    all.remove(backend); // no hope for those who wait
    upkeep.notOpened(PoolReports.SILENT, !hasHope());
    all.add(backend);
    close(backend, true);
  }

  @Override
  public void violated(PooledBackend backend, ProtocolViolation violation) {
    log.violated(violation);
    backend.channel().close();
  }

  @Override
  public void failed(PooledBackend backend, Throwable cause) {
    log.failed(cause);
    backend.channel().close();
  }

  @Override
  public void forwardCancel(
      PooledBackend backend, CancelKey cancelKey, CancelForwarder.Outcome outcome) {
    services.canceller().forward(backend.channel(), cancelKey, outcome);
  }
}
