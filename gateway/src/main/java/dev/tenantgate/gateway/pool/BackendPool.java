package dev.tenantgate.gateway.pool;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.AbandonedQuery;
import dev.tenantgate.gateway.backend.BackendOwner;
import dev.tenantgate.gateway.backend.CancelForwarder;
import dev.tenantgate.gateway.backend.LeaseHolder;
import dev.tenantgate.gateway.backend.LoggedInBackend;
import dev.tenantgate.gateway.backend.OpenServer;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.ServerProfile;
import dev.tenantgate.gateway.backend.Standing;
import dev.tenantgate.gateway.pool.WaitQueue.Waiter;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.scan.PlainTexts;
import dev.tenantgate.gateway.statements.StatementTexts;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The backends of one database and user on one event loop, lent for a transaction each to whichever
 * client of any tenant comes next. An idle backend that has a client's settings already is
 * preferred; otherwise the one used last, so that those in excess grow old and are closed.
 *
 * <p>Event-loop confined.
 */
public final class BackendPool implements Lender, BackendOwner {

  private final PoolKey key;
  private final EventLoop eventLoop;
  private final PoolServices services;
  private final PoolLog log;
  private final Set<PooledBackend> all = new HashSet<>();

  private final IdleBackends idle = new IdleBackends();
  private final WaitQueue waiters = new WaitQueue();
  private final TenantShares shares;
  private final PoolTraffic meter;
  private final PoolUpkeep upkeep;
  private final Predicate<PooledBackend> mustBeChecked;
  private final PoolOpenings openings;
  private final ServerKnowledge server;
  private final SchemaChanges changes;
  private final StartupReports greetings = new StartupReports();
  private final PlainTexts plainTexts = new PlainTexts();
  private long leases;
  private int sessions;

  /** How many backends other event loops are short of that this one has to spare. */
  private int claimed;

  private boolean closed;

  /** Raised when a new session would be another than those that have begun. */
  private long epoch;

  BackendPool(PoolKey key, EventLoop eventLoop, PoolServices services) {
    this.key = key;
    this.eventLoop = eventLoop;
    this.services = services;
    this.log = new PoolLog(services.log(), key);
    this.shares = new TenantShares(services);
    this.meter = new PoolTraffic(services.meter(), services.traffic().of(key, eventLoop));
    this.upkeep = new PoolUpkeep(this, waiters, idle, services);
    this.mustBeChecked = upkeep::mustBeChecked;
    this.openings = new PoolOpenings(this, waiters, upkeep, services);
    this.server = new ServerKnowledge(this, services, idle);
    this.changes = services.changes(key.database());
  }

  @Override
  public PoolKey key() {
    return key;
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  /** The bounds in force. */
  @Override
  public PoolSettings rules() {
    return services.rules();
  }

  // ---- for sessions

  @Override
  public boolean isShared() {
    return true;
  }

  /** The texts of all clients' named statements. */
  @Override
  public StatementTexts statementTexts() {
    return services.statementTexts();
  }

  /** A client has come whose transactions run here. */
  @Override
  public void attach() {
    sessions++;
    upkeep.start();
  }

  /** It has left. */
  @Override
  public void detach() {
    sessions--;
    if (sessions == 0 && all.isEmpty()) {
      eventLoop.execute(this::removeIfUnused); // it may only become another state's
    }
  }

  /** What a fresh connection is like; null as long as there has been none. */
  @Override
  public @Nullable ServerProfile template() {
    return server.template();
  }

  /** Who asks for what belongs into the template and isn't there yet. */
  public StartupReports greetings() {
    return greetings;
  }

  /** A client has read what a sequence gave its session last. */
  @Override
  public void sequenceRead() {
    services.sequenceRead(key);
  }

  /** Whether clients of this database and user do so. */
  @Override
  public boolean readsSequences() {
    return services.readsSequences(key);
  }

  /** When the database's objects were last known to change. */
  @Override
  public SchemaChanges changes() {
    return changes;
  }

  /** A database is about to be asked for by somebody who needs it without other users. */
  @Override
  public void releaseDatabase(String database) {
    services.release(database);
  }

  /** New sessions at the server may be other ones from now on. */
  @Override
  public void lookAtDefaults() {
    services.defaults().look();
  }

  /** Texts that do nothing to their session, of all clients. */
  @Override
  public PlainTexts plainTexts() {
    return plainTexts;
  }

  /** What is known of the server, and of the functions in its database. */
  @Override
  public ServerKnowledge server() {
    return server;
  }

  /**
   * Asks for a lease.
   *
   * @return the backend; null if the lessee has to wait, and will be told, at once perhaps but not
   *     before this returns
   */
  @Override
  public @Nullable PooledBackend lease(LeaseHolder lessee) {
    assert eventLoop.inEventLoop();
    if (shares.mayHaveOne(lessee.tenant())) {
      PooledBackend backend = idle.take(lessee.settings(), mustBeChecked);
      if (backend != null) {
        lend(backend, lessee);
        return backend;
      }
    }
    if (waiters.size() >= rules().maxWaiting()) {
      eventLoop.execute(() -> lessee.refused(PoolReports.queueFull(rules().maxWaiting())));
      return null;
    }
    meter.waitStarted();
    waiters.add(new Waiter(lessee, services.nanoTime()));
    upkeep.watchWaiters();
    openIfNeeded();
    return null;
  }

  /** Whether somebody waits for a lease. */
  @Override
  public boolean isWaitedFor() {
    return waiters.size() > 0;
  }

  /** Stops waiting for a lease; whether the lessee did wait. */
  @Override
  public boolean leaveQueue(LeaseHolder lessee) {
    Waiter waiter = waiters.find(lessee);
    if (waiter != null) {
      waiters.remove(waiter);
      ended(waiter, false);
    }
    return waiter != null;
  }

  // ---- leases

  private void lend(PooledBackend backend, LeaseHolder lessee) {
    leases++;
    backend.lendTo(lessee);
    shares.lent(backend, lessee.tenant());
    meter.pooledLent();
  }

  private void endLease(PooledBackend backend) {
    backend.lendTo(null);
    shares.returned(backend);
  }

  @Override
  public void giveBack(PooledBackend backend) {
    endLease(backend);
    meter.pooledReturned();
    if (!backend.isUsable() || isOutdated(backend)) {
      close(backend, false);
      openIfNeeded();
    } else if (backend.takeCancelled()) {
      // The server has been told to cancel whatever runs on it: nobody else's query may.
      backend.whenCancelled(() -> upkeep.check(backend));
    } else {
      server.serve(backend);
    }
  }

  /** Gives a backend that nobody has to who waits, or keeps it. */
  void serve(PooledBackend backend) {
    upkeep.served();
    if (upkeep.isTooOld(backend)
        || isOutdated(backend)
        || isToBeSpared()
        || all.size() > rules().size()
        || closed) {
      close(backend, false);
      openIfNeeded();
      return;
    }
    idle.add(backend);
    upkeep.becameIdle(backend);
    if (waiters.size() > 0) {
      serveWaiters();
    }
  }

  private void serveWaiters() {
    while (!idle.isEmpty()) {
      Waiter waiter = waiters.next(shares::mayHaveOne);
      if (waiter == null) {
        return;
      }
      PooledBackend backend = idle.take(waiter.lessee.settings(), mustBeChecked);
      if (backend == null) {
        waiters.addAgain(waiter);
        checkIdle();
        return;
      }
      ended(waiter, true);
      lend(backend, waiter.lessee);
      waiter.lessee.granted(backend);
    }
  }

  private void checkIdle() {
    PooledBackend last = idle.takeLatest();
    if (last != null) {
      upkeep.check(last);
    }
  }

  private void ended(Waiter waiter, boolean granted) {
    meter.waitEnded(services.nanoTime() - waiter.sinceNanos, granted);
  }

  void refuse(Waiter waiter, Report report) {
    if (waiters.remove(waiter)) {
      ended(waiter, false);
      waiter.lessee.refused(report);
    }
  }

  // ---- opening

  /** Opens what those who wait need, as far as the bounds allow. */
  void openIfNeeded() {
    openings.openIfNeeded();
  }

  /**
   * A connection has been opened: who waits gets it, once all is known that has to be.
   *
   * @param notices what the server said to the user meanwhile
   * @param since the epoch in which its login began
   */
  void add(LoggedInBackend connection, List<byte[]> notices, long since) {
    PooledBackend backend =
        new PooledBackend(connection, this, new Standing(services.nanoTime(), since));
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

  /** Asks again what functions may set unseen, if it is time for that. */
  void askForHiddenAgain() {
    server.askAgain();
  }

  /** An idle backend that nobody has tried for long is checked before those who wait get it. */
  void checkIdleForWaiters() {
    PooledBackend latest = idle.latest();
    if (waiters.size() > 0 && latest != null && upkeep.mustBeChecked(latest)) {
      checkIdle();
    }
  }

  /** All its backends, for people. */
  List<OpenServer> describe() {
    long now = services.nanoTime();
    return all.stream().map(each -> OpenServer.of(key, each, now, isOutdated(each))).toList();
  }

  // ---- other event loops

  /**
   * Another pool may open no more backends.
   *
   * @param othersBackends how many that has
   * @param same whether it is of the same database and user, on another event loop
   */
  void claim(int othersBackends, boolean same) {
    if (!idle.isEmpty() && idle.size() > (same ? 0 : keepsWarm())) {
      close(idle.oldest(), false);
    } else if (same && (othersBackends == 0 || all.size() > othersBackends + 1)) {
      claimed = Math.min(claimed + 1, all.size());
    }
  }

  /** How many leases there have been. */
  long leases() {
    return leases;
  }

  /** Counts what the pool does. */
  PoolTraffic meter() {
    return meter;
  }

  /** How many backends nobody has. */
  int idle() {
    return idle.size();
  }

  boolean isClosed() {
    return closed;
  }

  /** How many idle backends it is to keep. */
  int keepsWarm() {
    return sessions > 0 ? rules().minIdle() : 0;
  }

  /** Nobody needs a pool that has no client and no backend. */
  void removeIfUnused() {
    if (sessions == 0 && backends() == 0 && waiters.size() == 0) {
      upkeep.stop();
      services.budget().forget(this);
      services.remove(this);
    }
  }

  /** How many backends there are, or will be in a moment. */
  int backends() {
    return all.size() + openings.underWay();
  }

  private boolean isToBeSpared() {
    if (claimed > 0) {
      claimed--;
      return true;
    }
    return waiters.size() == 0 && services.budget().isWaitedFor(this);
  }

  // ---- other defaults at the server

  /**
   * A session that begins now may be another than those that have begun: by its defaults, its
   * rights, or whether there may be one at all. Idle backends are closed, lent ones when they come
   * back; what is known of a fresh connection is forgotten.
   */
  void renew() {
    assert eventLoop.inEventLoop();
    epoch++;
    server.forget();
    idle.all().forEach(backend -> close(backend, false));
    openIfNeeded();
  }

  long epoch() {
    return epoch;
  }

  private boolean isOutdated(PooledBackend backend) {
    return backend.standing().epoch() != epoch;
  }

  /** Whether those who wait may get a backend although none could be opened. */
  boolean hasHope() {
    return openings.underWay() > 0 || all.stream().anyMatch(backend -> !isOutdated(backend));
  }

  // ---- the end of backends

  @Override
  public void discard(PooledBackend backend) {
    endLease(backend);
    meter.pooledReturned();
    close(backend, true);
    openIfNeeded();
  }

  /** A client has left in the middle of its query, which the server goes on with. */
  @Override
  public AbandonedQuery abandon(PooledBackend backend, CancelKey key) {
    endLease(backend);
    meter.pooledReturned();
    gone(backend, false);
    AbandonedQuery query = AbandonedQuery.leave(backend.channel(), key, services.canceller());
    openIfNeeded();
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
      endLease(backend);
    }
    gone(backend, lessee != null);
    openIfNeeded();
  }

  private void gone(PooledBackend backend, boolean lent) {
    if (all.remove(backend)) {
      services.gone(backend);
      meter.pooledClosed(lent);
      services.budget().release(key);
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
  public void forwardCancel(CancelKey cancelKey, CancelForwarder.Outcome outcome) {
    services.canceller().forward(eventLoop, cancelKey, outcome);
  }

  /** Closes what is idle, and each other backend when it comes back. */
  void close() {
    closed = true;
    services.budget().forget(this);
    upkeep.stop();
    waiters.forEach(waiter -> refuse(waiter, PoolReports.SHUTTING_DOWN));
    idle.all().forEach(backend -> close(backend, false));
  }
}
