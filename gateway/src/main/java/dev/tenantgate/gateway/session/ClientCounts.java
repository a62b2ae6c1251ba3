package dev.tenantgate.gateway.session;

import dev.tenantgate.config.PoolOverrides.Bound;
import dev.tenantgate.config.PoolOverrides.Scope;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many clients each user, each database and each tenant has: of those that have proved who they
 * are. Of names that have none nothing is kept. Thread-safe.
 */
final class ClientCounts {

  private final Map<Scope, Map<String, Integer>> counts =
      Map.of(
          Scope.USER, new ConcurrentHashMap<>(),
          Scope.DATABASE, new ConcurrentHashMap<>(),
          Scope.TENANT, new ConcurrentHashMap<>());

  private Map<String, Integer> of(Scope scope) {
    return counts.getOrDefault(scope, Map.of());
  }

  /** Counts one more, if there may be one more. */
  boolean enter(Scope scope, String name, Bound bound) {
    if (bound.admits(of(scope).merge(name, 1, Integer::sum))) {
      return true;
    }
    leave(scope, name);
    return false;
  }

  /** Counts one less. */
  void leave(Scope scope, String name) {
    of(scope).computeIfPresent(name, (same, number) -> number == 1 ? null : number - 1);
  }

  /** How many one has. */
  int of(Scope scope, String name) {
    return of(scope).getOrDefault(name, 0);
  }

  /** How many each has that has any, by name. */
  SortedMap<String, Integer> all(Scope scope) {
    return new TreeMap<>(of(scope));
  }
}
