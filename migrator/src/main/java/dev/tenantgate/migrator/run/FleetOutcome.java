package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import java.time.Duration;
import java.util.List;

/**
 * How a run of many schemas ended. Immutable.
 *
 * @param outcomes of each schema that was looked at, {@code public} first, then in the order in
 *     which they ended
 * @param skipped tenants that weren't looked at because {@code public} couldn't be brought up to
 *     date, or because the run was cancelled
 * @param elapsed how long it took
 */
public record FleetOutcome(
    List<SchemaOutcome> outcomes, List<SchemaRef> skipped, Duration elapsed) {

  public FleetOutcome {
    outcomes = List.copyOf(outcomes);
    skipped = List.copyOf(skipped);
  }

  /** Whether every schema of the run has everything that was asked for. */
  public boolean succeeded() {
    return skipped.isEmpty() && outcomes.stream().allMatch(SchemaOutcome::succeeded);
  }

  /** The outcomes of schemas that weren't brought up to date. */
  public List<SchemaOutcome> failures() {
    return outcomes.stream().filter(outcome -> !outcome.succeeded()).toList();
  }
}
