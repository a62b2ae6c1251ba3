package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.gate.Admission.Rejected;
import dev.tenantgate.gateway.gate.Verdict.MustWait;
import dev.tenantgate.gateway.gate.Verdict.Need;
import dev.tenantgate.migrator.SchemaRef;
import org.jspecify.annotations.Nullable;

/** The cause of a wake-up: it may decide where a verdict alone lets a session wait. */
@FunctionalInterface
interface WakeReason {

  /** The rejection of a hold that still has to wait for the schema; null if it goes on waiting. */
  @Nullable Rejected decide(SchemaRef tenant, MustWait wait);

  /** The schema's history can't be read: who waits for that is rejected. */
  static WakeReason lookupFailed(SchemaRef schema, String database, Throwable error) {
    Rejected rejected = Rejections.lookupFailed(schema, database, error);
    return (tenant, wait) -> wait.need() instanceof Need.Lookup ? rejected : null;
  }
}
