package dev.tenantgate.gateway.session;

import dev.tenantgate.config.PoolOverrides.Bound;
import dev.tenantgate.config.PoolOverrides.Scope;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.PoolKey;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The server connections of sessions that have one of their own: how many each user and each
 * database has, and who waits for a place, in their order. A session meets it once, at its begin.
 * Thread-safe.
 */
final class OwnBackends {

  private final Supplier<PoolSettings> settings;
  private final Map<String, Integer> byUser = new HashMap<>();
  private final Map<String, Integer> byDatabase = new HashMap<>();
  private final Deque<Waiter> waiting = new ArrayDeque<>();

  /**
   * One who waits.
   *
   * @param loop on which it is told
   * @param granted runs once it has a place
   */
  record Waiter(PoolKey key, Executor loop, Runnable granted) {}

  OwnBackends(Supplier<PoolSettings> settings) {
    this.settings = settings;
  }

  /**
   * Takes a place.
   *
   * @return the limit that is reached; null if there is a place
   */
  synchronized @Nullable Bound take(PoolKey key) {
    Bound full = full(key);
    if (full == null) {
      byUser.merge(key.user(), 1, Integer::sum);
      byDatabase.merge(key.database(), 1, Integer::sum);
    }
    return full;
  }

  private @Nullable Bound full(PoolKey key) {
    var overrides = settings.get().overrides();
    Bound ofUser = overrides.backends(Scope.USER, key.user());
    if (!ofUser.admits(byUser.getOrDefault(key.user(), 0) + 1)) {
      return ofUser;
    }
    Bound ofDatabase = overrides.backends(Scope.DATABASE, key.database());
    return ofDatabase.admits(byDatabase.getOrDefault(key.database(), 0) + 1) ? null : ofDatabase;
  }

  /** Takes a place now, which is told at once, or when there is one. */
  synchronized void await(Waiter waiter) {
    waiting.addLast(waiter);
    grant();
  }

  /** Stops to wait; whether it did wait, and has no place. */
  synchronized boolean leaveQueue(Waiter waiter) {
    return waiting.remove(waiter);
  }

  /** How many wait in front of one. */
  synchronized int inFront(Waiter waiter) {
    int number = 0;
    for (Waiter each : waiting) {
      if (each.equals(waiter)) {
        break;
      }
      number++;
    }
    return number;
  }

  /** Gives a place back; those who wait, and now may, have one. */
  synchronized void leave(PoolKey key) {
    oneLess(byUser, key.user());
    oneLess(byDatabase, key.database());
    grant();
  }

  /** Other limits may be in force. */
  synchronized void reconfigured() {
    grant();
  }

  private void grant() {
    for (Iterator<Waiter> each = waiting.iterator(); each.hasNext(); ) {
      Waiter waiter = each.next();
      if (take(waiter.key()) == null) {
        each.remove();
        try {
          waiter.loop().execute(waiter.granted());
        } catch (RejectedExecutionException e) {
          // The loop is gone, and the session with it: so is its place.
        }
      }
    }
  }

  private static void oneLess(Map<String, Integer> numbers, String of) {
    numbers.computeIfPresent(of, (same, number) -> number == 1 ? null : number - 1);
  }

  /** How many each user or database has that has any, by name. */
  synchronized SortedMap<String, Integer> all(Scope scope) {
    return new TreeMap<>(scope == Scope.USER ? byUser : byDatabase);
  }
}
