package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.NewSchema;
import dev.tenantgate.migrator.plan.SchemaPlan;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.session.WorkerSession;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The request to a run of one schema: the goal, the changelog that leads to it, and a dump before
 * the schema is touched. Confined to the thread whose try it is.
 */
final class SchemaRequest {

  private final SchemaContext context;
  private final SchemaRef schema;
  private final Goal goal;
  private final RunControl control;
  private Changelog changelog;
  private boolean backedUp;

  SchemaRequest(
      SchemaContext context, Changelog changelog, SchemaRef schema, Goal goal, RunControl control) {
    this.context = context;
    this.changelog = changelog;
    this.schema = schema;
    this.goal = goal;
    this.control = control;
  }

  Changelog changelog() {
    return changelog;
  }

  /** Reads the schema that new tenants' are copied from, if this is to become one. */
  void prepare(SchemaHistory history, WorkerSession session) throws SQLException {
    if (goal instanceof Goal.Up up && NewSchema.isFromCheckpoint(history, changelog, up.target())) {
      changelog = context.checkpoints().resolved(changelog, session);
    }
  }

  /** The plan that leads from a history to the goal. */
  SchemaPlan plan(SchemaHistory history) {
    return goal.plan(history, changelog);
  }

  /** Whether it is to be brought up, not taken back or only recorded. */
  boolean isUp() {
    return goal instanceof Goal.Up;
  }

  /** Whether a dump is asked for, and not made yet. */
  boolean isToBeBackedUp() {
    return !backedUp && context.backup().isAskedFor();
  }

  /**
   * Dumps the schema if that is asked for, once, before the first try that gets so far.
   *
   * @return why it couldn't be; null if it could, or nothing is about to touch the schema
   */
  @Nullable String backUp(SchemaHistory history, List<Step> steps) {
    if (backedUp || steps.stream().allMatch(step -> step.part() == null)) {
      return null;
    }
    String failure = context.backup().take(schema, history, control);
    backedUp = failure == null;
    return failure;
  }
}
