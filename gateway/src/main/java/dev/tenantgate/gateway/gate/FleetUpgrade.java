package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.run.SchemaOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * An upgrade of many schemas: {@code public} first, then the tenants, as workers are free. If
 * {@code public} doesn't succeed, the tenants are left alone. Immutable.
 *
 * @param schemas those that lag, {@code public} first if it is among them
 */
public record FleetUpgrade(List<SchemaRef> schemas) {

  /** Which schemas are worth a try. */
  public enum Which {
    /** Those that lack migrations, but not those whose migration failed. */
    BEHIND,
    /** Those as well. */
    BEHIND_OR_FAILED
  }

  public FleetUpgrade {
    schemas = List.copyOf(schemas);
  }

  /** The upgrade of what lags. */
  public static FleetUpgrade of(FleetView fleet, Which which) {
    List<SchemaRef> schemas = new ArrayList<>();
    TenantState shared = fleet.shared();
    if (shared != null && lags(shared, which)) {
      schemas.add(SchemaRef.PUBLIC);
    }
    fleet.tenants().stream()
        .filter(state -> lags(state, which))
        .forEach(state -> schemas.add(state.schema()));
    return new FleetUpgrade(schemas);
  }

  /**
   * Starts it.
   *
   * @param onOutcome told of each schema that is done, on workers' threads
   * @return completes when all are done; never fails
   */
  public CompletionStage<Void> start(
      UpgradeService upgrades,
      Changelog changelog,
      Target target,
      Consumer<SchemaOutcome> onOutcome) {
    if (!schemas.contains(SchemaRef.PUBLIC)) {
      return tenants(upgrades, changelog, target, onOutcome);
    }
    return upgrades
        .upgrade(changelog, SchemaRef.PUBLIC, target, Urgency.ASKED)
        .thenCompose(
            outcome -> {
              onOutcome.accept(outcome);
              return outcome.succeeded()
                  ? tenants(upgrades, changelog, target, onOutcome)
                  : CompletableFuture.<Void>completedFuture(null);
            });
  }

  private CompletableFuture<Void> tenants(
      UpgradeService upgrades,
      Changelog changelog,
      Target target,
      Consumer<SchemaOutcome> onOutcome) {
    CompletableFuture<?>[] all =
        schemas.stream()
            .filter(schema -> !schema.isPublic())
            .map(
                schema ->
                    upgrades
                        .upgrade(changelog, schema, target, Urgency.BULK)
                        .thenAccept(onOutcome)
                        .toCompletableFuture())
            .toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(all);
  }

  private static boolean lags(TenantState state, Which which) {
    return switch (state.name()) {
      case BEHIND, MIGRATING -> true;
      case FAILED -> which == Which.BEHIND_OR_FAILED;
      case CURRENT, AHEAD, UNKNOWN -> false;
    };
  }
}
