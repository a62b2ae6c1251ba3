package dev.tenantgate.gateway.gate;

import dev.tenantgate.config.RolloutSettings;
import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.fleet.FleetRequest;
import dev.tenantgate.migrator.fleet.FleetRequest.Resumption;
import dev.tenantgate.migrator.fleet.PlannedFleet;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import java.sql.SQLException;

/**
 * An upgrade of all schemas: the migrator's own run over many, with canaries, waves and a plan in
 * the registry, in which each schema's turn is an {@link Upgrade} like any other. So whoever waits
 * for a tenant comes first, and the gate learns what became of it. Immutable; {@link #run} blocks.
 *
 * @param migrator plans it, and keeps the plan
 * @param upgrades upgrades one schema
 * @param changelog all migrations
 * @param target how far
 * @param rollout in which order, and when to stop
 * @param which which schemas are worth a try
 * @param resumption whether an unfinished run is gone on with
 */
public record FleetUpgrade(
    Migrator migrator,
    UpgradeService upgrades,
    Changelog changelog,
    Target target,
    RolloutSettings rollout,
    Which which,
    Resumption resumption) {

  /** Which schemas are worth a try. */
  public enum Which {
    /** Schemas that lack migrations, unless their migration has failed. */
    BEHIND,
    /** Also schemas whose migration has failed. */
    BEHIND_OR_FAILED
  }

  /** Told how it goes on, on whatever thread that happens. */
  public interface Observer {

    /** So many schemas lag. */
    default void planned(int schemas) {}

    /** One of them is done. */
    default void ended(SchemaOutcome outcome) {}
  }

  /** How many schemas lag, as far as is known. */
  public static int lagging(FleetView fleet, Which which) {
    TenantState shared = fleet.shared();
    long tenants = fleet.tenants().stream().filter(state -> lags(state, which)).count();
    return (int) tenants + (shared != null && lags(shared, which) ? 1 : 0);
  }

  /**
   * Upgrades what lags.
   *
   * @throws SQLException if the database can't be read; nothing has run then
   * @throws dev.tenantgate.migrator.fleet.RunRefusedException if there is no tenant of a canary's
   *     name
   */
  FleetOutcome run(Observer observer) throws SQLException {
    FleetRequest request =
        new FleetRequest(changelog, new FleetScope.All(), new Goal.Up(target))
            .withRollout(rollout)
            .withResumption(resumption)
            .withUpgrader(
                schema ->
                    upgrades.upgrade(
                        changelog,
                        schema,
                        target,
                        schema.isPublic() ? UpgradePriority.ASKED : UpgradePriority.BULK));
    return migrator
        .runs()
        .runAll(which == Which.BEHIND ? request.withoutFailed() : request, new Relay(observer));
  }

  /** Tells the observer of those alone that lag, or are left alone for want of a history. */
  private static final class Relay implements FleetListener {

    private final Observer observer;
    private volatile boolean planned;
    private int leftAlone;

    Relay(Observer observer) {
      this.observer = observer;
    }

    @Override
    public void fleetPlanned(PlannedFleet plan) {
      observer.planned(plan.schemas() + leftAlone);
      planned = true;
    }

    @Override
    public void finished(SchemaOutcome outcome) {
      boolean unmanaged = !planned && outcome instanceof SchemaOutcome.Unmanaged;
      if (unmanaged) {
        // Found while the run is planned, on the thread that does.
        leftAlone++;
      }
      if (planned || unmanaged) {
        observer.ended(outcome);
      }
    }
  }

  private static boolean lags(TenantState state, Which which) {
    return switch (state.name()) {
      case BEHIND, MIGRATING -> true;
      case FAILED -> which == Which.BEHIND_OR_FAILED;
      case CURRENT, AHEAD, UNKNOWN, UNMANAGED -> false;
    };
  }
}
