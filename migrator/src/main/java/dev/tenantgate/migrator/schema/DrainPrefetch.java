package dev.tenantgate.migrator.schema;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets some runs of a fleet drain while others have their turn. A drained schema keeps its
 * applications waiting, so nobody is before a worker could go on with it at once; but for two
 * cases. Where migrations are quick, a worker will be there soon, and would otherwise do nothing
 * during each drain. And where a drain takes long, the worker has better to do than to wait for it.
 *
 * <p>Thread-safe.
 */
public final class DrainPrefetch {

  private static final Logger LOG = LoggerFactory.getLogger(DrainPrefetch.class);

  /** A migration that is quick, in nanoseconds: so long applications may wait for another's. */
  private static final long QUICK_NANOS = Duration.ofMillis(20).toNanos();

  /** A drain that takes longer gives its place to another. */
  private static final Duration LONG = Duration.ofMillis(50);

  private final ScheduledExecutorService clock;
  private final Semaphore places;

  /** How long migrations take once drained for, as of late; at first none is taken for quick. */
  private final AtomicLong expectedNanos = new AtomicLong(2 * QUICK_NANOS);

  /**
   * Makes it.
   *
   * @param most how many at once
   */
  public DrainPrefetch(ScheduledExecutorService clock, int most) {
    this.clock = clock;
    this.places = new Semaphore(most);
  }

  /** A schema was migrated, so long after its transactions had ended and its turn had come. */
  void took(long nanos) {
    expectedNanos.updateAndGet(expected -> (3 * expected + nanos) / 4);
  }

  private boolean areQuick() {
    return expectedNanos.get() <= QUICK_NANOS;
  }

  /** One drain. */
  final class Turn {

    private final Runnable give;
    private boolean given;
    private boolean over;

    /**
     * Prepares it.
     *
     * @param give gives its place to another run; called once at most
     */
    Turn(Runnable give) {
      this.give = give;
    }

    /** The drain has begun. */
    void begin() {
      if (!areQuick() || !giveIfMay()) {
        later();
      }
    }

    private void later() {
      try {
        var unused = clock.schedule(this::again, LONG.toMillis(), TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        LOG.atDebug().setCause(e).log("closed: a drain gives its place to no other");
      }
    }

    private void again() {
      if (!giveIfMay()) {
        later();
      }
    }

    /** Gives its place away if there is one; false if it is to be asked again. */
    private boolean giveIfMay() {
      synchronized (this) {
        if (over) {
          return true;
        }
        if (!places.tryAcquire()) {
          return false;
        }
        given = true;
      }
      give.run();
      return true;
    }

    /** The drain is over. */
    synchronized void end() {
      if (given && !over) {
        places.release();
      }
      over = true;
    }
  }
}
