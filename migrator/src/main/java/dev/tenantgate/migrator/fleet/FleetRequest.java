package dev.tenantgate.migrator.fleet;

import dev.tenantgate.config.RolloutSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The request for a run over many schemas. Immutable.
 *
 * @param changelog all migrations
 * @param scope which schemas
 * @param goal what is wanted of them
 * @param rollout in which order, and when to stop; null for the migrator's settings
 * @param resumption whether an unfinished run is gone on with
 * @param retryFailed whether a schema is tried whose migration has failed before and is the same
 *     still
 * @param upgrader how one schema is brought to the goal; null for the migrator's own way
 */
public record FleetRequest(
    Changelog changelog,
    FleetScope scope,
    Goal goal,
    @Nullable RolloutSettings rollout,
    Resumption resumption,
    boolean retryFailed,
    @Nullable SchemaUpgrader upgrader) {

  /** The treatment of an unfinished run with the same goal and scope. */
  public enum Resumption {
    /** The run is planned anew, from the histories; the unfinished one counts as replaced. */
    NONE,
    /** It is gone on with, if there is one, unless migrations have changed since. */
    UNCHANGED,
    /** It is gone on with, if there is one. */
    CHANGED
  }

  /** Brings one schema to the run's goal; for who has others to tell, or to put first. */
  @FunctionalInterface
  public interface SchemaUpgrader {

    /** Begins; the result never fails. */
    CompletionStage<SchemaOutcome> upgrade(SchemaRef schema);
  }

  /** A request to plan anew, as the settings say. */
  public FleetRequest(Changelog changelog, FleetScope scope, Goal goal) {
    this(changelog, scope, goal, null, Resumption.NONE, true, null);
  }

  /** The same with other migrations. */
  public FleetRequest with(Changelog other) {
    return new FleetRequest(other, scope, goal, rollout, resumption, retryFailed, upgrader);
  }

  /** The same with another order, and other reasons to stop. */
  public FleetRequest withRollout(RolloutSettings other) {
    return new FleetRequest(changelog, scope, goal, other, resumption, retryFailed, upgrader);
  }

  /** The same, gone on with or planned anew. */
  public FleetRequest withResumption(Resumption other) {
    return new FleetRequest(changelog, scope, goal, rollout, other, retryFailed, upgrader);
  }

  /** The same, leaving alone what has failed before. */
  public FleetRequest withoutFailed() {
    return new FleetRequest(changelog, scope, goal, rollout, resumption, false, upgrader);
  }

  /** The same with another way to bring a schema to the goal. */
  public FleetRequest withUpgrader(SchemaUpgrader other) {
    return new FleetRequest(changelog, scope, goal, rollout, resumption, retryFailed, other);
  }
}
