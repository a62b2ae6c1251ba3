package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PooledBackend;
import java.util.HashMap;
import java.util.Map;

/** How many backends each tenant has, where that is limited. Event-loop confined. */
final class TenantShares {

  private final PoolServices services;
  private final Map<Object, Integer> lent = new HashMap<>();

  TenantShares(PoolServices services) {
    this.services = services;
  }

  /** Whether the tenant may have one more. */
  boolean mayHaveOne(Object tenant) {
    int most = services.rules().sizePerTenant();
    return most == 0 || lent.getOrDefault(tenant, 0) < most;
  }

  /** A backend is lent to one of the tenant's sessions. */
  void lent(PooledBackend backend, Object tenant) {
    if (services.rules().sizePerTenant() > 0) {
      lent.merge(tenant, 1, Integer::sum);
    }
    backend.standing().countsFor(tenant);
  }

  /** It is lent no more. */
  void returned(PooledBackend backend) {
    if (!lent.isEmpty()) {
      lent.computeIfPresent(backend.standing().tenant(), (tenant, n) -> n == 1 ? null : n - 1);
    }
  }
}
