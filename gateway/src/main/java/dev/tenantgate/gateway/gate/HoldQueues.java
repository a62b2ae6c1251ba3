package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.SchemaRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The held sessions by the schema that they wait for, first come first served, and their bounds.
 * One lock; every operation but the listing ones takes constant time. Thread-safe.
 *
 * <p>A hold is in exactly one queue, that of the schema it waits for, from {@link #enter} to {@link
 * #leave}. It counts for its tenant from {@link #count} on, whichever schema it waits for: who only
 * waits for a history to be read may turn out to have nothing to wait for.
 */
final class HoldQueues {

  private final Object lock = new Object();
  private final Map<SchemaRef, Set<Hold>> waitingFor = new HashMap<>();
  private final Map<SchemaRef, Integer> ofTenant = new HashMap<>();
  private int held;
  private boolean closed;

  /** Takes a hold in, unless there are as many as there may be of all tenants. */
  Admission.@Nullable Rejected enter(Hold hold, int maxHeld) {
    synchronized (lock) {
      if (closed) {
        return Rejections.shutdown();
      }
      if (held >= maxHeld) {
        return Rejections.queueFull(maxHeld);
      }
      held++;
      queue(hold.on()).add(hold);
      return null;
    }
  }

  /** Counts a hold for its tenant, once, unless there are as many as there may be of it. */
  Admission.@Nullable Rejected count(Hold hold, int maxHeldPerTenant) {
    synchronized (lock) {
      if (hold.isCounted() || !isQueued(hold)) {
        return null;
      }
      int ofThisTenant = ofTenant.getOrDefault(hold.countsFor(), 0);
      if (ofThisTenant >= maxHeldPerTenant) {
        return Rejections.tenantQueueFull(hold.countsFor(), maxHeldPerTenant);
      }
      ofTenant.put(hold.countsFor(), ofThisTenant + 1);
      hold.setCounted();
      return null;
    }
  }

  /** Moves a hold to the end of another schema's queue; one that has left stays out. */
  void move(Hold hold, SchemaRef to) {
    synchronized (lock) {
      if (removeFromQueue(hold)) {
        hold.waitFor(to);
        queue(to).add(hold);
      }
    }
  }

  /** Takes a hold out; one that has left already stays out. */
  void leave(Hold hold) {
    synchronized (lock) {
      if (removeFromQueue(hold)) {
        held--;
        if (hold.isCounted()) {
          ofTenant.merge(hold.countsFor(), -1, (count, less) -> count == 1 ? null : count + less);
        }
      }
    }
  }

  /** The sessions that wait for the schema now, first come first. */
  List<Hold> waitingFor(SchemaRef schema) {
    synchronized (lock) {
      return new ArrayList<>(waitingFor.getOrDefault(schema, Set.of()));
    }
  }

  /** All schemas that somebody waits for. */
  Set<SchemaRef> wanted() {
    synchronized (lock) {
      return new HashSet<>(waitingFor.keySet());
    }
  }

  /** How many wait for the schema. */
  int countWaitingFor(SchemaRef schema) {
    synchronized (lock) {
      return waitingFor.getOrDefault(schema, Set.of()).size();
    }
  }

  /** How many are held of the tenant, whichever schema they wait for. */
  int countOf(SchemaRef tenant) {
    synchronized (lock) {
      return ofTenant.getOrDefault(tenant, 0);
    }
  }

  /** How many are held in all. */
  int count() {
    synchronized (lock) {
      return held;
    }
  }

  /** Takes nobody in any more, and gives those who are in. */
  List<Hold> close() {
    synchronized (lock) {
      closed = true;
      List<Hold> all = new ArrayList<>(held);
      waitingFor.values().forEach(all::addAll);
      return all;
    }
  }

  private boolean isQueued(Hold hold) {
    return waitingFor.getOrDefault(hold.on(), Set.of()).contains(hold);
  }

  private Set<Hold> queue(SchemaRef schema) {
    return waitingFor.computeIfAbsent(schema, s -> new LinkedHashSet<>());
  }

  private boolean removeFromQueue(Hold hold) {
    Set<Hold> queue = waitingFor.get(hold.on());
    if (queue == null || !queue.remove(hold)) {
      return false;
    }
    if (queue.isEmpty()) {
      waitingFor.remove(hold.on());
    }
    return true;
  }
}
