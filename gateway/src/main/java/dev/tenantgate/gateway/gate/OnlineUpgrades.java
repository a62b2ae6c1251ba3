package dev.tenantgate.gateway.gate;

import dev.tenantgate.config.MigrationSettings.Trigger;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Upgrades that nobody waits for: those of schemas that lack online migrations alone, set off by
 * sessions that were let through all the same. Thread-safe; quick, since it is told before
 * transactions.
 */
final class OnlineUpgrades {

  /** One that came to nothing is tried again after this. */
  private static final long AGAIN_NANOS = Duration.ofSeconds(5).toNanos();

  private final UpgradeService upgrades;
  private final LongSupplier nanoTime;
  private final Map<SchemaRef, Long> triedNanos = new ConcurrentHashMap<>();

  OnlineUpgrades(UpgradeService upgrades, LongSupplier nanoTime) {
    this.upgrades = upgrades;
    this.nanoTime = nanoTime;
  }

  /** A session was let through to a schema that lacks online migrations. */
  void lags(GateRules rules, SchemaRef schema, Target target) {
    if (rules.trigger() == Trigger.MANUAL || upgrades.isUnderWay(schema)) {
      return;
    }
    long now = nanoTime.getAsLong();
    Long tried = triedNanos.get(schema);
    if (tried != null && now - tried < AGAIN_NANOS) {
      return;
    }
    triedNanos.put(schema, now);
    var unused = upgrades.upgrade(rules.changelog(), schema, target, UpgradePriority.BULK);
  }

  void ended(SchemaRef schema, SchemaOutcome outcome) {
    if (outcome.succeeded()) {
      triedNanos.remove(schema);
    }
  }
}
