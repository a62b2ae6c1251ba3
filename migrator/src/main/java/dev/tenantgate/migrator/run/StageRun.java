package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Bringing the schemas of one stage to a goal. As many are on their way at once as there are
 * workers; one that has to wait, for a lease or another process, gives its place to the next. Each
 * takes its turn behind runs that others asked for, so that a waiting connection's tenant isn't
 * kept behind the whole fleet.
 *
 * <p>Thread-safe.
 */
final class StageRun {

  /** How one schema is brought to the goal. */
  interface Work {

    /**
     * Begins.
     *
     * @param firstPause to be called when it first waits for something else than a thread, or has
     *     ended without
     */
    Begun begin(SchemaRef schema, Runnable firstPause);
  }

  /**
   * A schema that is on its way.
   *
   * @param outcome how it ends; never fails
   * @param cancel ends it as soon as may be
   */
  record Begun(CompletionStage<SchemaOutcome> outcome, Runnable cancel) {}

  private final Work work;
  private final BooleanSupplier goesOn;
  private final Consumer<SchemaOutcome> onOutcome;
  private final CompletableFuture<List<SchemaRef>> result = new CompletableFuture<>();

  // Guarded by this.
  private final Queue<SchemaRef> waiting;
  private final Set<SchemaRef> onTheirWay = new HashSet<>();
  private final Set<Runnable> cancels = new HashSet<>();
  private int freeLanes;
  private boolean starting;
  private boolean stopped;
  private boolean cancelled;

  /**
   * Prepares a stage.
   *
   * @param goesOn asked before each schema is begun; once it says no, none is begun any more
   * @param onOutcome told of each schema that has ended, on whatever thread that was
   */
  StageRun(
      Work work,
      Collection<SchemaRef> schemas,
      BooleanSupplier goesOn,
      Consumer<SchemaOutcome> onOutcome) {
    this.work = work;
    this.waiting = new ArrayDeque<>(schemas);
    this.goesOn = goesOn;
    this.onOutcome = onOutcome;
  }

  /**
   * Runs it.
   *
   * @param lanes how many at once
   * @return the schemas that weren't begun; never fails
   */
  CompletableFuture<List<SchemaRef>> run(int lanes) {
    free(lanes);
    return result;
  }

  /** Cancels what is on its way; what waits isn't begun. */
  void cancel() {
    List<Runnable> running;
    synchronized (this) {
      stopped = true;
      cancelled = true;
      running = List.copyOf(cancels);
    }
    running.forEach(Runnable::run);
    completeIfDone();
  }

  /** Begins others on lanes that are free; in a loop, since one may end while it is being begun. */
  private void free(int lanes) {
    synchronized (this) {
      freeLanes += lanes;
      if (starting) {
        return;
      }
      starting = true;
    }
    for (SchemaRef next = next(); next != null; next = next()) {
      start(next);
    }
    completeIfDone();
  }

  private synchronized @Nullable SchemaRef next() {
    stopped |= !goesOn.getAsBoolean();
    SchemaRef next = stopped || freeLanes == 0 ? null : waiting.poll();
    if (next == null) {
      starting = false;
    } else {
      freeLanes--;
      onTheirWay.add(next);
    }
    return next;
  }

  private void start(SchemaRef schema) {
    Begun begun = work.begin(schema, () -> free(1));
    boolean late;
    synchronized (this) {
      cancels.add(begun.cancel());
      late = cancelled;
    }
    var unused =
        begun
            .outcome()
            .thenAccept(
                outcome -> {
                  onOutcome.accept(outcome);
                  forget(schema, begun.cancel());
                });
    if (late) {
      begun.cancel().run();
    }
  }

  private void forget(SchemaRef schema, Runnable cancel) {
    synchronized (this) {
      onTheirWay.remove(schema);
      cancels.remove(cancel);
    }
    completeIfDone();
  }

  private void completeIfDone() {
    List<SchemaRef> notBegun;
    synchronized (this) {
      if (starting || !onTheirWay.isEmpty() || (!waiting.isEmpty() && !stopped)) {
        return;
      }
      notBegun = List.copyOf(waiting);
    }
    result.complete(notBegun);
  }
}
