package dev.tenantgate.migrator.fleet;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The extent of a run over many schemas that is about to begin. Immutable.
 *
 * @param run its number in the registry; null if there is too little to do for a plan to be kept
 * @param resumed whether it goes on with a run that was left unfinished
 * @param replaces the unfinished runs with the same goal whose place it takes
 * @param schemas how many schemas it has something to do to
 * @param stages in how many stages
 */
public record PlannedFleet(
    @Nullable Long run, boolean resumed, List<Long> replaces, int schemas, int stages) {

  public PlannedFleet {
    replaces = List.copyOf(replaces);
  }
}
