package dev.tenantgate.gateway.pool;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.connect.BackendHold;
import dev.tenantgate.gateway.connect.HoldWait;
import dev.tenantgate.gateway.pool.WaitQueue.Waiter;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A pool's work by the clock. It closes backends that are idle or old, and checks those that were
 * idle for long. It notifies waiters, and ends a wait that gets too long. It connects again after
 * the server couldn't be reached. Event-loop confined.
 */
final class PoolUpkeep implements BackendHold.Waiter {

  /** A session that waits so long is told, and again every time it has passed. */
  private static final Duration NOTICE_INTERVAL = Duration.ofSeconds(5);

  /** Idle for so long, a connection may have died unseen in some firewall. */
  private static final Duration CHECK_AFTER = Duration.ofSeconds(30);

  /** How often it is looked whether others have defined something. */
  private static final long ASK_MILLIS = 1_000;

  private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(5);

  private static final long FIRST_RETRY_MILLIS = 50;
  private static final long LAST_RETRY_MILLIS = 1_000;
  private static final long LAST_INTERVAL_MILLIS = 5_000;

  private final BackendPool pool;
  private final WaitQueue waiters;
  private final IdleBackends idle;
  private final PoolServices services;
  private @Nullable ScheduledFuture<?> ageing;
  private @Nullable ScheduledFuture<?> asking;
  private @Nullable ScheduledFuture<?> watching;
  private @Nullable ScheduledFuture<?> retry;

  /** Leases are too many to ask the clock at each: it is asked at each turn of the upkeep. */
  private long turn;

  private long turnNanos;
  private long retryMillis = FIRST_RETRY_MILLIS;

  /** Why the server has opened no connection although it can be reached. */
  private @Nullable Report refusal;

  PoolUpkeep(BackendPool pool, WaitQueue waiters, IdleBackends idle, PoolServices services) {
    this.pool = pool;
    this.waiters = waiters;
    this.idle = idle;
    this.services = services;
  }

  void start() {
    if (ageing == null) {
      turnNanos = services.nanoTime();
      long millis =
          Math.max(
              10,
              Math.min(
                  LAST_INTERVAL_MILLIS,
                  Math.min(rules().idleTimeout().toMillis(), rules().maxLifetime().toMillis())
                      / 4));
      ageing =
          pool.eventLoop().scheduleWithFixedDelay(this::age, millis, millis, TimeUnit.MILLISECONDS);
      asking =
          pool.eventLoop()
              .scheduleWithFixedDelay(
                  (Runnable) pool::askForHiddenAgain,
                  ASK_MILLIS,
                  ASK_MILLIS,
                  TimeUnit.MILLISECONDS);
    }
  }

  void stop() {
    cancel(ageing);
    cancel(asking);
    cancel(watching);
    cancel(retry);
    services.hold().leave(this);
    ageing = null;
    asking = null;
    watching = null;
    retry = null;
  }

  private static void cancel(@Nullable ScheduledFuture<?> task) {
    if (task != null) {
      task.cancel(false);
    }
  }

  private PoolSettings rules() {
    return pool.rules();
  }

  // ---- age

  private void age() {
    turn++;
    turnNanos = services.nanoTime();
    int keep = pool.keepsWarm();
    while (!idle.isEmpty()) {
      PooledBackend oldest = idle.oldest();
      boolean inExcess =
          turnNanos - oldest.standing().idleSinceNanos() >= rules().idleTimeout().toNanos()
              && idle.size() > keep;
      if (!inExcess && !isTooOld(oldest)) {
        break;
      }
      pool.backends().close(oldest, false);
    }
    pool.openIfNeeded();
    pool.removeIfUnused();
  }

  boolean isTooOld(PooledBackend backend) {
    return turnNanos - backend.standing().createdNanos() >= rules().maxLifetime().toNanos();
  }

  // ---- checks

  /** Notes that a backend is idle from now on. */
  void becameIdle(PooledBackend backend) {
    backend.standing().becomesIdle(turnNanos, turn);
  }

  /** Asks the clock only about those that were idle already when the last turn began. */
  boolean mustBeChecked(PooledBackend backend) {
    return backend.standing().idleSinceTurn() != turn
        && services.nanoTime() - backend.standing().idleSinceNanos() >= CHECK_AFTER.toNanos();
  }

  /** Has a backend answer to a Sync before anybody gets it; it isn't among the idle ones. */
  void check(PooledBackend backend) {
    ScheduledFuture<?> timeout =
        pool.eventLoop()
            .schedule(
                () -> backend.channel().close(), CHECK_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    backend
        .owed()
        .add(
            new Reply.Exchange(1) {
              @Override
              protected void done() {
                timeout.cancel(false);
                pool.backends().serve(backend);
              }
            });
    backend.write(backend.channel().alloc().buffer(5).writeByte('S').writeInt(4));
    backend.flush();
  }

  // ---- those who wait

  void watchWaiters() {
    if (watching == null) {
      long millis = Math.max(5, Math.min(250, rules().waitTimeout().toMillis() / 10));
      watching =
          pool.eventLoop().schedule((Runnable) this::watchAll, millis, TimeUnit.MILLISECONDS);
    }
  }

  private void watchAll() {
    watching = null;
    long now = services.nanoTime();
    int[] inFront = {0};
    waiters.forEach(waiter -> watch(waiter, now, inFront[0]++));
    pool.meter().longestWaitSince(waiters.longestWaitSince());
    if (waiters.size() > 0) {
      watchWaiters();
    }
  }

  private void watch(Waiter waiter, long now, int inFront) {
    BackendHold hold = services.hold();
    boolean paused = hold.isPaused(database());
    Report outage = hold.outage();
    waiter.look(now, paused, outage != null);
    Duration away = Duration.ofNanos(waiter.outageNanos());
    Duration waited = Duration.ofNanos(now - waiter.patientSinceNanos());
    if (outage != null && !paused && away.compareTo(hold.outageTimeout()) >= 0) {
      pool.refuse(waiter, HoldWait.report(outage, away));
    } else if (outage == null && !paused && waited.compareTo(rules().waitTimeout()) >= 0) {
      pool.refuse(waiter, timeout(waited));
    } else if (now - waiter.toldNanos >= NOTICE_INTERVAL.toNanos()) {
      waiter.toldNanos = now;
      Duration all = Duration.ofNanos(now - waiter.sinceNanos);
      waiter.lessee.stillWaiting(
          outage != null || paused
              ? hold.text(database(), all)
              : PoolReports.waiting(all, inFront));
    }
  }

  private Report timeout(Duration waited) {
    Report refused = refusal;
    return refused != null ? refused : PoolReports.timeout(waited, rules(), pool.key());
  }

  // ---- a server that can't be reached

  boolean isBackingOff() {
    return retry != null;
  }

  /**
   * Whether nothing may be opened now: the pool waits, if it needs anything, until it is its turn
   * to try.
   */
  boolean waitsForServer(boolean needs) {
    if (!services.hold().holds(database())) {
      return false;
    }
    if (needs) {
      services.hold().await(this);
    } else {
      services.hold().leave(this);
    }
    return true;
  }

  @Override
  public EventLoop eventLoop() {
    return pool.eventLoop();
  }

  @Override
  public String database() {
    return pool.key().database();
  }

  /** In an outage a single connection is tried. */
  @Override
  public void tryAgain() {
    if (services.hold().outage() == null) {
      pool.goOn();
    } else if (pool.openings().areNeeded()) {
      pool.openings().open();
    } else {
      services.hold().leave(this);
    }
  }

  /** A backend has answered all that it was asked, and serves. */
  void served() {
    refusal = null;
    retryMillis = FIRST_RETRY_MILLIS;
  }

  /**
   * A connection couldn't be opened.
   *
   * @param report why
   * @param alone whether there is no other backend that those who wait could hope for
   */
  void notOpened(Report report, boolean alone) {
    BackendHold hold = services.hold();
    if (!BackendHold.isOutage(report)) {
      hold.reached();
    } else if (hold.failed(report)) {
      pool.openIfNeeded();
      return;
    }
    if (alone) {
      // Without the pool the login would be refused: so the client is ended, and may connect anew.
      Report end = report.asFatal();
      if (PoolReports.isTransient(report)) {
        refusal = end;
      } else {
        waiters.forEach(waiter -> pool.refuse(waiter, end));
      }
    }
    backOff();
  }

  private void backOff() {
    if (retry != null || services.isClosed()) {
      return;
    }
    long millis = retryMillis / 2 + ThreadLocalRandom.current().nextLong(retryMillis);
    retryMillis = Math.min(LAST_RETRY_MILLIS, 2 * retryMillis);
    retry =
        pool.eventLoop()
            .schedule(
                () -> {
                  retry = null;
                  pool.openIfNeeded();
                },
                millis,
                TimeUnit.MILLISECONDS);
  }
}
