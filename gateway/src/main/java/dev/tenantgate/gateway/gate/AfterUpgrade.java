package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.gate.Admission.Rejected;
import dev.tenantgate.gateway.gate.Verdict.MustWait;
import dev.tenantgate.gateway.gate.Verdict.Need;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import org.jspecify.annotations.Nullable;

/**
 * The consequence of an upgrade's end for those who still have to wait for its schema. Immutable.
 *
 * @param closed whether the gate is, so that what was cut short was by that
 */
record AfterUpgrade(Upgrade upgrade, SchemaOutcome outcome, GateRules rules, boolean closed)
    implements WakeReason {

  /** Whether the schema is looked at again, and brought up then, before anybody is rejected. */
  static boolean isTriedAgain(SchemaOutcome outcome, boolean closed) {
    return outcome instanceof SchemaOutcome.Busy
        || outcome instanceof SchemaOutcome.PutOff
        || (outcome instanceof SchemaOutcome.Unreachable && !closed);
  }

  @Override
  public @Nullable Rejected decide(SchemaRef tenant, MustWait wait) {
    if (!(wait.need() instanceof Need.Upgrade needed) || wait.state() == null) {
      return null;
    }
    if (outcome instanceof SchemaOutcome.Failed failed) {
      return Rejections.failed(wait.state(), tenant, failed.error());
    }
    if (outcome instanceof SchemaOutcome.Unmanaged) {
      // The schema's history was read since: the gate itself says so.
      return null;
    }
    if (outcome instanceof SchemaOutcome.NoSuchSchema) {
      return Rejections.unknownTenant(wait.on());
    }
    if (outcome instanceof SchemaOutcome.Unreachable lost) {
      return closed
          ? Rejections.shutdown()
          : Rejections.unreachable(wait.on(), rules.database(), lost.error());
    }
    if (outcome instanceof SchemaOutcome.Cancelled) {
      return closed
          ? Rejections.shutdown()
          : Rejections.failed(wait.state(), tenant, "the migration was cancelled");
    }
    // An upgrade that went as far as needed and left the schema lagging won't do better next time.
    return upgrade.covers(rules.changelog(), needed.target())
        ? Rejections.failed(wait.state(), tenant, "the migrator found nothing to do")
        : null;
  }
}
