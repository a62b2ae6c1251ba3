package dev.tenantgate.gateway.tenant;

import dev.tenantgate.migrator.SchemaRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a connection goes. Immutable. */
public sealed interface TenantRoute {

  /**
   * The connection goes on, to the gate.
   *
   * @param schemas what has to be up to date, {@code public} first; empty where nothing is gated
   * @param tenant the tenant that the connection counts for; null if it names none
   * @param searchPath the {@code search_path} for the server; null leaves the server's own in force
   */
  record Routed(List<GatedSchema> schemas, @Nullable SchemaRef tenant, @Nullable String searchPath)
      implements TenantRoute {

    public Routed {
      schemas = List.copyOf(schemas);
    }
  }

  /** The connection ends here. */
  record Refused(Refusal refusal) implements TenantRoute {}
}
