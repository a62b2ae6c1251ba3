package dev.tenantgate.gateway.demo;

import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.run.SchemaOutcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Remembers what the gate did for each tenant. Thread-safe. */
final class DemoEvents implements GateEvents {

  private final Map<SchemaRef, Duration> held = new ConcurrentHashMap<>();
  private final Map<SchemaRef, List<Version>> applied = new ConcurrentHashMap<>();

  @Override
  public void holdEnded(SchemaRef tenant, HoldEnd end, Duration duration) {
    held.put(tenant, duration);
  }

  @Override
  public void migrationEnded(SchemaRef schema, SchemaOutcome outcome, Duration elapsed) {
    if (outcome instanceof SchemaOutcome.Migrated migrated) {
      applied.put(schema, migrated.applied());
    }
  }

  /** How long the tenant's connection was held; null if it wasn't. */
  @Nullable Duration held(SchemaRef tenant) {
    return held.get(tenant);
  }

  /** What was applied to the tenant's schema. */
  List<Version> applied(SchemaRef tenant) {
    return applied.getOrDefault(tenant, List.of());
  }
}
