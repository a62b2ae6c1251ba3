package dev.tenantgate.migrator.fleet;

import dev.tenantgate.config.RolloutSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.fleet.FleetStage.Kind;
import dev.tenantgate.migrator.history.RunLog;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The schemas that a run has something to do to, in stages. Immutable.
 *
 * @param stages in the order in which they are gone through; none of them empty
 */
record FleetPlan(List<FleetStage> stages) {

  FleetPlan {
    stages = List.copyOf(stages);
  }

  /**
   * Plans a run.
   *
   * @param schemas what there is something to do to; {@code public} among them or not
   * @param first the canaries among them
   * @param beginsWithPublic whether {@code public} comes first, or last
   */
  static FleetPlan of(
      List<SchemaRef> schemas,
      List<SchemaRef> first,
      RolloutSettings rollout,
      boolean beginsWithPublic) {
    Set<SchemaRef> apart = new HashSet<>(first);
    apart.add(SchemaRef.PUBLIC);
    List<SchemaRef> others = schemas.stream().filter(each -> !apart.contains(each)).toList();
    List<FleetStage> stages = new ArrayList<>();
    if (!first.isEmpty()) {
      stages.add(new FleetStage(Kind.CANARY, 1, 1, first));
    }
    int size = rollout.wave().outOf(others.size());
    int waves = (int) (((long) others.size() + size - 1) / size);
    for (int wave = 0; wave < waves; wave++) {
      List<SchemaRef> ofWave =
          others.subList(wave * size, (int) Math.min((wave + 1L) * size, others.size()));
      stages.add(new FleetStage(Kind.WAVE, wave + 1, waves, ofWave));
    }
    if (schemas.contains(SchemaRef.PUBLIC)) {
      stages.add(
          beginsWithPublic ? 0 : stages.size(),
          new FleetStage(Kind.PUBLIC, 1, 1, List.of(SchemaRef.PUBLIC)));
    }
    return new FleetPlan(stages);
  }

  /** The rest of a recorded plan: the rows of these schemas, in the same stages. */
  static FleetPlan rest(List<RunLog.Row> rows, Set<SchemaRef> left) {
    Map<Integer, List<RunLog.Row>> byStage = new TreeMap<>();
    int stage = -1;
    int waves = 0;
    RunLog.Row before = null;
    for (RunLog.Row row : rows) {
      if (before == null || !before.stage().equals(row.stage()) || before.wave() != row.wave()) {
        stage++;
      }
      before = row;
      waves = row.stage().equals(Kind.WAVE.label()) ? Math.max(waves, row.wave()) : waves;
      if (left.contains(row.schema())) {
        byStage.computeIfAbsent(stage, each -> new ArrayList<>()).add(row);
      }
    }
    List<FleetStage> stages = new ArrayList<>();
    for (List<RunLog.Row> ofStage : byStage.values()) {
      Kind kind = kind(ofStage.get(0).stage());
      stages.add(
          new FleetStage(
              kind,
              ofStage.get(0).wave(),
              kind == Kind.WAVE ? waves : 1,
              ofStage.stream().map(RunLog.Row::schema).toList()));
    }
    return new FleetPlan(stages);
  }

  static Kind kind(String label) {
    for (Kind kind : Kind.values()) {
      if (kind.label().equals(label)) {
        return kind;
      }
    }
    return Kind.WAVE;
  }

  /** How it stands in the registry before anything has run. */
  List<RunLog.Row> rows() {
    List<RunLog.Row> rows = new ArrayList<>();
    for (FleetStage stage : stages) {
      for (SchemaRef schema : stage.schemas()) {
        rows.add(
            new RunLog.Row(
                rows.size(),
                stage.kind().label(),
                stage.number(),
                schema,
                RunLog.Progress.PENDING,
                null));
      }
    }
    return rows;
  }

  /** Its schemas, in the order of their turns. */
  List<SchemaRef> schemas() {
    return stages.stream().flatMap(stage -> stage.schemas().stream()).toList();
  }
}
