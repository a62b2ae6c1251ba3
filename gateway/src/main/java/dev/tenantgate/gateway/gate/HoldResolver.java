package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.gate.Verdict.MustWait;
import dev.tenantgate.gateway.gate.Verdict.Need;
import dev.tenantgate.gateway.tenant.GatedSchema;
import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.migrator.SchemaRef;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that what held sessions wait for happens, once for all who wait for the same: a
 * lookup, an upgrade, or a look at the schema every quarter of a second. Thread-safe.
 */
final class HoldResolver {

  /** How often a schema that somebody else has to migrate is looked at, give or take a quarter. */
  private static final Duration WATCH_INTERVAL = Duration.ofMillis(250);

  private final TenantDirectory directory;
  private final UpgradeService upgrades;
  private final HoldQueues queues;
  private final HoldTimer timer;
  private final Found found;

  /** So many schemas of one path are looked up together. */
  private static final int MOST_AHEAD = 32;

  private final Set<SchemaRef> lookedUp = ConcurrentHashMap.newKeySet();
  private final Set<SchemaRef> watched = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean lookIsDue = new AtomicBoolean();
  private volatile long lastLookMillis;

  /** Told when a schema's history was read, or couldn't be. */
  @FunctionalInterface
  interface Found {
    void read(SchemaRef schema, @Nullable Throwable error);
  }

  /**
   * Pursues nothing yet.
   *
   * @param found wakes those who wait for the schema
   */
  HoldResolver(
      TenantDirectory directory,
      UpgradeService upgrades,
      HoldQueues queues,
      HoldTimer timer,
      Found found) {
    this.directory = directory;
    this.upgrades = upgrades;
    this.queues = queues;
    this.timer = timer;
    this.found = found;
  }

  /** Begins what a session waits for that isn't under way. */
  void of(AdmissionRequest request, MustWait wait, GateRules rules) {
    Need need = wait.need();
    if (need instanceof Need.Lookup) {
      lookUp(request, wait.on());
    } else if (need instanceof Need.Upgrade && upgrades.isReadOnly()) {
      watch(wait.on()); // what others migrate comes by replication
    } else if (need instanceof Need.Upgrade upgrade && !watched.contains(wait.on())) {
      // Where another process is at it, the next look decides whether to try again.
      upgrades.upgrade(rules.changelog(), wait.on(), upgrade.target(), UpgradePriority.HELD);
      upgrades.wanted(wait.on(), queues.countWaitingFor(wait.on()));
    } else if (need instanceof Need.Watch) {
      watch(wait.on());
    }
    // Need.Drain, Need.Contact: whoever marked the schema, or keeps the contact, takes that off.
    // Need.Join: the end of the upgrade wakes all who entered the queue before it.
  }

  private void lookUp(AdmissionRequest request, SchemaRef schema) {
    int ahead = 0;
    for (GatedSchema next : request.route().schemas()) {
      if (!next.schema().equals(schema) && directory.tryLookup(next.schema()) == null) {
        // It will be asked for next; so it travels in the same message.
        directory.lookup(next.schema());
        if (++ahead == MOST_AHEAD) {
          break; // a path may have thousands, behind the first that isn't there
        }
      }
    }
    if (lookedUp.add(schema)) {
      directory
          .lookupFresh(schema)
          .whenComplete(
              (snapshot, error) -> {
                lookedUp.remove(schema);
                found.read(schema, error);
              });
    }
  }

  /** Looks at a schema in a while, and again, for as long as anybody waits for it. */
  void watch(SchemaRef schema) {
    if (watched.add(schema)) {
      lookLater();
    }
  }

  /** One look is for all schemas that are watched, so that they are read together. */
  private void lookLater() {
    if (lookIsDue.compareAndSet(false, true)) {
      // Slow reads are repeated less often: they take a fifth of the time at most.
      long pause = Math.max(WATCH_INTERVAL.toMillis(), 4 * lastLookMillis);
      long jitter = ThreadLocalRandom.current().nextLong(-pause / 4, pause / 4 + 1);
      timer.after(Duration.ofMillis(pause + jitter), this::look);
    }
  }

  private void look() {
    lookIsDue.set(false);
    long began = System.nanoTime();
    for (SchemaRef schema : List.copyOf(watched)) {
      look(schema, began);
    }
  }

  private void look(SchemaRef schema, long began) {
    if (queues.countWaitingFor(schema) == 0) {
      watched.remove(schema);
      // A session that came between the count and the removal found it watched.
      if (queues.countWaitingFor(schema) > 0) {
        watch(schema);
      }
      return;
    }
    directory
        .refresh(schema)
        .whenComplete(
            (snapshot, error) -> {
              lastLookMillis = (System.nanoTime() - began) / 1_000_000;
              watched.remove(schema);
              found.read(schema, error);
            });
  }
}
