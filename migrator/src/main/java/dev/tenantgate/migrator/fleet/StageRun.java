package dev.tenantgate.migrator.fleet;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

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

  /** Finds the schemas that may be taken together. */
  interface Groups {

    /** None are. */
    Groups NONE =
        new Groups() {
          @Override
          public int sizeFrom(SchemaRef first) {
            return 1;
          }

          @Override
          public boolean together(SchemaRef first, SchemaRef other) {
            return false;
          }

          @Override
          public BegunGroup begin(List<SchemaRef> schemas) {
            throw new IllegalStateException("no schemas are taken together");
          }
        };

    /** How many, from this one on, if the others fit to it; 1 if it is taken by itself. */
    int sizeFrom(SchemaRef first);

    /** Whether another one fits to it. */
    boolean together(SchemaRef first, SchemaRef other);

    /** Begins several. */
    BegunGroup begin(List<SchemaRef> schemas);
  }

  /**
   * Several schemas that are on their way together.
   *
   * @param outcomes how they end; those without an outcome are tried by themselves; never fails
   * @param cancel ends it as soon as may be
   */
  record BegunGroup(CompletionStage<List<SchemaOutcome>> outcomes, Runnable cancel) {}

  /** A stage's end is the same for all lanes: each is to have so many groups at least. */
  private static final int GROUPS_PER_LANE = 2;

  private final Work work;
  private final Groups groups;
  private final BooleanSupplier goesOn;
  private final Consumer<SchemaOutcome> onOutcome;
  private final CompletableFuture<List<SchemaRef>> result = new CompletableFuture<>();

  // Guarded by this.
  private final Deque<SchemaRef> waiting;
  private final Set<SchemaRef> alone = new HashSet<>();
  private final Set<SchemaRef> onTheirWay = new HashSet<>();
  private final Set<Runnable> cancels = new HashSet<>();
  private int lanes;
  private int freeLanes;
  private boolean starting;
  private boolean stopped;
  private boolean cancelled;

  /**
   * Prepares a stage.
   *
   * @param groups which of them are taken together
   * @param goesOn asked before each schema is begun; once it says no, none is begun any more
   * @param onOutcome told of each schema that has ended, on whatever thread that was
   */
  StageRun(
      Work work,
      Groups groups,
      Collection<SchemaRef> schemas,
      BooleanSupplier goesOn,
      Consumer<SchemaOutcome> onOutcome) {
    this.work = work;
    this.groups = groups;
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
    synchronized (this) {
      this.lanes = lanes;
    }
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
  private void free(int more) {
    synchronized (this) {
      freeLanes += more;
      if (starting) {
        return;
      }
      starting = true;
    }
    for (List<SchemaRef> next = next(); !next.isEmpty(); next = next()) {
      if (next.size() == 1) {
        start(next.get(0));
      } else {
        start(next);
      }
    }
    completeIfDone();
  }

  /** The schemas whose turn it is, in most cases one; none if nothing is to be begun now. */
  private synchronized List<SchemaRef> next() {
    stopped |= !goesOn.getAsBoolean();
    SchemaRef first = stopped || freeLanes == 0 ? null : waiting.poll();
    if (first == null) {
      starting = false;
      return List.of();
    }
    freeLanes--;
    List<SchemaRef> next = new ArrayList<>(List.of(first));
    if (!alone.contains(first) && waiting.size() >= GROUPS_PER_LANE * lanes) {
      addOthers(next, first);
    }
    onTheirWay.addAll(next);
    return next;
  }

  private void addOthers(List<SchemaRef> next, SchemaRef first) {
    int most = Math.min(groups.sizeFrom(first), 1 + waiting.size() / (GROUPS_PER_LANE * lanes));
    SchemaRef other = waiting.peek();
    while (next.size() < most
        && other != null
        && !alone.contains(other)
        && groups.together(first, other)) {
      next.add(waiting.remove());
      other = waiting.peek();
    }
  }

  private void start(List<SchemaRef> schemas) {
    BegunGroup begun = groups.begin(schemas);
    cancelLater(begun.cancel());
    var unused =
        begun
            .outcomes()
            .thenAccept(
                outcomes -> {
                  outcomes.forEach(onOutcome);
                  forget(schemas, outcomes, begun.cancel());
                  free(1);
                });
  }

  /** Forgets a group; those of it that have come to no end get their place back. */
  private synchronized void forget(
      List<SchemaRef> schemas, List<SchemaOutcome> outcomes, Runnable cancel) {
    Set<SchemaRef> ended = new HashSet<>();
    outcomes.forEach(outcome -> ended.add(outcome.schema()));
    for (int i = schemas.size() - 1; i >= 0; i--) {
      if (!ended.contains(schemas.get(i))) {
        alone.add(schemas.get(i));
        waiting.addFirst(schemas.get(i));
      }
    }
    schemas.forEach(onTheirWay::remove);
    cancels.remove(cancel);
  }

  private void cancelLater(Runnable cancel) {
    boolean late;
    synchronized (this) {
      cancels.add(cancel);
      late = cancelled;
    }
    if (late) {
      cancel.run();
    }
  }

  private void start(SchemaRef schema) {
    Begun begun = work.begin(schema, () -> free(1));
    cancelLater(begun.cancel());
    var unused =
        begun
            .outcome()
            .thenAccept(
                outcome -> {
                  onOutcome.accept(outcome);
                  forget(schema, begun.cancel());
                });
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
