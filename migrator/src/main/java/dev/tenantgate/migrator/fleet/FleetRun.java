package dev.tenantgate.migrator.fleet;

import dev.tenantgate.config.RolloutSettings;
import dev.tenantgate.config.RolloutSettings.AfterWave;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.fleet.FleetRequest.SchemaUpgrader;
import dev.tenantgate.migrator.fleet.FleetStage.Kind;
import dev.tenantgate.migrator.history.RecordedRun;
import dev.tenantgate.migrator.schema.ObservedHistory;
import dev.tenantgate.migrator.schema.SchemaContext;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.schema.SchemaRun;
import dev.tenantgate.migrator.survey.FleetReader;
import dev.tenantgate.migrator.survey.RegistryReader;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bringing many schemas to a goal: reads which lack something, plans in which order they have their
 * turns, goes through the plan stage by stage, and stops where the rollout says so.
 *
 * <p>{@link #run} is called once, by the thread that waits for the end; an interrupt of it cancels
 * the run. {@link #cancel} may be called from any thread.
 */
public final class FleetRun {

  private static final Logger LOG = LoggerFactory.getLogger(FleetRun.class);

  private final SchemaContext context;
  private final RunRegister register;
  private final FleetRequest request;
  private final RolloutSettings rollout;
  private final FleetListener listener;
  private final FleetPlanner planner;
  private final int lanes;
  private final long startedNanos = System.nanoTime();
  private final CountDownLatch cancelRequest = new CountDownLatch(1);
  private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

  // Confined to the thread of run().
  private final List<SchemaRef> notTried = new ArrayList<>();
  private boolean interrupted;

  // Guarded by this.
  private final List<SchemaOutcome> outcomes = new ArrayList<>();
  private int total;
  private int failures;
  private int failuresAllowed = Integer.MAX_VALUE;
  private @Nullable StageRun stage;
  private @Nullable FleetLedger ledger;

  /**
   * Prepares a run.
   *
   * @param lanes how many schemas are on their way at once
   */
  public FleetRun(
      SchemaContext context,
      RunRegister register,
      FleetReader reader,
      RegistryReader registry,
      FleetRequest request,
      FleetListener listener,
      int lanes) {
    this.context = context;
    this.register = register;
    this.request = request;
    RolloutSettings own = request.rollout();
    this.rollout = own == null ? context.settings().rollout() : own;
    this.listener = new ExceptionSafeFleetListener(listener);
    this.lanes = lanes;
    this.planner =
        new FleetPlanner(
            context, reader, registry, request, rollout, this::counted, this::settled, this::pause);
  }

  /**
   * Runs it to its end.
   *
   * @throws SQLException if the schemas and their histories can't be read, or the plan can't be
   *     recorded; nothing has run then
   * @throws RunRefusedException if it can't be begun as it was asked for
   */
  public FleetOutcome run() throws SQLException {
    register.add(this);
    try {
      FleetPlanner.Planned planned = planner.plan();
      listener.fleetPlanned(planned.about());
      noteInterrupt();
      synchronized (this) {
        ledger = planned.ledger();
        failuresAllowed = rollout.stopAfter().outOf(planned.plan().schemas().size());
      }
      FleetLedger plan = planned.ledger();
      if (plan != null) {
        var unused = plan.cancelled().thenAccept(asked -> cancel());
      }
      FleetStop stop = planned.stop();
      if (stop == null) {
        stop = goThrough(planned);
      } else {
        notTried.addAll(planned.plan().schemas());
      }
      FleetOutcome outcome = outcome(stop);
      record(outcome);
      return outcome;
    } finally {
      ended.complete(true);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Completes when it has ended, however that was. */
  CompletableFuture<Boolean> ended() {
    return ended;
  }

  /** Cancels what is on its way; what waits isn't begun. */
  void cancel() {
    StageRun running;
    synchronized (this) {
      cancelRequest.countDown();
      running = stage;
    }
    if (running != null) {
      running.cancel();
    }
  }

  private boolean isCancelled() {
    return cancelRequest.getCount() == 0;
  }

  private void counted(int schemas) {
    synchronized (this) {
      total = schemas;
    }
    listener.fleetStarted(schemas);
  }

  /** Notes a schema that there is no run of. */
  private void settled(SchemaOutcome outcome) {
    listener.finished(outcome);
    note(outcome);
  }

  /** Notes how a schema's run ended, which has told the listener so itself. */
  private void ended(SchemaOutcome outcome) {
    FleetLedger keptIn;
    synchronized (this) {
      if (outcome instanceof SchemaOutcome.Failed || outcome instanceof SchemaOutcome.Unreachable) {
        failures++;
      }
      keptIn = ledger;
    }
    if (keptIn != null) {
      keptIn.ended(outcome);
    }
    note(outcome);
  }

  private void note(SchemaOutcome outcome) {
    int done;
    int of;
    synchronized (this) {
      outcomes.add(outcome);
      done = outcomes.size();
      of = total;
    }
    listener.progress(done, of);
  }

  /** Goes through the stages; why it stopped before the end, or null. */
  private @Nullable FleetStop goThrough(FleetPlanner.Planned planned) {
    List<FleetStage> stages = planned.plan().stages();
    FleetStop stop = null;
    for (int i = 0; i < stages.size(); i++) {
      FleetStage current = stages.get(i);
      if (stop != null) {
        notTried.addAll(current.schemas());
        continue;
      }
      stop = run(current, planned.survey());
      FleetStage next = i + 1 < stages.size() ? stages.get(i + 1) : null;
      if (stop == null && next != null) {
        stop = between(current, next);
      }
    }
    if (stop == null && !allBroughtToAnEnd()) {
      stop = isCancelled() ? FleetStop.CANCELLED : FleetStop.NOT_ALL_REACHED;
    }
    return stop;
  }

  private @Nullable FleetStop run(FleetStage current, FleetSurvey survey) {
    listener.stageStarted(current);
    FleetGroups groups =
        new FleetGroups(context, register, request, survey, listener, lanes, mostTogether());
    StageRun running =
        new StageRun(
            (schema, firstPause) -> begin(schema, survey.seen(schema), firstPause),
            groups,
            current.schemas(),
            this::mayBeginAnother,
            this::ended);
    synchronized (this) {
      stage = running;
    }
    if (isCancelled()) {
      running.cancel();
    }
    List<SchemaRef> notBegun = await(running.run(lanes));
    notTried.addAll(notBegun);
    synchronized (this) {
      stage = null;
    }
    if (notBegun.isEmpty()) {
      return null;
    }
    return isCancelled() || context.workers().isShutdown()
        ? FleetStop.CANCELLED
        : FleetStop.TOO_MANY_FAILURES;
  }

  /** At most half as many schemas are on their way as may fail. */
  private synchronized int mostTogether() {
    return failuresAllowed / (2 * lanes);
  }

  private boolean mayBeginAnother() {
    synchronized (this) {
      // Once the workers take no more, each run would end at once.
      return failures < failuresAllowed && !isCancelled() && !context.workers().isShutdown();
    }
  }

  /** Why what follows a stage isn't begun; null if it is. */
  private @Nullable FleetStop between(FleetStage current, FleetStage next) {
    if (isCancelled()) {
      return FleetStop.CANCELLED;
    }
    if (current.kind() != Kind.WAVE && !succeeded(current)) {
      return current.kind() == Kind.PUBLIC ? FleetStop.PUBLIC_FAILED : FleetStop.CANARY_FAILED;
    }
    if (!mayBeginAnother()) {
      return FleetStop.TOO_MANY_FAILURES;
    }
    if (next.kind() == Kind.PUBLIC) {
      return outcome(null).failures().isEmpty() ? null : FleetStop.TENANT_FAILED;
    }
    if (current.kind() == Kind.PUBLIC) {
      return null;
    }
    if (rollout.afterWave() == AfterWave.STOP) {
      return FleetStop.WAVE_ENDED;
    }
    if (!rollout.wavePause().isZero()) {
      listener.pausing(current, rollout.wavePause());
      return pause(rollout.wavePause()) ? FleetStop.CANCELLED : null;
    }
    return null;
  }

  private synchronized boolean succeeded(FleetStage of) {
    return outcomes.stream()
        .filter(outcome -> of.schemas().contains(outcome.schema()))
        .allMatch(SchemaOutcome::succeeded);
  }

  private synchronized boolean allBroughtToAnEnd() {
    return outcomes.stream()
        .noneMatch(
            outcome ->
                outcome instanceof SchemaOutcome.Busy
                    || outcome instanceof SchemaOutcome.PutOff
                    || outcome instanceof SchemaOutcome.Unreachable
                    || outcome instanceof SchemaOutcome.Cancelled);
  }

  private StageRun.Begun begin(SchemaRef schema, ObservedHistory seen, Runnable firstPause) {
    SchemaUpgrader upgrader = request.upgrader();
    if (upgrader == null) {
      SchemaRun run =
          new SchemaRun(
              context,
              request.changelog(),
              schema,
              request.goal(),
              listener,
              seen,
              firstPause,
              false);
      register.add(run);
      run.start();
      return new StageRun.Begun(run.result(), run::cancel);
    }
    CompletionStage<SchemaOutcome> outcome =
        upgrader
            .upgrade(schema)
            .thenApply(
                ended -> {
                  listener.finished(ended);
                  return ended;
                });
    var unused = outcome.whenComplete((ended, error) -> firstPause.run());
    return new StageRun.Begun(outcome, () -> {});
  }

  private synchronized FleetOutcome outcome(@Nullable FleetStop stop) {
    FleetLedger keptIn = ledger;
    return new FleetOutcome(
        outcomes,
        notTried,
        stop,
        keptIn == null ? null : keptIn.id(),
        Duration.ofNanos(System.nanoTime() - startedNanos));
  }

  private void record(FleetOutcome outcome) {
    FleetLedger keptIn;
    synchronized (this) {
      keptIn = ledger;
    }
    if (keptIn == null) {
      return;
    }
    FleetStop stop = outcome.stop();
    if (stop != null) {
      keptIn.end(RecordedRun.State.STOPPED, stop.toString());
      return;
    }
    boolean noneFailed =
        outcome.failures().stream().allMatch(SchemaOutcome.Unmanaged.class::isInstance);
    keptIn.end(noneFailed ? RecordedRun.State.SUCCEEDED : RecordedRun.State.FAILED, null);
    try {
      // One that died while this one began couldn't be told from a living one yet.
      planner.replaceUnfinished(keptIn);
    } catch (SQLException e) {
      LOG.atDebug().setCause(e).log("unfinished runs weren't looked for");
    }
  }

  private void noteInterrupt() {
    if (Thread.interrupted()) {
      interrupted = true;
      cancel();
    }
  }

  /** Waits for so long; whether the run was cancelled meanwhile. */
  private boolean pause(Duration duration) {
    try {
      return cancelRequest.await(duration.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
      cancel();
      return true;
    }
  }

  /** Waits for a result; an interrupt cancels the run, and the end of that is awaited. */
  private <T> T await(CompletableFuture<T> result) {
    while (true) {
      try {
        return result.get();
      } catch (InterruptedException e) {
        interrupted = true;
        cancel();
      } catch (ExecutionException e) {
        throw new IllegalStateException("a stage's result never fails", e);
      }
    }
  }
}
