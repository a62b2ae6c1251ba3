package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.connection.Blocker;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.drain.DrainEnd;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.session.RetryPolicy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
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
public final class SchemaRun {

  private static final Logger LOG = LoggerFactory.getLogger(SchemaRun.class);

  private final SchemaContext context;
  private final SchemaRef schema;
  private final SchemaRequest request;
  private final MigrationListener listener;
  private final Runnable firstPause;
  private final boolean urgent;
  private ObservedHistory seen;
  private final SchemaDrain drain;
  private final RunControl control = new RunControl();
  private final CompletableFuture<SchemaOutcome> result = new CompletableFuture<>();
  private final AtomicBoolean finished = new AtomicBoolean();
  private final RunProgress tally;
  private final RunTries tries;
  private volatile boolean announced;
  private boolean paused;
  private volatile boolean inOwnPhase;
  private volatile boolean queued;
  private @Nullable Future<?> nextTry;

  /**
   * Prepares a run.
   *
   * @param seen what was seen of the history a moment ago
   * @param firstPause called when the run first waits for something else than a thread, or has
   *     ended without
   * @param urgent whether somebody waits for it: it isn't one of a fleet's
   */
  public SchemaRun(
      SchemaContext context,
      Changelog changelog,
      SchemaRef schema,
      Goal goal,
      MigrationListener listener,
      ObservedHistory seen,
      Runnable firstPause,
      boolean urgent) {
    this.context = context;
    this.schema = schema;
    this.request = new SchemaRequest(context, changelog, schema, goal, control);
    this.listener = new ExceptionSafeListener(listener);
    this.seen = seen;
    this.firstPause = firstPause;
    this.urgent = urgent;
    this.drain = new SchemaDrain(context, schema);
    this.tally = new RunProgress(schema, goal);
    this.tries = new RunTries(context, schema, this.listener);
  }

  /** Prepares a run that somebody waits for: it isn't one of a fleet's. */
  public static SchemaRun alone(
      SchemaContext context,
      Changelog changelog,
      SchemaRef schema,
      Goal goal,
      MigrationListener listener) {
    return new SchemaRun(
        context, changelog, schema, goal, listener, ObservedHistory.NONE, () -> {}, true);
  }

  /** The observation before the run, for its first try; none from then on. */
  ObservedHistory takeSeen() {
    ObservedHistory taken = seen;
    seen = ObservedHistory.NONE;
    return taken;
  }

  /** The run's wait for transactions of gateways. */
  SchemaDrain drain() {
    return drain;
  }

  /** Begins; the result comes as {@link #result}. */
  public void start() {
    try {
      if (inOwnPhase) {
        queued = true;
        context.ownPhase().execute(urgent, this::tryOnce);
      } else {
        context.workers().execute(this::tryOnce);
      }
    } catch (RejectedExecutionException e) {
      finish(new SchemaOutcome.Cancelled(schema));
    }
  }

  /** How it ended; never fails. */
  public CompletableFuture<SchemaOutcome> result() {
    return result;
  }

  /** Ends it as soon as may be. */
  public void cancel() {
    control.cancel();
    drain.withdraw();
    Future<?> waiting;
    synchronized (this) {
      waiting = nextTry;
    }
    if (queued || (waiting != null && waiting.cancel(false))) {
      finish(new SchemaOutcome.Cancelled(schema));
    }
  }

  public SchemaRef schema() {
    return schema;
  }

  /** The goal, the changelog and the dump that the run was asked for. */
  SchemaRequest request() {
    return request;
  }

  MigrationListener listener() {
    return listener;
  }

  /** Other processes were told of its end, with the commit. */
  void announced() {
    announced = true;
  }

  /** Whether what can't be in a transaction may be done now. */
  boolean isInOwnPhase() {
    return inOwnPhase;
  }

  /** Whether a try was ended by somebody who was in the way. */
  boolean wasInTheWay() {
    return tries.wereInTheWay();
  }

  /** Tells of those whom the run waits for, from whichever thread. */
  void blocked(List<Blocker> blockers) {
    LOG.atInfo()
        .addKeyValue("schema", schema)
        .addKeyValue("blockers", Blocker.describe(blockers))
        .log("a schema's migration waits for others");
    listener.blocked(schema, blockers);
  }

  RunControl control() {
    return control;
  }

  /** Whether a further failure won't be followed by another try. */
  boolean isLastTry() {
    return tries.isLast();
  }

  /** Its work so far, and the outcome that this makes. */
  RunProgress tally() {
    return tally;
  }

  private void tryOnce() {
    queued = false;
    try {
      if (control.isCancelled()) {
        end(new SchemaOutcome.Cancelled(schema));
        return;
      }
      Duration pause = context.losses().pause(schema);
      if (!pause.isZero()) {
        pause(pause, false);
        return;
      }
      AttemptResult attempted = attempt();
      drain.tried(attempted instanceof AttemptResult.Ended e && e.outcome().mayHaveChanged());
      goOn(attempted);
    } catch (SQLException e) {
      notReached(SqlFailure.of(e));
    } catch (RuntimeException | Error e) {
      LOG.atError().setCause(e).addKeyValue("schema", schema).log("a run ended unexpectedly");
      end(tally.failed(List.of(), null, null, "unexpected: " + e));
      if (e instanceof VirtualMachineError fatal) {
        throw fatal; // whoever started the process decides what that means
      }
    }
  }

  /** A server that was there is waited for, but by a session that waits only once it was lost. */
  private void notReached(SqlFailure failure) {
    drain.tried(false);
    boolean goesOn = !urgent || tries.wereLost() || context.losses().of(schema) != null;
    goOnIn(goesOn ? tries.afterLoss(failure) : null, true, () -> unreachable(failure));
  }

  private SchemaOutcome unreachable(SqlFailure failure) {
    return new SchemaOutcome.Unreachable(schema, failure.text());
  }

  private void end(SchemaOutcome outcome) {
    drain.tried(outcome.mayHaveChanged());
    finish(outcome);
  }

  private AttemptResult attempt() throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      if (context.sessions().isExternal()) {
        ExternalAttempt external = new ExternalAttempt(context, this, connection);
        AttemptResult attempted = external.attempt();
        release(connection, external.connectionIsClean());
        return attempted;
      }
      SchemaAttempt attempt = new SchemaAttempt(context, this, connection);
      AttemptResult attempted = attempt.attempt();
      release(connection, attempt.connectionIsClean());
      return attempted;
    }
  }

  private void release(Connection connection, boolean clean) throws SQLException {
    if (clean) {
      context.connections().touched(connection, 1);
    } else {
      context.connections().end(connection);
    }
  }

  private void goOn(AttemptResult attempted) {
    if (attempted instanceof AttemptResult.Ended ended) {
      finish(ended.outcome());
    } else if (attempted instanceof AttemptResult.InTheWay inTheWay) {
      tally.add(inTheWay.applied());
      SqlFailure failure = inTheWay.failure();
      goOnIn(
          tries.afterFailure(failure),
          false,
          () -> tally.failed(List.of(), null, failure.sqlState(), failure.text()));
    } else if (attempted instanceof AttemptResult.Lost lost) {
      tally.add(lost.applied());
      goOnIn(tries.afterLoss(lost.failure()), false, () -> unreachable(lost.failure()));
    } else if (attempted instanceof AttemptResult.NeedsOwnPhase needs) {
      tally.add(needs.applied());
      inOwnPhase = true;
      start();
      pausedOrEnded();
    } else if (attempted instanceof AttemptResult.NeedsConnection needs) {
      tally.add(needs.applied());
      start();
      pausedOrEnded();
    } else if (attempted instanceof AttemptResult.NeedsDrain needs) {
      tally.add(needs.applied());
      waitForDrain(needs);
    } else if (attempted instanceof AttemptResult.Leased leased) {
      tally.add(leased.applied());
      goOnIn(tries.whileLeased(), false, () -> new SchemaOutcome.Busy(schema, leased.holder()));
    }
  }

  /** Waits for the transactions of gateways; meanwhile another run of a fleet may have its turn. */
  private void waitForDrain(AttemptResult.NeedsDrain needs) {
    listener.draining(schema);
    DrainPrefetch.Turn turn = context.drainsAhead().new Turn(this::pausedOrEnded);
    drain.begin(
        needs,
        end -> {
          turn.end();
          listener.drained(schema, end);
          drained(end);
        });
    if (control.isCancelled()) {
      drain.withdraw();
    }
    if (!urgent) {
      turn.begin();
    }
  }

  private void drained(DrainEnd end) {
    if (end instanceof DrainEnd.Quiet) {
      start();
    } else if (end instanceof DrainEnd.TimedOut late) {
      putOff(late);
    } else if (end instanceof DrainEnd.Broken broken) {
      finish(new SchemaOutcome.Unreachable(schema, broken.error()));
    } else {
      finish(new SchemaOutcome.Cancelled(schema));
    }
  }

  private void putOff(DrainEnd.TimedOut late) {
    boolean last = drain.inVain() >= RetryPolicy.MAX_DRAINS;
    Duration delay =
        last
            ? Duration.ZERO
            : RetryPolicy.afterDrain(drain.inVain(), context.settings().drain().timeout());
    LOG.atWarn()
        .addKeyValue("schema", schema)
        .addKeyValue("inTheWay", late.inTheWay())
        .addKeyValue("retryInMillis", last ? "never" : delay.toMillis())
        .log("a schema's migration is put off, since transactions are under way");
    if (last) {
      finish(new SchemaOutcome.PutOff(schema, late.inTheWay()));
    } else {
      pause(delay);
    }
  }

  private void goOnIn(@Nullable Duration delay, boolean keepsPlace, Supplier<SchemaOutcome> end) {
    if (delay == null) {
      finish(end.get());
    } else {
      pause(delay, keepsPlace);
    }
  }

  private void pause(Duration delay) {
    pause(delay, false);
  }

  /**
   * Tries again after a while.
   *
   * @param keepsPlace whether another schema of a fleet would have to wait for the same
   */
  private void pause(Duration delay, boolean keepsPlace) {
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
    if (!keepsPlace) {
      pausedOrEnded();
    }
  }

  private void finish(SchemaOutcome outcome) {
    if (!finished.compareAndSet(false, true)) {
      return;
    }
    if (outcome.mayHaveChanged() && !announced) {
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
