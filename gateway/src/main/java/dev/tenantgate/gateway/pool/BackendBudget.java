package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PoolKey;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many backends there may be, in all and of each pool: event loops have pools of their own, the
 * bounds are for all together. A pool that is refused says so, and is called when one becomes free.
 * Thread-safe.
 */
final class BackendBudget {

  private final AtomicInteger all = new AtomicInteger();

  /** Of keys that have any: a stranger can make up as many users as it likes. */
  private final Map<PoolKey, Integer> byKey = new ConcurrentHashMap<>();

  private final Queue<BackendPool> waiting = new ConcurrentLinkedQueue<>();

  /** The same, to find one of them at once. */
  private final Set<BackendPool> isWaiting = ConcurrentHashMap.newKeySet();

  /** How many of them there are of each key. */
  private final Map<PoolKey, Integer> waitingByKey = new ConcurrentHashMap<>();

  /** Takes one, if there is one left. */
  boolean tryAcquire(PoolKey key, int mostOfKey, int mostOfAll) {
    if (byKey.merge(key, 1, Integer::sum) > mostOfKey) {
      leave(key);
      return false;
    }
    if (all.incrementAndGet() > mostOfAll) {
      all.decrementAndGet();
      leave(key);
      return false;
    }
    return true;
  }

  private void leave(PoolKey key) {
    byKey.computeIfPresent(key, (same, number) -> number == 1 ? null : number - 1);
  }

  void release(PoolKey key) {
    leave(key);
    all.decrementAndGet();
    callNext();
  }

  /** Calls a pool that waits: one is free, as far as those who wait know. */
  void callNext() {
    for (BackendPool next = waiting.poll(); next != null; next = waiting.poll()) {
      if (ceasesToWait(next)) {
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
    waitingByKey.computeIfPresent(pool.key(), (key, number) -> number == 1 ? null : number - 1);
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

  /** How many the key has that has most. */
  int mostOfOne() {
    return byKey.values().stream().mapToInt(Integer::intValue).max().orElse(0);
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
