package dev.tenantgate.migrator.fleet;

import dev.tenantgate.migrator.schema.ExceptionSafeListener;
import java.time.Duration;

/**
 * Keeps a listener's exceptions from ending the run of many schemas that it listens to.
 * Thread-safe, as far as its listener is.
 */
final class ExceptionSafeFleetListener extends ExceptionSafeListener implements FleetListener {

  private final FleetListener listener;

  ExceptionSafeFleetListener(FleetListener listener) {
    super(listener);
    this.listener = listener;
  }

  @Override
  public void fleetStarted(int schemas) {
    carefully(() -> listener.fleetStarted(schemas));
  }

  @Override
  public void fleetPlanned(PlannedFleet plan) {
    carefully(() -> listener.fleetPlanned(plan));
  }

  @Override
  public void stageStarted(FleetStage stage) {
    carefully(() -> listener.stageStarted(stage));
  }

  @Override
  public void pausing(FleetStage after, Duration pause) {
    carefully(() -> listener.pausing(after, pause));
  }

  @Override
  public void progress(int done, int total) {
    carefully(() -> listener.progress(done, total));
  }
}
