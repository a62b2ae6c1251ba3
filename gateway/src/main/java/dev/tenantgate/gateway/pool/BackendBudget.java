package dev.tenantgate.gateway.pool;

import java.util.Map;
import java.util.Queue;
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
  private final Map<PoolKey, AtomicInteger> byKey = new ConcurrentHashMap<>();
  private final Queue<BackendPool> waiting = new ConcurrentLinkedQueue<>();

  /** Takes one, if there is one left. */
  boolean tryAcquire(PoolKey key, int mostOfKey, int mostOfAll) {
    AtomicInteger ofKey = byKey.computeIfAbsent(key, k -> new AtomicInteger());
    if (ofKey.incrementAndGet() > mostOfKey) {
      ofKey.decrementAndGet();
      return false;
    }
    if (all.incrementAndGet() > mostOfAll) {
      all.decrementAndGet();
      ofKey.decrementAndGet();
      return false;
    }
    return true;
  }

  void release(PoolKey key) {
    byKey.computeIfAbsent(key, k -> new AtomicInteger()).decrementAndGet();
    all.decrementAndGet();
    BackendPool next = waiting.poll();
    if (next != null) {
      next.eventLoop().execute(next::openIfNeeded);
    }
  }

  /** Has a pool called once, when one has become free. */
  void awaitRelease(BackendPool pool) {
    if (!waiting.contains(pool)) {
      waiting.add(pool);
    }
  }

  /** Whether a pool of the same key waits on another event loop. */
  boolean isWaitedFor(BackendPool by) {
    if (waiting.isEmpty()) {
      return false;
    }
    for (BackendPool pool : waiting) {
      if (pool != by && pool.key().equals(by.key())) {
        return true;
      }
    }
    return false;
  }

  void forget(BackendPool pool) {
    waiting.remove(pool);
  }

  /** How many a key has on all event loops. */
  int of(PoolKey key) {
    AtomicInteger ofKey = byKey.get(key);
    return ofKey == null ? 0 : ofKey.get();
  }
}
