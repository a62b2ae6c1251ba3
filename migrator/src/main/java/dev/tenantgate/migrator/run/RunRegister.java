package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The runs that have begun and not ended, of single schemas and of fleets, so that they can be
 * cancelled. Thread-safe.
 */
final class RunRegister {

  private final Set<SchemaRun> runs = ConcurrentHashMap.newKeySet();
  private final Set<FleetRun> fleets = ConcurrentHashMap.newKeySet();

  /** Keeps a run until its result is there. */
  void add(SchemaRun run) {
    runs.add(run);
    var unused = run.result().thenAccept(outcome -> runs.remove(run));
  }

  /** Keeps a fleet's run until its result is there. */
  void add(FleetRun fleet) {
    fleets.add(fleet);
    var unused = fleet.result().thenAccept(outcome -> fleets.remove(fleet));
  }

  /** Cancels what is being done to a schema; whether there was anything. */
  boolean cancel(SchemaRef schema) {
    List<SchemaRun> matching =
        runs.stream().filter(run -> run.schema().schema().equals(schema.schema())).toList();
    matching.forEach(SchemaRun::cancel);
    return !matching.isEmpty();
  }

  void cancelAll() {
    List.copyOf(fleets).forEach(FleetRun::cancel);
    List.copyOf(runs).forEach(SchemaRun::cancel);
  }
}
