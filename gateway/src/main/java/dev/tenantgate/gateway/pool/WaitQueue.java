package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.LeaseHolder;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The waiters for a lease. Tenants take turns; within a tenant, the first to come is served first.
 * A tenant with a thousand waiters delays another's one by one transaction. Event-loop confined.
 */
final class WaitQueue {

  /** A holder that waits for a lease. */
  static final class Waiter {
    final LeaseHolder lessee;
    final Object tenant;
    final long sinceNanos;
    long toldNanos;
    private long lookedNanos;
    private long outageNanos;
    private long patientSinceNanos;

    Waiter(LeaseHolder lessee, long nowNanos) {
      this.lessee = lessee;
      this.tenant = lessee.tenant();
      this.sinceNanos = nowNanos;
      this.toldNanos = nowNanos;
      this.lookedNanos = nowNanos;
      this.patientSinceNanos = nowNanos;
    }

    /** Takes the time since the last look for an outage's, a pause's, or that of waiting a turn. */
    void look(long nowNanos, boolean paused, boolean outage) {
      if (paused || outage) {
        outageNanos += paused ? 0 : nowNanos - lookedNanos;
        patientSinceNanos = nowNanos;
      }
      lookedNanos = nowNanos;
    }

    /** How much of its wait was an outage. */
    long outageNanos() {
      return outageNanos;
    }

    /** Since when it has waited for its turn alone. */
    long patientSinceNanos() {
      return patientSinceNanos;
    }
  }

  /** The waiters of one tenant. An empty line loses its place when its turn comes. */
  private static final class Line {
    final Object tenant;
    final ArrayDeque<Waiter> waiters = new ArrayDeque<>(1);

    Line(Object tenant) {
      this.tenant = tenant;
    }
  }

  private final Map<Object, Line> lines = new HashMap<>();
  private final ArrayDeque<Line> turns = new ArrayDeque<>();
  private int size;

  int size() {
    return size;
  }

  void add(Waiter waiter) {
    Line line = lines.get(waiter.tenant);
    if (line == null) {
      line = new Line(waiter.tenant);
      lines.put(waiter.tenant, line);
      turns.addLast(line);
    }
    line.waiters.addLast(waiter);
    size++;
  }

  /** Puts somebody back who was taken out and can't be served after all. */
  void addAgain(Waiter waiter) {
    Line line = lines.get(waiter.tenant);
    if (line == null) {
      add(waiter);
    } else {
      line.waiters.addFirst(waiter);
      size++;
    }
  }

  /** The place of a lessee; null if it doesn't wait. */
  @Nullable Waiter find(LeaseHolder lessee) {
    Line line = lines.get(lessee.tenant());
    if (line != null) {
      for (Waiter waiter : line.waiters) {
        if (waiter.lessee == lessee) {
          return waiter;
        }
      }
    }
    return null;
  }

  /** Takes somebody out of the queue, wherever it stands; whether it stood there. */
  boolean remove(Waiter waiter) {
    Line line = lines.get(waiter.tenant);
    if (line == null || !line.waiters.remove(waiter)) {
      return false;
    }
    size--;
    return true;
  }

  /** Takes the next whose tenant may have another lease; null if there is none. */
  @Nullable Waiter next(Predicate<Object> admissible) {
    for (int left = turns.size(); left > 0; left--) {
      Line line = turns.removeFirst();
      if (line.waiters.isEmpty()) {
        lines.remove(line.tenant);
        continue;
      }
      turns.addLast(line);
      if (admissible.test(line.tenant)) {
        size--;
        return line.waiters.removeFirst();
      }
    }
    return null;
  }

  /** Since when the one waits that has waited longest, by the pool's clock; 0 for nobody. */
  long longestWaitSince() {
    long since = 0;
    for (Line line : turns) {
      Waiter first = line.waiters.peekFirst();
      if (first != null && (since == 0 || first.sinceNanos - since < 0)) {
        since = first.sinceNanos == 0 ? -1 : first.sinceNanos; // 0 is nobody's
      }
    }
    return since;
  }

  /** Shows all who wait, those of a tenant in their order. */
  void forEach(Consumer<Waiter> consumer) {
    for (Line line : turns.toArray(Line[]::new)) {
      for (Waiter waiter : line.waiters.toArray(Waiter[]::new)) {
        consumer.accept(waiter);
      }
    }
  }
}
