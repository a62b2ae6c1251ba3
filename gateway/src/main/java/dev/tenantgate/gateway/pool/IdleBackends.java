package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.settings.SessionSettings;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The backends of a pool that nobody has, in the order in which they were given back. Event-loop
 * confined.
 */
final class IdleBackends {

  /** How far a backend with the settings wanted is looked for. */
  private static final int SEARCH_DEPTH = 32;

  /** The one used last is the last. */
  private final ArrayDeque<PooledBackend> idle = new ArrayDeque<>();

  boolean isEmpty() {
    return idle.isEmpty();
  }

  int size() {
    return idle.size();
  }

  void add(PooledBackend backend) {
    idle.addLast(backend);
  }

  /** Whether it was one of them. */
  boolean remove(PooledBackend backend) {
    return idle.remove(backend);
  }

  /** The one that has been idle longest; there must be one. */
  PooledBackend oldest() {
    return idle.getFirst();
  }

  /** The one used last; null if there is none. */
  @Nullable PooledBackend latest() {
    return idle.peekLast();
  }

  /** Takes the one used last; null if there is none. */
  @Nullable PooledBackend takeLatest() {
    return idle.pollLast();
  }

  /**
   * Takes one that has the settings wanted, or else the one used last.
   *
   * @param mustBeChecked of which nobody knows whether it is still there
   * @return null if there is none, or the one used last has to be checked first
   */
  @Nullable PooledBackend take(SessionSettings wanted, Predicate<PooledBackend> mustBeChecked) {
    PooledBackend last = idle.peekLast();
    if (last == null || mustBeChecked.test(last)) {
      return null;
    }
    if (!last.settings().current().equals(wanted)) {
      int depth = 0;
      for (var each = idle.descendingIterator(); each.hasNext() && depth < SEARCH_DEPTH; depth++) {
        PooledBackend backend = each.next();
        if (backend.settings().current().equals(wanted) && !mustBeChecked.test(backend)) {
          each.remove();
          return backend;
        }
      }
    }
    idle.removeLast();
    return last;
  }

  /** All of them, as they are now. */
  List<PooledBackend> all() {
    return List.copyOf(idle);
  }
}
