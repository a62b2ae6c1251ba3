package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.plan.Goal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Bringing many schemas to a goal. As many are on their way at once as there are workers; one that
 * has to wait, for a lock or another process, gives its place to the next. Each takes its turn
 * behind runs that others asked for, so that a waiting connection's tenant isn't kept behind the
 * whole fleet.
 *
 * <p>Thread-safe.
 */
final class FleetRun {

  /** A schema that has its turn still to come, and what was seen of its history. */
  record Waiting(SchemaRef schema, HistorySighting seen) {}

  private final MigrationContext context;
  private final Changelog changelog;
  private final Goal goal;
  private final MigrationListener listener;
  private final RunRegister register;
  private final int total;
  private final long startedNanos = System.nanoTime();

  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private final Set<SchemaRun> started = new HashSet<>();
  private final List<SchemaOutcome> outcomes = new ArrayList<>();
  private final CompletableFuture<FleetOutcome> result = new CompletableFuture<>();
  private boolean cancelled;

  FleetRun(
      MigrationContext context,
      RunRegister register,
      Changelog changelog,
      Goal goal,
      MigrationListener listener,
      int total) {
    this.context = context;
    this.register = register;
    this.changelog = changelog;
    this.goal = goal;
    this.listener = new CarefulListener(listener);
    this.total = total;
  }

  /** Notes a schema that lacks nothing, so that there is no run of it. */
  void upToDate(SchemaRef schema) {
    SchemaOutcome outcome = new SchemaOutcome.UpToDate(schema);
    listener.finished(outcome);
    ended(outcome);
  }

  /** Notes how a schema's run ended, which has told the listener so itself. */
  void ended(SchemaOutcome outcome) {
    int done;
    synchronized (this) {
      outcomes.add(outcome);
      done = outcomes.size();
    }
    listener.progress(done, total);
  }

  /** Runs these schemas; the future never fails. */
  CompletableFuture<FleetOutcome> run(List<Waiting> schemas, int lanes) {
    synchronized (this) {
      waiting.addAll(schemas);
    }
    register.add(this);
    for (int i = 0; i < Math.min(lanes, schemas.size()); i++) {
      startNext();
    }
    completeIfDone();
    return result;
  }

  /** How it ended; never fails. */
  CompletableFuture<FleetOutcome> result() {
    return result;
  }

  /** Cancels what is on its way; what waits isn't begun. */
  void cancel() {
    List<SchemaRun> running;
    synchronized (this) {
      cancelled = true;
      running = List.copyOf(started);
    }
    running.forEach(SchemaRun::cancel);
    completeIfDone();
  }

  private void startNext() {
    SchemaRun run;
    synchronized (this) {
      // Once the workers take no more, each run would end at once and start the next from within.
      cancelled |= context.workers().isShutdown();
      Waiting next = cancelled ? null : waiting.poll();
      if (next == null) {
        return;
      }
      run =
          new SchemaRun(
              context, changelog, next.schema(), goal, listener, next.seen(), this::startNext);
      started.add(run);
    }
    register.add(run);
    var unused =
        run.result()
            .thenAccept(
                outcome -> {
                  ended(outcome);
                  forget(run);
                });
    run.start();
  }

  private void forget(SchemaRun run) {
    synchronized (this) {
      started.remove(run);
    }
    completeIfDone();
  }

  private void completeIfDone() {
    FleetOutcome outcome;
    synchronized (this) {
      if (!started.isEmpty() || (!waiting.isEmpty() && !cancelled)) {
        return;
      }
      outcome = outcome(waiting.stream().map(Waiting::schema).toList());
    }
    result.complete(outcome);
  }

  /** The outcome as of now. */
  synchronized FleetOutcome outcome(List<SchemaRef> skipped) {
    return new FleetOutcome(outcomes, skipped, Duration.ofNanos(System.nanoTime() - startedNanos));
  }
}
