package dev.tenantgate.gateway.pool;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.LeaseHolder;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.ServerProfile;
import dev.tenantgate.gateway.backend.Standing;
import dev.tenantgate.gateway.pool.WaitQueue.Waiter;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.scan.PlainTexts;
import dev.tenantgate.gateway.statements.StatementTexts;
import io.netty.channel.EventLoop;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The backends of one database and user on one event loop, lent for a transaction each to whichever
 * client of any tenant comes next. An idle backend that has a client's settings already is
 * preferred; otherwise the one used last, so that those in excess grow old and are closed.
 *
 * <p>Event-loop confined.
 */
public final class BackendPool implements Lender {

  private final PoolKey key;
  private final EventLoop eventLoop;
  private final PoolServices services;
  private final OwnRules rules;

  private final IdleBackends idle = new IdleBackends();
  private final WaitQueue waiters = new WaitQueue();
  private final TenantShares shares;
  private final PoolTraffic meter;
  private final PoolUpkeep upkeep;
  private final Predicate<PooledBackend> mustBeChecked;
  private final Predicate<Object> mayHaveOne;
  private final PoolOpenings openings;
  private final ServerKnowledge server;
  private final PoolBackends backends;
  private final SchemaChanges changes;
  private final StartupReports startupReports = new StartupReports();
  private final PlainTexts plainTexts = new PlainTexts();
  private long leases;

  /** The share of the lease that is about to begin. */
  private Standing.@Nullable Share taken;

  private int sessions;

  private final PoolClaims claims = new PoolClaims();
  private boolean closed;

  BackendPool(PoolKey key, EventLoop eventLoop, PoolServices services) {
    this.key = key;
    this.eventLoop = eventLoop;
    this.services = services;
    this.rules = new OwnRules(services, key);
    this.shares = services.shares(key);
    this.meter = new PoolTraffic(services.meter(), services.traffic().of(key, eventLoop));
    this.upkeep = new PoolUpkeep(this, waiters, idle, services);
    this.mustBeChecked = upkeep::mustBeChecked;
    this.mayHaveOne = tenant -> (taken = shares.take(tenant)) != null;
    this.openings = new PoolOpenings(this, waiters, upkeep, services);
    this.server = new ServerKnowledge(this, services, idle);
    this.backends = new PoolBackends(this, services, idle, upkeep, server);
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
    return rules.get();
  }

  /** How many backends it may have. On any thread. */
  BackendBounds bounds() {
    return rules.bounds();
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
    if (sessions == 0 && backends.isEmpty()) {
      eventLoop.execute(this::removeIfUnused); // it may only become another state's
    }
  }

  /** A fresh connection's profile; null before the first connection. */
  @Override
  public @Nullable ServerProfile template() {
    return server.template();
  }

  /** The questions under way for reports that the template lacks. */
  public StartupReports startupReports() {
    return startupReports;
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

  /** The pool's knowledge of the server, and of the functions in its database. */
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
    boolean refused = false;
    if (!idle.isEmpty() && !services.hold().isPaused(key.database())) {
      refused = !mayHaveOne.test(lessee.tenant());
      PooledBackend backend = refused ? null : idle.take(lessee.settings(), mustBeChecked);
      if (backend != null) {
        lend(backend, lessee, lessee.tenant());
        return backend;
      }
      giveShareBack();
    }
    if (waiters.size() >= rules().maxWaiting()) {
      eventLoop.execute(() -> lessee.refused(PoolReports.queueFull(rules().maxWaiting())));
      return null;
    }
    meter.waitStarted();
    waiters.add(new Waiter(lessee, services.nanoTime()));
    if (refused && shares.await(this)) {
      eventLoop.execute(this::serveWaiters);
    }
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

  private void lend(PooledBackend backend, LeaseHolder lessee, Object tenant) {
    leases++;
    backend.lendTo(lessee);
    backend.standing().countsFor(tenant, Objects.requireNonNull(taken));
    taken = null;
    meter.pooledLent();
  }

  void endLease(PooledBackend backend) {
    backend.lendTo(null);
    backend.standing().countsNoMore();
  }

  /** Lends what is idle to those who wait. */
  void serveWaiters() {
    while (waiters.size() > 0 && !idle.isEmpty() && !services.hold().isPaused(key.database())) {
      Waiter waiter = waiters.next(mayHaveOne);
      if (waiter == null && !shares.await(this)) {
        return;
      } else if (waiter == null) {
        continue; // a share may have been given back in the same moment
      }
      PooledBackend backend = idle.take(waiter.lessee.settings(), mustBeChecked);
      if (backend == null) {
        giveShareBack();
        waiters.addAgain(waiter);
        checkIdle();
        return;
      }
      ended(waiter, true);
      lend(backend, waiter.lessee, waiter.tenant);
      waiter.lessee.granted(backend);
    }
  }

  private void giveShareBack() {
    Standing.Share share = taken;
    taken = null;
    if (share != null) {
      share.end();
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

  /** An outage or a pause is over. */
  void goOn() {
    serveWaiters();
    openIfNeeded();
  }

  /** Opens what those who wait need, as far as the bounds allow. */
  void openIfNeeded() {
    openings.openIfNeeded();
  }

  /**
   * Another event loop has given up a backend. The waiters here may have got one of this pool's
   * meanwhile; then the next pool that waits is called in its place.
   */
  void takeReleased() {
    if (openings.areNeeded()) {
      openIfNeeded();
    } else {
      services.budget().callNext();
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

  // ---- other event loops

  /**
   * Another pool may open no more backends.
   *
   * @param othersBackends how many that has
   * @param same whether it is of the same database and user, on another event loop
   */
  void claim(int othersBackends, boolean same) {
    if (!idle.isEmpty() && idle.size() > (same ? 0 : keepsWarm())) {
      backends.close(idle.oldest(), false);
    } else if (same) {
      claims.add(backends.size(), othersBackends);
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

  /** The backends that it has. */
  PoolBackends backends() {
    return backends;
  }

  /** The backends that it is about to have. */
  PoolOpenings openings() {
    return openings;
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
    if (sessions == 0 && backendsSoon() == 0 && waiters.size() == 0) {
      upkeep.stop();
      services.budget().forget(this);
      services.remove(this);
    }
  }

  /** How many backends there are, or will be in a moment. */
  int backendsSoon() {
    return backends.size() + openings.underWay();
  }

  boolean isToBeSpared() {
    return claims.take() || (waiters.size() == 0 && services.budget().isWaitedFor(this));
  }

  /** Closes what is idle, and each other backend when it comes back. */
  void close() {
    closed = true;
    services.budget().forget(this);
    upkeep.stop();
    waiters.forEach(waiter -> refuse(waiter, PoolReports.SHUTTING_DOWN));
    idle.all().forEach(backend -> backends.close(backend, false));
  }
}
