package dev.tenantgate.gateway.traffic;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * How much was done for each database between two looks at the counts, one minute apart. As long as
 * there was one look alone, since the gateway's start. Thread-safe.
 */
public final class TrafficAverages {

  /** How often to look, as PgBouncer does by default ({@code stats_period}). */
  public static final Duration PERIOD = Duration.ofMinutes(1);

  private final Traffic traffic;
  private final LongSupplier nanoTime;
  private Look older;
  private Look newer;
  private long looks = 1;

  private record Look(Map<String, TrafficTotals> totals, long atNanos) {}

  /**
   * The difference of two looks.
   *
   * @param more by how much each count has grown
   * @param nanos the time between the looks
   */
  public record Growth(TrafficTotals more, long nanos) {

    /** How many in a second. */
    public long perSecond(TrafficCount count) {
      return nanos == 0 ? 0 : Math.round(more.of(count) * 1e9 / nanos);
    }

    /** How many of one thing there were for each of another. */
    public long per(TrafficCount count, TrafficCount divisor) {
      long times = more.of(divisor);
      return times == 0 ? 0 : more.of(count) / times;
    }
  }

  /**
   * Begins with what has been counted so far.
   *
   * @param nanoTime the clock, as {@link System#nanoTime} is
   */
  public TrafficAverages(Traffic traffic, LongSupplier nanoTime) {
    this.traffic = traffic;
    this.nanoTime = nanoTime;
    this.older = look();
    this.newer = older;
  }

  private Look look() {
    return new Look(byDatabase(traffic), nanoTime.getAsLong());
  }

  /** Looks; to be called once in each {@link #PERIOD}. */
  public synchronized void lookAgain() {
    older = newer;
    newer = look();
    looks++;
  }

  /** The counts of a database of late. */
  public synchronized Growth of(String database) {
    return grown(look -> look.totals.getOrDefault(database, TrafficTotals.NONE));
  }

  /** The counts of all databases of late. */
  public synchronized Growth ofAll() {
    return grown(
        look -> look.totals.values().stream().reduce(TrafficTotals.NONE, TrafficTotals::plus));
  }

  private Growth grown(Function<Look, TrafficTotals> which) {
    Look from = older;
    Look to = looks == 1 ? look() : newer;
    return new Growth(which.apply(to).minus(which.apply(from)), to.atNanos - from.atNanos);
  }

  /** The sums of each database. */
  public static Map<String, TrafficTotals> byDatabase(Traffic traffic) {
    Map<String, TrafficTotals> sums = new HashMap<>();
    traffic
        .keys()
        .forEach(key -> sums.merge(key.database(), traffic.totals(key), TrafficTotals::plus));
    return sums;
  }
}
