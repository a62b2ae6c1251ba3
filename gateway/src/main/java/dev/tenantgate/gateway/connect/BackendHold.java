package dev.tenantgate.gateway.connect;

import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether those who need a backend have to wait for it, and who does: while the server can't be
 * reached (an outage), and while an operator has paused a database.
 *
 * <p><b>In an outage</b> one of those who wait tries for all, in turn, at intervals that grow with
 * jitter. The first that the server answers ends the outage, and all go on, spread over a moment.
 * How long a waiter waits is {@code database.outage-timeout}, which is for {@link HoldWait} and the
 * pools to keep.
 *
 * <p><b>In a pause</b> nobody tries, and nobody is refused: {@link #pause} and {@link #resume}.
 *
 * <p>Thread-safe.
 */
public final class BackendHold {

  private static final Logger log = LoggerFactory.getLogger("dev.tenantgate.gateway.backend");

  private static final long FIRST_RETRY_MILLIS = 50;
  private static final long LAST_RETRY_MILLIS = 1_000;

  /** Released waiters go on within this time, one millisecond for each. */
  private static final long LONGEST_SPREAD_MILLIS = 1_000;

  /** A waiter for a backend of a database. */
  public interface Waiter {

    /** The event loop that {@link #tryAgain} is called on. */
    EventLoop eventLoop();

    /** The database of the backend. */
    String database();

    /**
     * The waiter is to try for a connection now, and to say what came of it: {@link
     * BackendHold#failed} or {@link BackendHold#reached}. It waits on until it {@linkplain
     * BackendHold#leave leaves}, in an outage; otherwise it has been taken out already.
     */
    void tryAgain();
  }

  private final LongSupplier nanoTime;
  private final BooleanSupplier untried;
  private final Map<Waiter, Boolean> waiters = new LinkedHashMap<>();
  private final Set<String> paused = ConcurrentHashMap.newKeySet();
  private volatile boolean allPaused;
  private volatile Duration outageTimeout;
  private volatile @Nullable Report outage;
  private long sinceNanos;
  private long triedNanos;
  private long retryMillis = FIRST_RETRY_MILLIS;
  private @Nullable ScheduledFuture<?> retry;

  /** Whether the retry comes at once. */
  private boolean hurried;

  /** Whether somebody was told of the outage; nobody is while there are servers to try. */
  private boolean told;

  /**
   * Holds nobody yet.
   *
   * @param outageTimeout {@code database.outage-timeout}
   * @param untried whether there is another server, which hasn't been tried yet: that is done at
   *     once
   * @param nanoTime the clock, as {@link System#nanoTime} is
   */
  public BackendHold(Duration outageTimeout, BooleanSupplier untried, LongSupplier nanoTime) {
    this.outageTimeout = outageTimeout;
    this.untried = untried;
    this.nanoTime = nanoTime;
  }

  /** Takes another {@code database.outage-timeout}, for those who wait already as well. */
  public void reconfigure(Duration timeout) {
    outageTimeout = timeout;
  }

  /** How long a transaction that hasn't begun waits in an outage. */
  public Duration outageTimeout() {
    return outageTimeout;
  }

  long nanoTime() {
    return nanoTime.getAsLong();
  }

  // ---- what is known

  /** Whether nobody may have a backend of a database now, neither an idle one nor a new one. */
  public boolean isPaused(String database) {
    return allPaused || (!paused.isEmpty() && paused.contains(database));
  }

  /** Why the server can't be reached; null if nobody has found that, or somebody has since. */
  public @Nullable Report outage() {
    return outage;
  }

  /** Whether those who need a new backend of a database have to wait. */
  public boolean holds(String database) {
    return outage != null || isPaused(database);
  }

  /** How many wait: sessions with a backend of their own, and pools. */
  public synchronized int waiting() {
    return waiters.size();
  }

  /** How long the outage has been going on; zero if there is none. */
  public synchronized Duration outageDuration() {
    return outage == null ? Duration.ZERO : Duration.ofNanos(nanoTime() - sinceNanos);
  }

  /** For one who waits: why, and for how long already. */
  public String text(String database, Duration waited) {
    return "waiting for %d s: %s"
        .formatted(
            waited.toSeconds(),
            isPaused(database)
                ? "database \"" + database + "\" is paused"
                : "the database server can't be reached");
  }

  /** Whether a refusal says that the server can't be reached, or accepts nobody at the moment. */
  public static boolean isOutage(Report refusal) {
    String state = refusal.sqlState();
    return (state.equals(SqlState.CONNECTION_FAILURE.code()) && !refusal.lasting())
        || state.equals(SqlState.CANNOT_CONNECT_NOW.code())
        || state.equals(SqlState.ADMIN_SHUTDOWN.code())
        || state.equals(SqlState.CRASH_SHUTDOWN.code());
  }

  // ---- outages

  /**
   * Somebody has tried in vain.
   *
   * @return whether the server is waited for; no by {@code database.outage-timeout: 0s}
   */
  public boolean failed(Report refusal) {
    if (outageTimeout.isZero()) {
      return false;
    }
    synchronized (this) {
      triedNanos = nanoTime();
      if (outage == null) {
        sinceNanos = triedNanos;
        retryMillis = FIRST_RETRY_MILLIS;
        told = false;
      }
      outage = refusal;
      if (told || untried.getAsBoolean()) {
        return true;
      }
      told = true;
    }
    log.atWarn()
        .addKeyValue("error", refusal.message())
        .addKeyValue("detail", refusal.detail())
        .log("the database server can't be reached: transactions wait for it");
    return true;
  }

  /** The server has answered somebody, if only with a refusal. */
  public void reached() {
    if (outage == null) {
      return;
    }
    List<Waiter> released;
    Duration lasted;
    boolean wasTold;
    synchronized (this) {
      if (outage == null) {
        return;
      }
      lasted = outageDuration();
      wasTold = told;
      outage = null;
      if (retry != null) {
        retry.cancel(false);
        retry = null;
      }
      released = takeUnlessPaused();
    }
    if (wasTold) {
      log.atInfo()
          .addKeyValue("duration", lasted)
          .addKeyValue("waiting", released.size())
          .log("the database server can be reached again");
    }
    release(released);
  }

  private static void release(List<Waiter> released) {
    long spread = Math.min(LONGEST_SPREAD_MILLIS, released.size());
    for (Waiter waiter : released) {
      waiter
          .eventLoop()
          .schedule(
              waiter::tryAgain,
              ThreadLocalRandom.current().nextLong(spread + 1),
              TimeUnit.MILLISECONDS);
    }
  }

  private List<Waiter> takeUnlessPaused() {
    List<Waiter> taken = new ArrayList<>();
    for (Waiter waiter : List.copyOf(waiters.keySet())) {
      if (!isPaused(waiter.database())) {
        waiters.remove(waiter);
        taken.add(waiter);
      }
    }
    return taken;
  }

  // ---- pauses

  /** Nobody begins a transaction in the database from now on; those that have begun go on. */
  public void pause(String database) {
    paused.add(database);
  }

  /** Releases the waiters for the database, unless the server can't be reached. */
  public void resume(String database) {
    List<Waiter> released;
    synchronized (this) {
      paused.remove(database);
      released = outage == null ? takeUnlessPaused() : List.of();
    }
    release(released);
  }

  /** The same of all databases, also of those that nobody has asked for yet. */
  public void pauseAll() {
    allPaused = true;
  }

  /** Releases the waiters for all databases that aren't paused by name. */
  public void resumeAll() {
    List<Waiter> released;
    synchronized (this) {
      allPaused = false;
      released = outage == null ? takeUnlessPaused() : List.of();
    }
    release(released);
  }

  // ---- those who wait

  /** Waits, from now on; who does already keeps its place. */
  public void await(Waiter waiter) {
    synchronized (this) {
      if (outage != null || isPaused(waiter.database())) {
        waiters.putIfAbsent(waiter, true);
        scheduleRetry(waiter.eventLoop());
        return;
      }
    }
    waiter.eventLoop().execute(waiter::tryAgain); // it has ended in the same moment
  }

  /** Waits no more. */
  public synchronized void leave(Waiter waiter) {
    waiters.remove(waiter);
  }

  private void scheduleRetry(EventLoop eventLoop) {
    boolean hurry = untried.getAsBoolean();
    if (outage == null || (retry != null && (!hurry || hurried))) {
      return;
    }
    if (retry != null) {
      retry.cancel(false);
    }
    hurried = hurry;
    if (hurry) {
      retry = eventLoop.schedule(this::retry, 0, TimeUnit.MILLISECONDS);
      return;
    }
    long millis = retryMillis / 2 + ThreadLocalRandom.current().nextLong(retryMillis);
    retryMillis = Math.min(LAST_RETRY_MILLIS, 2 * retryMillis);
    long passed = TimeUnit.NANOSECONDS.toMillis(nanoTime() - triedNanos);
    retry = eventLoop.schedule(this::retry, Math.max(0, millis - passed), TimeUnit.MILLISECONDS);
  }

  /** One that waits tries, and is the last to try again. */
  private void retry() {
    Waiter next = null;
    synchronized (this) {
      retry = null;
      for (Waiter waiter : waiters.keySet()) {
        if (!isPaused(waiter.database())) {
          next = waiter;
          break;
        }
      }
      if (outage == null || next == null) {
        return;
      }
      waiters.remove(next);
      waiters.put(next, true);
      triedNanos = nanoTime();
      scheduleRetry(next.eventLoop());
    }
    next.eventLoop().execute(next::tryAgain);
  }
}
