package dev.tenantgate.migrator.fleet;

import dev.tenantgate.migrator.schema.MigrationListener;
import java.time.Duration;

/** Told about each step of a run of many schemas, and of each of its schemas. */
public interface FleetListener extends MigrationListener {

  /** Listens to nothing. */
  FleetListener NONE = new FleetListener() {};

  /** A run of several schemas begins. */
  default void fleetStarted(int schemas) {}

  /** It is known what there is to do; those with nothing to do have been told as finished. */
  default void fleetPlanned(PlannedFleet plan) {}

  /** A part of a run of several schemas begins. */
  default void stageStarted(FleetStage stage) {}

  /** A run of several schemas waits before it goes on. */
  default void pausing(FleetStage after, Duration pause) {}

  /**
   * How far a run of several schemas has come; after {@link #finished}.
   *
   * @param done schemas that are finished, whatever their outcome
   * @param total all schemas of the run
   */
  default void progress(int done, int total) {}
}
