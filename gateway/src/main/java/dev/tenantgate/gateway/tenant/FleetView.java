package dev.tenantgate.gateway.tenant;

import dev.tenantgate.migrator.plan.SchemaState;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where everything stands. Immutable.
 *
 * @param shared {@code public}; null if it isn't known yet
 * @param tenants all tenants that are known, by schema
 * @param surveyedAt when all histories were read last; null if they never were
 * @param lookedAt when the database was looked at last, at all histories or at the registry; null
 *     if it never was
 */
public record FleetView(
    @Nullable TenantState shared,
    List<TenantState> tenants,
    @Nullable Instant surveyedAt,
    @Nullable Instant lookedAt) {

  public FleetView {
    tenants = List.copyOf(tenants);
  }

  /** How many tenants are in each state, every state named. */
  public Map<SchemaState, Integer> counts() {
    Map<SchemaState, Integer> counts = new EnumMap<>(SchemaState.class);
    for (SchemaState state : SchemaState.values()) {
      counts.put(state, 0);
    }
    for (TenantState tenant : tenants) {
      counts.merge(tenant.name(), 1, Integer::sum);
    }
    return counts;
  }

  /** The largest lag of any tenant. */
  public int maxLag() {
    return tenants.stream().mapToInt(TenantState::lag).max().orElse(0);
  }
}
