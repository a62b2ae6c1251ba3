package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.migrator.SchemaRef;
import java.util.concurrent.Executor;

/**
 * A session that wants to go on.
 *
 * @param route where it goes, and so what has to be up to date
 * @param requirement what it says it needs
 * @param executor where its listener is called: the session's event loop
 * @param begun whether it is in a transaction, which may end although the gateway stops
 */
public record AdmissionRequest(
    TenantRoute.Routed route, Requirement requirement, Executor executor, boolean begun) {

  /** One of a session that is in no transaction. */
  public AdmissionRequest(TenantRoute.Routed route, Requirement requirement, Executor executor) {
    this(route, requirement, executor, false);
  }

  /** The same in a transaction. */
  public AdmissionRequest inTransaction() {
    return new AdmissionRequest(route, requirement, executor, true);
  }

  /** The schema that it counts for: its tenant's, else {@code public}. */
  SchemaRef countsFor() {
    SchemaRef tenant = route.tenant();
    return tenant == null ? SchemaRef.PUBLIC : tenant;
  }
}
