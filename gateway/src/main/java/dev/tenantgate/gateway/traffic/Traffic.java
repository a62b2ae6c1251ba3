package dev.tenantgate.gateway.traffic;

import dev.tenantgate.gateway.backend.PoolKey;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * The counts of all databases and users, each on every event loop that had clients of theirs. They
 * last as long as the gateway. Thread-safe.
 */
public final class Traffic {

  /** A gateway that trusts lets strangers make up users: beyond so many they share one entry. */
  private static final int MOST_KEYS = 4096;

  /** The entry of those beyond. */
  private static final PoolKey OTHERS = new PoolKey("(others)", "(others)");

  private final Map<PoolKey, Map<Executor, TrafficCounters>> counters = new ConcurrentHashMap<>();

  /** The counters that an event loop adds to for a database and user. */
  public TrafficCounters of(PoolKey key, Executor eventLoop) {
    Map<Executor, TrafficCounters> known = counters.get(key);
    if (known == null) {
      PoolKey counted = counters.size() < MOST_KEYS ? key : OTHERS;
      known = counters.computeIfAbsent(counted, any -> new ConcurrentHashMap<>(4));
    }
    return known.computeIfAbsent(eventLoop, any -> new TrafficCounters());
  }

  /** The databases and users that something was counted of, in their order by name. */
  public List<PoolKey> keys() {
    return counters.keySet().stream()
        .sorted(Comparator.comparing(PoolKey::database).thenComparing(PoolKey::user))
        .toList();
  }

  /** The counters of a database and user, those of each event loop. */
  public Collection<TrafficCounters> counters(PoolKey key) {
    Map<Executor, TrafficCounters> known = counters.get(key);
    return known == null ? List.of() : known.values();
  }

  /** The sums of a database and user. */
  public TrafficTotals totals(PoolKey key) {
    return TrafficTotals.of(counters(key));
  }

  /** How long the client of a database and user has waited that has waited longest. */
  public long longestWaitNanos(PoolKey key, long now) {
    return counters(key).stream().mapToLong(loop -> loop.longestWaitNanos(now)).max().orElse(0);
  }
}
