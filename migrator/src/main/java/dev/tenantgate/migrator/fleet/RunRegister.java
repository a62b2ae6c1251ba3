package dev.tenantgate.migrator.fleet;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.schema.SchemaRun;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs that have begun and not ended, of single schemas and of fleets, so that they can be
 * cancelled. Thread-safe.
 */
public final class RunRegister {

  private static final Logger LOG = LoggerFactory.getLogger(RunRegister.class);

  private final Set<SchemaRun> runs = ConcurrentHashMap.newKeySet();
  private final Set<SchemaGroup> groups = ConcurrentHashMap.newKeySet();
  private final Set<FleetRun> fleets = ConcurrentHashMap.newKeySet();

  /** Keeps a run until its result is there. */
  public void add(SchemaRun run) {
    runs.add(run);
    var unused = run.result().thenAccept(outcome -> runs.remove(run));
  }

  /** Keeps what is done to several schemas together until its result is there. */
  public void add(SchemaGroup group) {
    groups.add(group);
    var unused = group.result().thenAccept(outcomes -> groups.remove(group));
  }

  /** Keeps a fleet's run until its result is there. */
  public void add(FleetRun fleet) {
    fleets.add(fleet);
    var unused = fleet.ended().thenAccept(ended -> fleets.remove(fleet));
  }

  /** Cancels what is being done to a schema; whether there was anything. */
  public boolean cancel(SchemaRef schema) {
    List<SchemaRun> matching =
        runs.stream().filter(run -> run.schema().schema().equals(schema.schema())).toList();
    matching.forEach(SchemaRun::cancel);
    List<SchemaGroup> together = groups.stream().filter(group -> group.contains(schema)).toList();
    together.forEach(group -> group.cancel(schema));
    return !matching.isEmpty() || !together.isEmpty();
  }

  /** Waits until every fleet's run has ended, but no longer than this. */
  public void awaitFleets(Duration limit) {
    CompletableFuture<?>[] ends =
        fleets.stream().map(FleetRun::ended).toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.allOf(ends).get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.atWarn().log("a run over many schemas didn't end in time");
    }
  }

  public void cancelAll() {
    List.copyOf(fleets).forEach(FleetRun::cancel);
    List.copyOf(groups).forEach(SchemaGroup::cancel);
    List.copyOf(runs).forEach(SchemaRun::cancel);
  }
}
