package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PoolKey;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many backends there are: in all, of each pool, of each user and of each database. Event loops
 * have pools of their own, the bounds are for all together. A pool that is refused says so, and is
 * called when one becomes free that it may have. Thread-safe.
 */
final class BackendBudget {

  private final AtomicInteger all = new AtomicInteger();

  /** Of keys that have any: a stranger can make up as many users as it likes. */
  private final Map<PoolKey, Integer> byKey = new ConcurrentHashMap<>();

  private final Map<String, Integer> byUser = new ConcurrentHashMap<>();
  private final Map<String, Integer> byDatabase = new ConcurrentHashMap<>();
  private final Queue<BackendPool> waiting = new ConcurrentLinkedQueue<>();

  /** The same, to find one of them at once. */
  private final Set<BackendPool> isWaiting = ConcurrentHashMap.newKeySet();

  /** How many of them there are of each key. */
  private final Map<PoolKey, Integer> waitingByKey = new ConcurrentHashMap<>();

  /**
   * Takes one, if there is one left. One at a time: what another only tries to take keeps nobody
   * from the last one.
   */
  synchronized boolean tryAcquire(PoolKey key, BackendBounds bounds) {
    if (!hasRoomFor(key, bounds)) {
      return false;
    }
    byKey.merge(key, 1, Integer::sum);
    byUser.merge(key.user(), 1, Integer::sum);
    byDatabase.merge(key.database(), 1, Integer::sum);
    all.incrementAndGet();
    return true;
  }

  private static boolean isWithin(int number, int most) {
    return most == 0 || number <= most;
  }

  private synchronized void leave(PoolKey key) {
    oneLess(byKey, key);
    oneLess(byUser, key.user());
    oneLess(byDatabase, key.database());
    all.decrementAndGet();
  }

  private static <K> void oneLess(Map<K, Integer> numbers, K of) {
    numbers.computeIfPresent(of, (same, number) -> number == 1 ? null : number - 1);
  }

  /** Whether a pool may have one more, as things are. */
  private boolean hasRoomFor(PoolKey key, BackendBounds bounds) {
    return of(key) < bounds.ofPool()
        && !isUserFull(key, bounds)
        && !isDatabaseFull(key, bounds)
        && all() < bounds.ofAll();
  }

  /** Whether the pool's user has as many as it may. */
  boolean isUserFull(PoolKey key, BackendBounds bounds) {
    return !isWithin(byUser.getOrDefault(key.user(), 0) + 1, bounds.ofUser());
  }

  /** Whether the pool's database has as many as it may. */
  boolean isDatabaseFull(PoolKey key, BackendBounds bounds) {
    return !isWithin(byDatabase.getOrDefault(key.database(), 0) + 1, bounds.ofDatabase());
  }

  /** Gives one back; the pool gets it that has waited longest of those that may have it. */
  void release(PoolKey key) {
    leave(key);
    callNext();
  }

  /** Calls the pool that has waited longest of those that may have one more, as things are. */
  void callNext() {
    for (BackendPool next : waiting) {
      if (hasRoomFor(next.key(), next.bounds()) && ceasesToWait(next)) {
        waiting.remove(next);
        next.eventLoop().execute(next::takeReleased);
        return;
      }
    }
  }

  /** Has a pool called once, when one has become free. */
  void awaitRelease(BackendPool pool) {
    if (isWaiting.add(pool)) {
      waitingByKey.merge(pool.key(), 1, Integer::sum);
      waiting.add(pool);
    }
  }

  private boolean ceasesToWait(BackendPool pool) {
    if (!isWaiting.remove(pool)) {
      return false;
    }
    oneLess(waitingByKey, pool.key());
    return true;
  }

  /** Whether a pool of the same key waits on another event loop. */
  boolean isWaitedFor(BackendPool by) {
    if (waitingByKey.isEmpty()) {
      return false;
    }
    int ofKey = waitingByKey.getOrDefault(by.key(), 0);
    return ofKey > (isWaiting.contains(by) ? 1 : 0);
  }

  void forget(BackendPool pool) {
    if (ceasesToWait(pool)) {
      waiting.remove(pool);
    }
  }

  /** How many a key has on all event loops. */
  int of(PoolKey key) {
    return byKey.getOrDefault(key, 0);
  }

  /** How many there are in all. */
  int all() {
    return all.get();
  }

  /** How many each user has that has any. */
  Map<String, Integer> byUser() {
    return byUser;
  }

  /** How many each database has that has any. */
  Map<String, Integer> byDatabase() {
    return byDatabase;
  }

  /** Keys that have any; no more than there may be backends. */
  Set<PoolKey> withBackends() {
    return byKey.keySet();
  }

  /** How many keys there are something known of. */
  int keys() {
    return byKey.size();
  }
}
