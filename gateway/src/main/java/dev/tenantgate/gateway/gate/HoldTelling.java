package dev.tenantgate.gateway.gate;

import dev.tenantgate.config.MigrationSettings.Trigger;
import dev.tenantgate.gateway.gate.Verdict.MustWait;
import dev.tenantgate.gateway.gate.Verdict.Need;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.ExternalStanding;
import java.time.Duration;
import java.util.List;

/** The progress that held sessions are told, made of verdicts. Thread-safe. */
record HoldTelling(UpgradeService upgrades) {

  /**
   * Makes a hold's progress of a verdict on it.
   *
   * @param on the schema it waits for
   * @param held for how long it is held
   * @param others how many others wait for the same
   */
  HoldProgress progress(SchemaRef on, Verdict verdict, Trigger trigger, Duration held, int others) {
    MustWait wait = verdict instanceof MustWait w ? w : null;
    TenantState state = wait == null ? null : wait.state();
    return new HoldProgress(
        on,
        wait == null ? HoldProgress.Phase.LOOKUP : phase(wait, trigger),
        state == null ? null : state.status().version(),
        state == null ? List.of() : state.status().pending(),
        state == null ? null : state.status().external(),
        held,
        others);
  }

  private HoldProgress.Phase phase(MustWait wait, Trigger trigger) {
    if (wait.need() instanceof Need.Lookup) {
      return HoldProgress.Phase.LOOKUP;
    }
    if (wait.need() instanceof Need.Contact) {
      return HoldProgress.Phase.CUT_OFF;
    }
    Upgrade upgrade = upgrades.underWay(wait.on());
    if (upgrade != null) {
      return upgrade.isRunning() ? HoldProgress.Phase.MIGRATING : HoldProgress.Phase.QUEUED;
    }
    if (wait.need() instanceof Need.Drain) {
      return HoldProgress.Phase.DRAINING;
    }
    if (upgrades.isReadOnly()) {
      return HoldProgress.Phase.READ_ONLY;
    }
    TenantState state = wait.state();
    ExternalStanding external = state == null ? null : state.status().external();
    if (external != null && !external.runnable()) {
      return HoldProgress.Phase.OTHER_TOOL;
    }
    return trigger == Trigger.MANUAL ? HoldProgress.Phase.MANUAL : HoldProgress.Phase.ELSEWHERE;
  }
}
