package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.gate.Admission.Rejected;
import dev.tenantgate.gateway.gate.Verdict.MustWait;
import dev.tenantgate.migrator.SchemaRef;
import org.jspecify.annotations.Nullable;

/** The cause of a wake-up: it may decide where a verdict alone lets a session wait. */
@FunctionalInterface
interface WakeReason {

  /** The rejection of a hold that still has to wait for the schema; null if it goes on waiting. */
  @Nullable Rejected decide(SchemaRef tenant, MustWait wait);
}
