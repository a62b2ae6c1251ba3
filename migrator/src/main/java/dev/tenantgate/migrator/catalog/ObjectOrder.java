package dev.tenantgate.migrator.catalog;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Brings statements that make objects into an order in which each finds what it needs; among those
 * that could be next, the one of the lowest rank is. Confined to one thread.
 */
final class ObjectOrder {

  /** Identifies what a statement makes. */
  record Key(long catalog, long oid, int rank) {}

  /** A statement, and what it is called. */
  record Made(Key key, String label, String sql) {}

  private static final int NAMED = 4;

  private final Map<Key, Made> all = new HashMap<>();
  private final Map<Key, Set<Key>> needs = new HashMap<>();
  private final Map<Key, Set<Key>> neededBy = new HashMap<>();

  void add(Made made) {
    all.put(made.key(), made);
  }

  boolean has(Key key) {
    return all.containsKey(key);
  }

  /** A key like one that is taken. */
  Key another(Key key) {
    Key other = key;
    while (all.containsKey(other)) {
      other = new Key(other.catalog() - 1, key.oid(), key.rank());
    }
    return other;
  }

  /** The statements by what they make. */
  static final class Index {

    private final Map<Long, Set<Key>> byOid = new HashMap<>();

    private Index(Set<Key> keys) {
      keys.stream()
          .filter(key -> key.catalog() > 0)
          .forEach(key -> byOid.computeIfAbsent(key.oid(), oid -> new HashSet<>()).add(key));
    }

    Set<Key> byOid(long oid) {
      return byOid.getOrDefault(oid, Set.of());
    }

    Set<Key> of(long catalog, long oid) {
      return byOid(oid).stream()
          .filter(key -> key.catalog() == catalog)
          .collect(Collectors.toSet());
    }
  }

  Index index() {
    return new Index(all.keySet());
  }

  List<Made> all() {
    return List.copyOf(all.values());
  }

  /** Notes that one comes after the other; what isn't there is needed by nobody. */
  void need(Key what, Key needed) {
    if (!what.equals(needed) && all.containsKey(what) && all.containsKey(needed)) {
      needs.computeIfAbsent(what, key -> new HashSet<>()).add(needed);
      neededBy.computeIfAbsent(needed, key -> new HashSet<>()).add(what);
    }
  }

  /**
   * All of them in order.
   *
   * @throws NotDumpedException if some need each other in a circle
   */
  List<Made> sorted() throws NotDumpedException {
    PriorityQueue<Made> ready =
        new PriorityQueue<>(
            Comparator.comparingInt((Made made) -> made.key().rank())
                .thenComparing(Made::label)
                .thenComparing(Made::sql));
    Map<Key, Integer> missing = new HashMap<>();
    for (Made made : all.values()) {
      int count = needs.getOrDefault(made.key(), Set.of()).size();
      missing.put(made.key(), count);
      if (count == 0) {
        ready.add(made);
      }
    }
    List<Made> sorted = new ArrayList<>();
    while (!ready.isEmpty()) {
      Made next = ready.poll();
      sorted.add(next);
      for (Key waiting : neededBy.getOrDefault(next.key(), Set.of())) {
        Made made = all.get(waiting);
        if (missing.merge(waiting, -1, Integer::sum) == 0 && made != null) {
          ready.add(made);
        }
      }
    }
    if (sorted.size() < all.size()) {
      sorted.forEach(made -> all.remove(made.key()));
      throw new NotDumpedException(
          "these need each other in a circle: "
              + all.values().stream()
                  .map(Made::label)
                  .distinct()
                  .sorted()
                  .limit(NAMED)
                  .collect(Collectors.joining(", ")));
    }
    return sorted;
  }
}
