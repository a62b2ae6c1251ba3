package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.SqlFailure;
import org.jspecify.annotations.Nullable;

/** Calls the {@linkplain RegistryFunctions functions} of the registry, whose plans are kept. */
record CalledBookkeeping() implements Bookkeeping {

  @Override
  public boolean takesLeases() {
    return true;
  }

  @Override
  public String recordStep(
      SchemaRef schema, Version version, String name, String action, String by, String millis) {
    return RegistryFunctions.recordStep(schema, version, name, action, by, millis);
  }

  @Override
  public String recordState(
      SchemaRef schema, @Nullable Version version, int applied, String digest) {
    return RegistryFunctions.recordState(schema, version, applied, digest);
  }

  @Override
  public String confirmLease(SchemaRef schema, HeldLease lease) {
    return RegistryFunctions.confirmLease(
        schema, lease.holder(), lease.token(), lease.millis(), SqlFailure.LEASE_LOST);
  }
}
