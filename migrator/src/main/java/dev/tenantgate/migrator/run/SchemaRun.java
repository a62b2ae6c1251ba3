package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaPlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bringing one schema to a goal, over as many tries as that takes. Between tries it holds neither
 * thread nor connection nor lease.
 *
 * <p>Tries follow one another, each on some worker thread; {@link #cancel} and {@link #result} may
 * be called from any.
 */
final class SchemaRun {

  private static final Logger LOG = LoggerFactory.getLogger(SchemaRun.class);

  private final MigrationContext context;
  private final Changelog changelog;
  private final SchemaRef schema;
  private final Goal goal;
  private final MigrationListener listener;
  private final Runnable firstPause;
  private HistorySighting seen;
  private final RunControl control = new RunControl();
  private final CompletableFuture<SchemaOutcome> result = new CompletableFuture<>();
  private final AtomicBoolean finished = new AtomicBoolean();
  private final long startedNanos = System.nanoTime();
  private final List<Version> appliedBefore = new ArrayList<>();
  private int failedTries;
  private int looksAtLease;
  private long firstLookNanos;
  private boolean paused;
  private @Nullable Future<?> nextTry;

  /**
   * Prepares a run.
   *
   * @param seen what was seen of the history a moment ago
   * @param firstPause called when the run first waits for something else than a thread, or has
   *     ended without
   */
  SchemaRun(
      MigrationContext context,
      Changelog changelog,
      SchemaRef schema,
      Goal goal,
      MigrationListener listener,
      HistorySighting seen,
      Runnable firstPause) {
    this.context = context;
    this.changelog = changelog;
    this.schema = schema;
    this.goal = goal;
    this.listener = new CarefulListener(listener);
    this.seen = seen;
    this.firstPause = firstPause;
  }

  /** What was seen before the run, for its first try; nothing from then on. */
  HistorySighting takeSeen() {
    HistorySighting taken = seen;
    seen = HistorySighting.NONE;
    return taken;
  }

  /** Begins; the result comes as {@link #result}. */
  void start() {
    try {
      context.workers().execute(this::tryOnce);
    } catch (RejectedExecutionException e) {
      finish(new SchemaOutcome.Cancelled(schema));
    }
  }

  /** How it ended; never fails. */
  CompletableFuture<SchemaOutcome> result() {
    return result;
  }

  /** Ends it as soon as may be. */
  void cancel() {
    control.cancel();
    Future<?> waiting;
    synchronized (this) {
      waiting = nextTry;
    }
    if (waiting != null && waiting.cancel(false)) {
      finish(new SchemaOutcome.Cancelled(schema));
    }
  }

  SchemaRef schema() {
    return schema;
  }

  Changelog changelog() {
    return changelog;
  }

  MigrationListener listener() {
    return listener;
  }

  RunControl control() {
    return control;
  }

  SchemaPlan plan(SchemaHistory history) {
    return goal.plan(history, changelog);
  }

  /** Whether a further failure won't be followed by another try. */
  boolean isLastTry() {
    return failedTries + 1 >= context.retries().maxTries();
  }

  /** The outcome when all is done. */
  SchemaOutcome done(List<Version> doneNow) {
    List<Version> versions = allApplied(doneNow);
    if (goal instanceof Goal.Down) {
      return new SchemaOutcome.RolledBack(schema, versions, elapsed());
    }
    return goal instanceof Goal.Up || goal instanceof Goal.Only
        ? new SchemaOutcome.Migrated(schema, versions, elapsed())
        : new SchemaOutcome.Recorded(schema, versions, elapsed());
  }

  /** The outcome when nothing is pending: by this run's doing, or to begin with. */
  SchemaOutcome nothingPending(List<Version> appliedNow) {
    return allApplied(appliedNow).isEmpty() ? new SchemaOutcome.UpToDate(schema) : done(appliedNow);
  }

  SchemaOutcome failed(
      List<Version> appliedNow,
      @Nullable Migration migration,
      @Nullable String sqlState,
      String error) {
    return new SchemaOutcome.Failed(
        schema, allApplied(appliedNow), migration, sqlState, error, elapsed());
  }

  private List<Version> allApplied(List<Version> appliedNow) {
    List<Version> all = new ArrayList<>(appliedBefore);
    all.addAll(appliedNow);
    return all;
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - startedNanos);
  }

  private void tryOnce() {
    try {
      if (control.isCancelled()) {
        finish(new SchemaOutcome.Cancelled(schema));
      } else {
        goOn(attempt());
      }
    } catch (SQLException e) {
      finish(new SchemaOutcome.Unreachable(schema, SqlFailure.of(e).text()));
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).addKeyValue("schema", schema).log("a run ended unexpectedly");
      finish(failed(List.of(), null, null, "unexpected: " + e));
    }
  }

  private AttemptResult attempt() throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      SchemaAttempt attempt = new SchemaAttempt(context, this, connection);
      AttemptResult attempted = attempt.attempt();
      if (attempt.connectionIsClean()) {
        context.connections().touched(connection, 1);
      } else {
        context.connections().end(connection);
      }
      return attempted;
    }
  }

  private void goOn(AttemptResult attempted) {
    if (attempted instanceof AttemptResult.Ended ended) {
      finish(ended.outcome());
    } else if (attempted instanceof AttemptResult.InTheWay inTheWay) {
      appliedBefore.addAll(inTheWay.applied());
      failedTries++;
      if (failedTries >= context.retries().maxTries()) {
        SqlFailure failure = inTheWay.failure();
        finish(failed(List.of(), null, failure.sqlState(), failure.text()));
      } else {
        retryAfterFailure(inTheWay.failure());
      }
    } else if (attempted instanceof AttemptResult.Leased leased) {
      appliedBefore.addAll(leased.applied());
      waitForLease(leased.holder());
    }
  }

  private void retryAfterFailure(SqlFailure failure) {
    Duration delay = context.retries().delay(failedTries);
    LOG.atInfo()
        .addKeyValue("schema", schema)
        .addKeyValue("attempt", failedTries)
        .addKeyValue("error", failure.text())
        .addKeyValue("retryInMillis", delay.toMillis())
        .log("a schema's migration is put off");
    listener.retrying(schema, failedTries, String.valueOf(failure.sqlState()), delay);
    pause(delay);
  }

  private void waitForLease(String holder) {
    if (looksAtLease == 0) {
      firstLookNanos = System.nanoTime();
    }
    looksAtLease++;
    long waited = System.nanoTime() - firstLookNanos;
    if (waited >= context.retries().leaseWait().toNanos()) {
      finish(new SchemaOutcome.Busy(schema, holder));
    } else {
      pause(context.retries().leaseDelay(looksAtLease));
    }
  }

  private void pause(Duration delay) {
    synchronized (this) {
      try {
        nextTry = context.clock().schedule(this::start, delay.toMillis(), TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        control.cancel();
      }
    }
    if (control.isCancelled()) {
      cancel();
      finish(new SchemaOutcome.Cancelled(schema));
    }
    pausedOrEnded();
  }

  private void finish(SchemaOutcome outcome) {
    if (!finished.compareAndSet(false, true)) {
      return;
    }
    if (outcome.mayHaveChanged()) {
      context.announce(schema);
    }
    listener.finished(outcome);
    result.complete(outcome);
    pausedOrEnded();
  }

  private void pausedOrEnded() {
    boolean first;
    synchronized (this) {
      first = !paused;
      paused = true;
    }
    if (first) {
      firstPause.run();
    }
  }
}
