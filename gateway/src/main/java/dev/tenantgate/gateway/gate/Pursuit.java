package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.gate.Verdict.MustWait;
import dev.tenantgate.gateway.gate.Verdict.Need;
import dev.tenantgate.gateway.tenant.GatedSchema;
import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.migrator.SchemaRef;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that what held sessions wait for happens, once for all who wait for the same: a
 * lookup, an upgrade, or a look at the schema every quarter of a second. Thread-safe.
 */
final class Pursuit {

  /** How often a schema that somebody else has to migrate is looked at, give or take a quarter. */
  private static final Duration WATCH_INTERVAL = Duration.ofMillis(250);

  private final TenantDirectory directory;
  private final UpgradeService upgrades;
  private final HoldQueues queues;
  private final HoldTimer timer;
  private final Found found;
  private final Set<SchemaRef> lookedUp = ConcurrentHashMap.newKeySet();
  private final Set<SchemaRef> watched = ConcurrentHashMap.newKeySet();

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
  Pursuit(
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
    } else if (need instanceof Need.Upgrade upgrade && !watched.contains(wait.on())) {
      // Where another process is at it, the next look decides whether to try again.
      upgrades.upgrade(rules.changelog(), wait.on(), upgrade.target(), Urgency.HELD);
      upgrades.wanted(wait.on(), queues.countWaitingFor(wait.on()));
    } else if (need instanceof Need.Watch) {
      watch(wait.on());
    }
    // Need.Drain, Need.Contact: whoever marked the schema, or keeps the contact, takes that off.
    // Need.Join: the end of the upgrade wakes all who entered the queue before it.
  }

  private void lookUp(AdmissionRequest request, SchemaRef schema) {
    for (GatedSchema next : request.route().schemas()) {
      if (!next.schema().equals(schema) && directory.tryLookup(next.schema()) == null) {
        // It will be asked for next; so it travels in the same message.
        directory.lookup(next.schema());
      }
    }
    if (lookedUp.add(schema)) {
      directory
          .lookup(schema)
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
      long quarter = WATCH_INTERVAL.toMillis() / 4;
      long jitter = ThreadLocalRandom.current().nextLong(-quarter, quarter + 1);
      timer.after(WATCH_INTERVAL.plusMillis(jitter), () -> look(schema));
    }
  }

  private void look(SchemaRef schema) {
    if (queues.countWaitingFor(schema) == 0) {
      watched.remove(schema);
      // Whoever came between the count and the removal found it watched.
      if (queues.countWaitingFor(schema) > 0) {
        watch(schema);
      }
      return;
    }
    directory
        .refresh(schema)
        .whenComplete(
            (snapshot, error) -> {
              watched.remove(schema);
              found.read(schema, error);
            });
  }
}
