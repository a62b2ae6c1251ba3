package dev.tenantgate.migrator.session;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.Adoptions;
import dev.tenantgate.migrator.history.HistoryTable;
import dev.tenantgate.migrator.history.StatementProgress;
import dev.tenantgate.migrator.plan.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * The statements by which the history of a schema tells of a step. Immutable.
 *
 * @param history the schema's history
 * @param by who changes the schema
 */
record StepRecord(HistoryTable history, SchemaRef schema, String by) {

  /**
   * The statements for a step that was taken, in one text.
   *
   * @param replaces whether the history has a failure of it, which a row takes the place of
   * @param millis an SQL expression for its duration, in milliseconds
   */
  String of(Step step, boolean replaces, String millis) {
    if (step instanceof Step.Adopt adopt) {
      List<String> all =
          new ArrayList<>(
              Adoptions.takeOver(
                  history,
                  schema,
                  adopt.old(),
                  adopt.taken(),
                  adopt.view(),
                  SqlFailure.HISTORY_CHANGED));
      all.addAll(Adoptions.record(schema, adopt.old(), adopt.taken(), adopt.view(), by));
      return String.join(";\n", all);
    } else if (step instanceof Step.GiveBack back) {
      return String.join(
          ";\n", Adoptions.giveBack(history, schema, back.adoption(), SqlFailure.HISTORY_CHANGED));
    } else if (step instanceof Step.Apply apply) {
      return history.recordSuccess(schema, apply.migration(), replaces, millis);
    } else if (step instanceof Step.FromCheckpoint) {
      return history.recordAll(schema, step.migrations());
    } else if (step instanceof Step.Baseline baseline) {
      return history.recordSuccess(schema, baseline.migration(), replaces, "NULL");
    } else if (step instanceof Step.AdoptChecksum adopt) {
      return history.adopt(schema, adopt.migration());
    } else if (step instanceof Step.Revert || step instanceof Step.Forget) {
      return history.remove(schema, step.version());
    }
    StatementProgress done = step instanceof Step.ClearFailure clear ? clear.done() : null;
    return done == null
        ? history.clearFailure(schema, step.version())
        : history.clearFailure(schema, step.version(), done);
  }
}
