package dev.tenantgate.gateway.demo;

import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.gate.GateEvents.HoldEnd;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Remembers what the gate did for each tenant. Thread-safe. */
final class DemoEvents implements GateEvents {

  /** How long the end of a migration may be behind the admission of those who waited for it. */
  private static final long MOST_SECONDS_BEHIND = 10;

  private final Map<SchemaRef, Duration> held = new ConcurrentHashMap<>();
  private final Map<SchemaRef, CompletableFuture<List<Version>>> applied =
      new ConcurrentHashMap<>();

  @Override
  public void holdEnded(SchemaRef tenant, HoldEnd end, Duration duration) {
    held.put(tenant, duration);
  }

  @Override
  public void migrationStarted(SchemaRef schema) {
    applied.put(schema, new CompletableFuture<>());
  }

  @Override
  public void migrationEnded(SchemaRef schema, SchemaOutcome outcome, Duration elapsed) {
    List<Version> versions =
        outcome instanceof SchemaOutcome.Migrated migrated ? migrated.applied() : List.of();
    applied.computeIfAbsent(schema, s -> new CompletableFuture<>()).complete(versions);
  }

  /** How long the tenant's connection was held; null if it wasn't. */
  @Nullable Duration held(SchemaRef tenant) {
    return held.get(tenant);
  }

  /**
   * The migrations that were applied to the tenant's schema. A waiter may be let through before the
   * migration's end is told; the end is waited for.
   */
  List<Version> applied(SchemaRef tenant) {
    return applied
        .getOrDefault(tenant, CompletableFuture.completedFuture(List.of()))
        .completeOnTimeout(List.of(), MOST_SECONDS_BEHIND, TimeUnit.SECONDS)
        .join();
  }
}
