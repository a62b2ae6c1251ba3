package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** One schema's upgrade, queued or running. Ordered as it is to be taken up. Thread-safe. */
final class Upgrade implements Runnable, Comparable<Upgrade> {

  private static final AtomicLong NEXT = new AtomicLong();

  private final SchemaRef schema;
  private final Changelog changelog;
  private final Target target;
  private final Consumer<Upgrade> work;
  private final CompletableFuture<SchemaOutcome> outcome = new CompletableFuture<>();
  private final AtomicBoolean begun = new AtomicBoolean();
  private final long number = NEXT.getAndIncrement();
  private volatile UpgradePriority priority;

  /** How many sessions were held for it when one last came. */
  private volatile int held;

  Upgrade(
      SchemaRef schema,
      Changelog changelog,
      Target target,
      UpgradePriority priority,
      Consumer<Upgrade> work) {
    this.schema = schema;
    this.changelog = changelog;
    this.target = target;
    this.priority = priority;
    this.held = priority == UpgradePriority.HELD ? 1 : 0;
    this.work = work;
  }

  SchemaRef schema() {
    return schema;
  }

  Changelog changelog() {
    return changelog;
  }

  Target target() {
    return target;
  }

  CompletableFuture<SchemaOutcome> outcome() {
    return outcome;
  }

  boolean isRunning() {
    return begun.get();
  }

  /** Whether it leads as far as this target of this changelog. */
  boolean covers(Changelog other, Target further) {
    if (changelog != other) {
      return false;
    }
    if (target instanceof Target.UpTo mine) {
      return further instanceof Target.UpTo its && its.version().compareTo(mine.version()) <= 0;
    }
    return true;
  }

  /** Whether the caller is the one to do it. */
  boolean begin() {
    return begun.compareAndSet(false, true);
  }

  /** Whether it has to be queued anew, as so many sessions are held for it now. */
  boolean isWantedLessThan(int sessions) {
    return held < sessions && !isRunning();
  }

  /** Changes its place in the order; only while it is in no queue. */
  void wanted(int sessions) {
    priority = UpgradePriority.HELD;
    held = sessions;
  }

  @Override
  public void run() {
    if (begin()) {
      work.accept(this);
    }
  }

  @Override
  public int compareTo(Upgrade other) {
    int byPriority = priority.compareTo(other.priority);
    int byHeld = byPriority != 0 ? byPriority : Integer.compare(other.held, held);
    return byHeld != 0 ? byHeld : Long.compare(number, other.number);
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
