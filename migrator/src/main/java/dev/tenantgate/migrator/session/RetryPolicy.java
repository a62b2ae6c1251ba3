package dev.tenantgate.migrator.session;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How often and how long a schema's run is tried again. Immutable.
 *
 * @param maxTries how many tries may fail because somebody else was in the way
 * @param base about how long the first wait is; each later one is twice as long
 * @param longest how long a wait is at most
 * @param leaseWait how long a lease of another process is waited for
 */
public record RetryPolicy(int maxTries, Duration base, Duration longest, Duration leaseWait) {

  /** How many drains of a schema may be in vain. */
  public static final int MAX_DRAINS = 3;

  public static RetryPolicy standard(Duration leaseTimeout) {
    Duration atLeast = Duration.ofSeconds(60);
    Duration leaseWait = leaseTimeout.multipliedBy(3);
    return new RetryPolicy(
        8,
        Duration.ofMillis(200),
        Duration.ofSeconds(10),
        leaseWait.compareTo(atLeast) > 0 ? leaseWait : atLeast);
  }

  /** How long to wait after so many failed tries: half of it fixed, half of it by chance. */
  public Duration delay(int failedTries) {
    int doublings = Math.min(failedTries - 1, 20);
    long full = Math.min(base.toMillis() << doublings, longest.toMillis());
    return Duration.ofMillis(full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1));
  }

  /**
   * How long to leave a schema's applications alone after so many drains in vain: as long as the
   * drain was, then twice that, and so on.
   */
  public static Duration afterDrain(int failedDrains, Duration drain) {
    long full = drain.toMillis() << Math.min(failedDrains - 1, 10);
    return Duration.ofMillis(full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1));
  }

  /** How long to wait before looking again whether a lease is free. */
  public Duration leaseDelay(int looks) {
    long full = Math.min(20L << Math.min(looks, 5), 500);
    return Duration.ofMillis(full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1));
  }
}
