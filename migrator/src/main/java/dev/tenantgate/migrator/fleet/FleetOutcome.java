package dev.tenantgate.migrator.fleet;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a run of many schemas ended. Immutable.
 *
 * @param outcomes of each schema that was looked at: first those with nothing to do, then the
 *     others in the order in which they ended. Of a run that was resumed, those that it had done
 *     before are among the first
 * @param skipped schemas that weren't tried, because the run stopped before their turn
 * @param stop why it stopped; null if it went to the end
 * @param run its number in the registry; null if no plan was kept
 * @param elapsed how long it took
 */
public record FleetOutcome(
    List<SchemaOutcome> outcomes,
    List<SchemaRef> skipped,
    @Nullable FleetStop stop,
    @Nullable Long run,
    Duration elapsed) {

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

  /** Whether what is left can be gone on with. */
  public boolean isResumable() {
    return run != null && stop != null;
  }
}
