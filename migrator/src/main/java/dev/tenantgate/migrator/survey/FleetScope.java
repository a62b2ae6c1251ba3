package dev.tenantgate.migrator.survey;

import dev.tenantgate.migrator.SchemaRef;
import java.util.List;

/** The schemas that a run of many is for. */
public sealed interface FleetScope {

  /** {@code public}, then every tenant schema that there is. */
  record All() implements FleetScope {}

  /** Every tenant schema that there is. */
  record AllTenants() implements FleetScope {}

  /** These alone, {@code public} first if it is among them. */
  record Only(List<SchemaRef> schemas) implements FleetScope {
    public Only {
      schemas = List.copyOf(schemas);
    }
  }
}
