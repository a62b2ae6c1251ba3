package dev.tenantgate.gateway.pool;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.CancelForwarder;
import dev.tenantgate.gateway.backend.LoggedInBackend;
import dev.tenantgate.gateway.pool.WaitQueue.Waiter;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.state.SessionSettings;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The backends of one database and user on one event loop, lent for a transaction each to whichever
 * client of any tenant comes next. An idle backend that has a client's settings already is
 * preferred; otherwise the one used last, so that those in excess grow old and are closed.
 *
 * <p>Event-loop confined.
 */
public final class BackendPool {

  /** Stands for every parameter. */
  public static final String ANY_SETTING = HiddenSettings.ANY;

  /** How far into the idle ones a backend with the settings wanted is looked for. */
  private static final int SEARCH_DEPTH = 32;

  /** How often a pool in use looks for new functions that set parameters. */
  private static final Duration HIDDEN_INTERVAL = Duration.ofSeconds(5);

  private final PoolKey key;
  private final EventLoop eventLoop;
  private final PoolServices services;
  private final Set<PooledBackend> all = new HashSet<>();

  /** The one used last is the last. */
  private final ArrayDeque<PooledBackend> idle = new ArrayDeque<>();

  private final WaitQueue waiters = new WaitQueue();
  private final Map<Object, Integer> lentTo = new HashMap<>();
  private final PoolUpkeep upkeep;
  private final Greetings greetings = new Greetings();
  private @Nullable PoolTemplate template;
  private Set<String> hidden = Set.of();
  private long hiddenAskedNanos;
  private long leases;
  private long leasesWhenAsked;
  private int opening;
  private int sessions;

  /** How many backends other event loops are short of that this one has to spare. */
  private int claimed;

  private boolean closed;

  BackendPool(PoolKey key, EventLoop eventLoop, PoolServices services) {
    this.key = key;
    this.eventLoop = eventLoop;
    this.services = services;
    this.upkeep = new PoolUpkeep(this, waiters, idle, services);
  }

  public PoolKey key() {
    return key;
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  /** The bounds in force. */
  public PoolSettings rules() {
    return services.rules();
  }

  // ---- for sessions

  /** A client has come whose transactions run here. */
  public void attach() {
    sessions++;
    upkeep.start();
  }

  /** It has left. */
  public void detach() {
    sessions--;
  }

  /** What a fresh connection is like; null as long as there has been none. */
  public @Nullable PoolTemplate template() {
    return template;
  }

  /** Who asks for what belongs into the template and isn't there yet. */
  public Greetings greetings() {
    return greetings;
  }

  /**
   * Parameters that a function may have set without a word of the statement that called it or of
   * the server; {@link #ANY_SETTING} among them stands for all.
   */
  public Set<String> hiddenSettings() {
    return hidden;
  }

  /** A client is about to make a function that sets a parameter. */
  public void expectHidden(String name) {
    if (!hidden.contains(name)) {
      Set<String> more = new HashSet<>(hidden);
      more.add(name);
      hidden = more;
    }
  }

  /**
   * Asks for a lease.
   *
   * @return the backend; null if the lessee has to wait, and will be told, at once perhaps but not
   *     before this returns
   */
  public @Nullable PooledBackend lease(Lessee lessee) {
    assert eventLoop.inEventLoop();
    if (mayHaveOne(lessee.tenant())) {
      PooledBackend backend = takeIdle(lessee.settings());
      if (backend != null) {
        lend(backend, lessee);
        return backend;
      }
    }
    if (waiters.size() >= rules().maxWaiting()) {
      eventLoop.execute(() -> lessee.refused(PoolReports.queueFull(rules().maxWaiting())));
      return null;
    }
    services.meter().waitStarted();
    waiters.add(new Waiter(lessee, services.nanoTime()));
    upkeep.watchWaiters();
    openIfNeeded();
    return null;
  }

  /** Stops waiting for a lease; whether the lessee did wait. */
  public boolean leaveQueue(Lessee lessee) {
    Waiter waiter = waiters.find(lessee);
    if (waiter != null) {
      waiters.remove(waiter);
      ended(waiter, false);
    }
    return waiter != null;
  }

  // ---- leases

  private boolean mayHaveOne(Object tenant) {
    int most = rules().sizePerTenant();
    return most == 0 || lentTo.getOrDefault(tenant, 0) < most;
  }

  private @Nullable PooledBackend takeIdle(SessionSettings wanted) {
    PooledBackend last = idle.peekLast();
    if (last == null || upkeep.mustBeChecked(last)) {
      return null;
    }
    if (!last.settings().equals(wanted)) {
      int depth = 0;
      for (var each = idle.descendingIterator(); each.hasNext() && depth < SEARCH_DEPTH; depth++) {
        PooledBackend backend = each.next();
        if (backend.settings().equals(wanted) && !upkeep.mustBeChecked(backend)) {
          each.remove();
          return backend;
        }
      }
    }
    idle.removeLast();
    return last;
  }

  private void lend(PooledBackend backend, Lessee lessee) {
    leases++;
    backend.lendTo(lessee);
    if (rules().sizePerTenant() > 0) {
      lentTo.merge(lessee.tenant(), 1, Integer::sum);
    }
    backend.countedFor = lessee.tenant();
    services.meter().pooledLent();
  }

  private void endLease(PooledBackend backend) {
    backend.lendTo(null);
    if (!lentTo.isEmpty()) {
      lentTo.computeIfPresent(backend.countedFor, (tenant, n) -> n == 1 ? null : n - 1);
    }
  }

  void giveBack(PooledBackend backend) {
    endLease(backend);
    services.meter().pooledReturned();
    if (!backend.isUsable()) {
      close(backend, false);
    } else if (backend.takeCancelled()) {
      // The server has been told to cancel whatever runs on it: nobody else's query may.
      backend.whenCancelled(() -> upkeep.check(backend));
    } else {
      serve(backend);
    }
  }

  /** Gives a backend that nobody has to who waits, or keeps it. */
  void serve(PooledBackend backend) {
    if (upkeep.isTooOld(backend) || isToBeSpared() || all.size() > rules().size() || closed) {
      close(backend, false);
      openIfNeeded();
      return;
    }
    idle.addLast(backend);
    upkeep.becameIdle(backend);
    if (waiters.size() > 0) {
      serveWaiters();
    }
  }

  private void serveWaiters() {
    while (!idle.isEmpty()) {
      Waiter waiter = waiters.next(this::mayHaveOne);
      if (waiter == null) {
        return;
      }
      PooledBackend backend = takeIdle(waiter.lessee.settings());
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
    PooledBackend last = idle.pollLast();
    if (last != null) {
      upkeep.check(last);
    }
  }

  private void ended(Waiter waiter, boolean granted) {
    services.meter().waitEnded(services.nanoTime() - waiter.sinceNanos, granted);
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
    if (closed || upkeep.isBackingOff()) {
      return;
    }
    checkIdleForWaiters();
    while (opening < wantedOpenings() && !closed) {
      if (!services.budget().tryAcquire(key, rules().size(), rules().maxBackends())) {
        if (waiters.size() > 0) {
          services.makeRoomFor(this);
        }
        return;
      }
      opening++;
      services.meter().pooledConnecting();
      services.opener().open(eventLoop, key, new Opening());
    }
  }

  private void checkIdleForWaiters() {
    if (waiters.size() > 0 && !idle.isEmpty() && upkeep.mustBeChecked(idle.getLast())) {
      checkIdle();
    }
  }

  /** One for each who waits; and if nobody does, what keeps the pool warm. */
  private int wantedOpenings() {
    return Math.max(waiters.size(), keepsWarm() - idle.size());
  }

  void tryAgain() {
    openIfNeeded();
  }

  private final class Opening implements BackendOpener.Listener {

    @Override
    public void opened(LoggedInBackend connection) {
      opening--;
      upkeep.opened();
      services.meter().pooledOpened();
      PooledBackend backend = new PooledBackend(connection, BackendPool.this, services.nanoTime());
      all.add(backend);
      connection.channel().pipeline().addLast("pooled", backend);
      connection.channel().config().setAutoRead(true);
      if (!connection.channel().isActive()) {
        closed(backend);
      } else if (template != null && template.isOf(connection.parameters())) {
        serve(backend);
      } else {
        TemplateQuestion.ask(
            backend,
            key,
            connection.parameters(),
            answer -> {
              template = answer;
              askForHidden(backend);
            });
      }
    }

    @Override
    public void failed(Report report) {
      opening--;
      services.meter().pooledNotConnected();
      services.budget().release(key);
      upkeep.notOpened(report, all.isEmpty() && opening == 0);
    }
  }

  /** Finds out what functions may set unseen, and has the backend serve then. */
  void askForHidden(PooledBackend backend) {
    hiddenAskedNanos = services.nanoTime();
    leasesWhenAsked = leases;
    HiddenSettings.ask(
        backend,
        names -> {
          PoolTemplate current = template;
          if (current != null && current.reportsSearchPath()) {
            names.remove("search_path");
          }
          hidden = names;
          serve(backend);
        });
  }

  /** Asks again, if the pool was used since and an idle backend has time for it. */
  void askForHiddenAgain() {
    PooledBackend backend = idle.peekLast();
    if (backend != null
        && leases != leasesWhenAsked
        && services.nanoTime() - hiddenAskedNanos >= HIDDEN_INTERVAL.toNanos()) {
      idle.removeLast();
      askForHidden(backend);
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
      close(idle.getFirst(), false);
    } else if (same && (othersBackends == 0 || all.size() > othersBackends + 1)) {
      claimed = Math.min(claimed + 1, all.size());
    }
  }

  /** How many idle backends it is to keep. */
  int keepsWarm() {
    return sessions > 0 ? rules().minIdle() : 0;
  }

  /** Nobody needs a pool that has no client and no backend. */
  void removeIfUnused() {
    if (sessions == 0 && all.isEmpty() && opening == 0 && waiters.size() == 0) {
      upkeep.stop();
      services.budget().forget(this);
      services.remove(this);
    }
  }

  int backends() {
    return all.size() + opening;
  }

  private boolean isToBeSpared() {
    if (claimed > 0) {
      claimed--;
      return true;
    }
    return waiters.size() == 0 && services.budget().isWaitedFor(this);
  }

  // ---- the end of backends

  void discard(PooledBackend backend) {
    endLease(backend);
    services.meter().pooledReturned();
    close(backend, true);
    openIfNeeded();
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
  void closed(PooledBackend backend) {
    idle.remove(backend);
    Lessee lessee = backend.lessee();
    if (lessee != null) {
      endLease(backend);
    }
    gone(backend, lessee != null);
    openIfNeeded();
  }

  private void gone(PooledBackend backend, boolean lent) {
    if (all.remove(backend)) {
      services.meter().pooledClosed(lent);
      services.budget().release(key);
    }
  }

  void endedWhileIdle(PooledBackend backend, Report report) {
    services
        .log()
        .atInfo()
        .addKeyValue("database", key.database())
        .addKeyValue("user", key.user())
        .addKeyValue("error", report.message())
        .log("the server ended an idle backend");
    if (idle.remove(backend)) {
      close(backend, true);
    }
  }

  void violated(PooledBackend backend, ProtocolViolation violation) {
    services
        .log()
        .atWarn()
        .addKeyValue("violation", violation.getMessage())
        .log("protocol violation of a backend");
    backend.channel().close();
  }

  void failed(PooledBackend backend, Throwable cause) {
    if (!(cause instanceof java.io.IOException)) {
      services.log().atError().setCause(cause).log("backend failed");
    }
    backend.channel().close();
  }

  void forwardCancel(CancelKey cancelKey, CancelForwarder.Outcome outcome) {
    services.canceller().forward(eventLoop, cancelKey, outcome);
  }

  /** Closes what is idle, and each other backend when it comes back. */
  void close() {
    closed = true;
    services.budget().forget(this);
    upkeep.stop();
    waiters.forEach(waiter -> refuse(waiter, PoolReports.SHUTTING_DOWN));
    for (PooledBackend backend : idle.toArray(PooledBackend[]::new)) {
      close(backend, false);
    }
  }
}
