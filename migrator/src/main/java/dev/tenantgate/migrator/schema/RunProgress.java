package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Goal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The work of one schema's run over all its tries, and the outcome that this makes. Confined to the
 * thread whose try it is.
 */
final class RunProgress {

  private final SchemaRef schema;
  private final Goal goal;
  private final long startedNanos = System.nanoTime();
  private final List<Version> appliedBefore = new ArrayList<>();

  RunProgress(SchemaRef schema, Goal goal) {
    this.schema = schema;
    this.goal = goal;
  }

  /** Counts what a try has done. */
  void add(List<Version> applied) {
    appliedBefore.addAll(applied);
  }

  /** The outcome when all is done. */
  SchemaOutcome done(List<Version> doneNow) {
    List<Version> versions = allApplied(doneNow);
    if (goal instanceof Goal.Down) {
      return new SchemaOutcome.RolledBack(schema, versions, elapsed());
    }
    return goal instanceof Goal.Up || goal instanceof Goal.Only
        ? new SchemaOutcome.Migrated(schema, versions, elapsed())
        : new SchemaOutcome.Recorded(schema, change(), versions, elapsed());
  }

  private SchemaOutcome.Recorded.Change change() {
    if (goal instanceof Goal.Adopt) {
      return SchemaOutcome.Recorded.Change.TAKEN_OVER;
    }
    return goal instanceof Goal.UndoAdopt
        ? SchemaOutcome.Recorded.Change.GIVEN_BACK
        : SchemaOutcome.Recorded.Change.RECORDED;
  }

  /** The outcome when nothing is pending: by this run's doing, or to begin with. */
  SchemaOutcome nothingPending(List<Version> appliedNow) {
    return allApplied(appliedNow).isEmpty() ? new SchemaOutcome.UpToDate(schema) : done(appliedNow);
  }

  /** The outcome of a failure. */
  SchemaOutcome failed(
      List<Version> appliedNow,
      @Nullable Migration migration,
      @Nullable String sqlState,
      String error) {
    return new SchemaOutcome.Failed(
        schema, allApplied(appliedNow), migration, sqlState, error, elapsed());
  }

  private List<Version> allApplied(List<Version> appliedNow) {
    List<Version> all = new ArrayList<>(appliedBefore);
    all.addAll(appliedNow);
    return all;
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - startedNanos);
  }
}
