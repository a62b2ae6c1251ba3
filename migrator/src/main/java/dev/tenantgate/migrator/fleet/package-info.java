/**
 * Runs over many schemas: {@link dev.tenantgate.migrator.fleet.FleetPlanner} makes the plan, {@link
 * dev.tenantgate.migrator.fleet.FleetRun} goes through its stages, {@link
 * dev.tenantgate.migrator.fleet.StageRun} keeps the lanes of a stage busy, {@link
 * dev.tenantgate.migrator.fleet.FleetLedger} records their progress.
 */
@NullMarked
package dev.tenantgate.migrator.fleet;

import org.jspecify.annotations.NullMarked;
