package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.migrator.Runs.RunProgress;
import dev.tenantgate.migrator.history.RunLog;

/** How far a run has come as JSON: its stages in their order, and what failed. Stateless. */
final class RunPlanJson {

  static final int MOST_FAILURES = 100;

  private RunPlanJson() {}

  /** Adds {@code stages} and {@code failures}. */
  static void add(ObjectNode json, RunProgress progress) {
    ArrayNode stages = json.putArray("stages");
    for (RunLog.Stage each : progress.stages()) {
      ObjectNode stage = stages.addObject();
      stage.put("stage", each.stage());
      stage.put("number", each.wave());
      stage.put("total", each.total());
      stage.put("done", each.done());
      stage.put("failed", each.failed());
    }
    ArrayNode failures = json.putArray("failures");
    for (RunLog.Row row : progress.failed()) {
      ObjectNode failure = failures.addObject();
      failure.put("tenant", row.schema().tenant());
      failure.put("schema", row.schema().schema());
      failure.put("error", row.error());
    }
  }
}
