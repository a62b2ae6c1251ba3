package dev.tenantgate.gateway.gate;

import dev.tenantgate.config.MigrationSettings.Trigger;
import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.gate.FleetUpgrade.Which;
import dev.tenantgate.gateway.tenant.Fleet;
import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.migrator.connection.AccessErrors;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.fleet.FleetStop;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.sql.SQLException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Upgrades what lags without being asked, where {@code migrations.trigger} is eager: at the start
 * and after each reload, and once more after {@code gate.recheck-interval} as long as the database,
 * or somebody at it, keeps that from its end. Migrations that fail are left to those who look at
 * them, and a run that was stopped to those who resume it. Thread-safe.
 */
final class EagerUpgrades implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(EagerUpgrades.class);

  private final Fleet fleet;
  private final HoldTimer timer;
  private final Supplier<Settings> settings;
  private final Supplier<CompletionStage<FleetOutcome>> upgradeAll;
  private volatile boolean closed;

  /**
   * Makes what upgrades nothing yet.
   *
   * @param settings those in force
   * @param upgradeAll upgrades {@link Which#BEHIND}
   */
  EagerUpgrades(
      Fleet fleet,
      HoldTimer timer,
      Supplier<Settings> settings,
      Supplier<CompletionStage<FleetOutcome>> upgradeAll) {
    this.fleet = fleet;
    this.timer = timer;
    this.settings = settings;
    this.upgradeAll = upgradeAll;
  }

  /** Looks at all schemas, and upgrades those that lag. */
  void begin() {
    fleet.survey().whenComplete(this::surveyed);
  }

  private void surveyed(@Nullable FleetView view, @Nullable Throwable error) {
    if (closed) {
      return;
    }
    if (view == null) {
      log.warn("the schemas can't be surveyed: {}", message(error));
      again();
      return;
    }
    int behind = FleetUpgrade.lagging(view, Which.BEHIND);
    if (behind > 0 && GateRules.trigger(settings.get()) == Trigger.EAGER) {
      log.atInfo().addKeyValue("schemas", behind).log("upgrading what lags");
      upgradeAll.get().whenComplete(this::ended);
    }
  }

  private void ended(@Nullable FleetOutcome outcome, @Nullable Throwable error) {
    if (closed) {
      return;
    }
    if (outcome == null) {
      log.warn("what lags can't be upgraded: {}", message(error));
      again();
    } else if (mayDoBetter(outcome)) {
      again();
    } else if (outcome.stop() != null) {
      log.atWarn()
          .addKeyValue("run", outcome.run())
          .addKeyValue("notTried", outcome.skipped().size())
          .log("upgrading what lags was stopped, since {}", outcome.stop());
    }
  }

  /** Whether nothing was in the way but what passes by itself. */
  private static boolean mayDoBetter(FleetOutcome outcome) {
    return outcome.stop() == FleetStop.NOT_ALL_REACHED
        || (outcome.stop() == FleetStop.PUBLIC_FAILED
            && outcome.failures().stream().anyMatch(EagerUpgrades::passesByItself));
  }

  private static boolean passesByItself(SchemaOutcome outcome) {
    return outcome instanceof SchemaOutcome.Busy
        || outcome instanceof SchemaOutcome.PutOff
        || outcome instanceof SchemaOutcome.Unreachable;
  }

  private void again() {
    timer.after(settings.get().gate().recheckInterval(), this::begin);
  }

  private static String message(@Nullable Throwable error) {
    Throwable cause = error == null ? null : error.getCause();
    return cause instanceof SQLException refused
        ? AccessErrors.describe(refused)
        : String.valueOf(cause == null ? error : cause.getMessage());
  }

  @Override
  public void close() {
    closed = true;
  }
}
