package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.migrator.history.RunLog;
import dev.tenantgate.migrator.history.RunLog.Progress;
import java.util.List;

/** The plan of a run as JSON: its stages in their order, and what failed. Stateless. */
final class RunPlanJson {

  private static final int MOST_FAILURES = 100;

  private RunPlanJson() {}

  /** Adds {@code stages} and {@code failures}. */
  static void add(ObjectNode json, List<RunLog.Row> plan) {
    ArrayNode stages = json.putArray("stages");
    ArrayNode failures = json.putArray("failures");
    for (RunLog.Row row : plan) {
      ObjectNode stage = stage(stages, row);
      stage.put("total", stage.get("total").intValue() + 1);
      if (row.progress() == Progress.DONE || row.progress() == Progress.GONE) {
        stage.put("done", stage.get("done").intValue() + 1);
      } else if (row.progress() == Progress.FAILED) {
        stage.put("failed", stage.get("failed").intValue() + 1);
        if (failures.size() < MOST_FAILURES) {
          ObjectNode failure = failures.addObject();
          failure.put("tenant", row.schema().tenant());
          failure.put("schema", row.schema().schema());
          failure.put("error", row.error());
        }
      }
    }
  }

  /** The stage of a row: rows of a stage follow on each other. */
  private static ObjectNode stage(ArrayNode stages, RunLog.Row row) {
    if (!stages.isEmpty()
        && stages.get(stages.size() - 1) instanceof ObjectNode last
        && last.get("stage").textValue().equals(row.stage())
        && last.get("number").intValue() == row.wave()) {
      return last;
    }
    ObjectNode stage = stages.addObject();
    stage.put("stage", row.stage());
    stage.put("number", row.wave());
    stage.put("total", 0);
    stage.put("done", 0);
    stage.put("failed", 0);
    return stage;
  }
}
