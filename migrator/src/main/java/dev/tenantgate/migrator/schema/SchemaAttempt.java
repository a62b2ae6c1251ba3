package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.Backend;
import dev.tenantgate.migrator.connection.ExecutionStrategy;
import dev.tenantgate.migrator.connection.ProcessName;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.lease.LeaseRows;
import dev.tenantgate.migrator.lease.Leases;
import dev.tenantgate.migrator.plan.Dependencies;
import dev.tenantgate.migrator.plan.SchemaPlan;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.session.RegistryAccess;
import dev.tenantgate.migrator.session.WorkerSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One try at bringing one schema up to its target, over one connection: read the history, take the
 * lease, read again, take the pending steps in their order. Steps that can share a transaction do,
 * see {@link SharedTransaction}; each of the others is taken {@linkplain StatementByStatement by
 * itself}, in a {@linkplain NonTransactionalPhase phase of its own}.
 *
 * <p>Confined to the thread that runs it.
 */
public final class SchemaAttempt {

  private final SchemaContext context;
  private final SchemaRun run;
  private final SchemaRef schema;
  private final WorkerSession session;
  private final List<Version> applied = new ArrayList<>();
  private final long startedNanos = System.nanoTime();
  private @Nullable LeasedSchema leased;

  SchemaAttempt(SchemaContext context, SchemaRun run, Connection connection) throws SQLException {
    this.context = context;
    this.run = run;
    this.schema = run.schema();
    this.session =
        context
            .sessions()
            .session(connection, run.control())
            .watchedBy(
                context.lockWatch(),
                schema,
                context.connections().backendOf(connection).worker(),
                context.settings().lockTimeout(),
                blockers -> run.blocked(blockers));
  }

  /** Tries; whatever happens is the result. */
  AttemptResult attempt() {
    try {
      return readAndMigrate();
    } catch (SQLException e) {
      return afterError(session.failure(e));
    } finally {
      giveLeaseBack();
    }
  }

  private AttemptResult readAndMigrate() throws SQLException {
    AttemptResult.NeedsDrain drained = run.drain().take();
    if (drained != null) {
      return underLease(drained.token(), drained.history(), true);
    }
    ObservedHistory seen = run.takeSeen();
    ObservedHistory.Ahead ahead = context.losses().of(schema) == null ? seen.ahead() : null;
    if (ahead != null && !mustDrain(ahead.work().steps())) {
      AttemptResult done = goAhead(ahead);
      if (done != null) {
        return done;
      }
      seen = ObservedHistory.NONE;
    }
    if (seen.table() == ObservedHistory.Table.UNKNOWN) {
      SchemaHistory history = read();
      AttemptResult settled = settled(history);
      if (settled != null) {
        return settled;
      }
      seen = ObservedHistory.of(history);
    }
    Leases.Acquisition acquisition = acquire(seen.table() == ObservedHistory.Table.THERE);
    Long token = acquisition.token();
    if (token == null) {
      return leasedByAnother();
    }
    SchemaHistory known = acquisition.history();
    // Where it tells of nothing, it takes a look at what else is in the schema.
    SchemaHistory history =
        known == null || !known.tellsOfMigrations() ? historyUnder(token) : known;
    return underLease(token, history, false);
  }

  /**
   * Goes on under the lease.
   *
   * @param drained whether gateways hold the schema's transactions
   */
  private AttemptResult underLease(long token, SchemaHistory history, boolean drained)
      throws SQLException {
    ExecutionStrategy strategy = context.sessions().strategy(session.connection());
    LeasedSchema schemaUnderLease =
        new LeasedSchema(
            context,
            run,
            session,
            applied,
            strategy,
            new SchemaProgress(history),
            token,
            null,
            history,
            drained);
    leased = schemaUnderLease;
    AttemptResult meanwhile = settled(history);
    if (meanwhile != null) {
      return meanwhile;
    }
    List<Step> steps = run.request().plan(history).steps();
    List<Migration> migrations = migrationsOf(steps);
    String unmet = unmetDependency(steps);
    if (unmet != null) {
      return refused(null, unmet);
    }
    AttemptResult lostAgain = new RepeatedLoss(schemaUnderLease).settle(steps);
    if (lostAgain != null) {
      return lostAgain;
    }
    String notKept = run.request().backUp(history, steps);
    if (notKept != null) {
      return refused(null, notKept);
    }
    if (!drained && mustDrain(steps)) {
      leased = null;
      return new AttemptResult.NeedsDrain(applied, token, history);
    }
    run.listener().started(schema, migrations);
    return take(schemaUnderLease, steps);
  }

  /** Whether there are gateways, and steps of this try that aren't safe beside transactions. */
  private boolean mustDrain(List<Step> steps) throws SQLException {
    ExecutionStrategy strategy = context.sessions().strategy(session.connection());
    for (Step step : steps) {
      boolean later =
          StepRules.aloneIn(strategy, step) != null
              && strategy.hasTransactionalDdl()
              && !run.isInOwnPhase();
      if (later) {
        return false;
      }
      if (!StepRules.isOnline(step)) {
        context.sessions().registry().ensure(session.connection());
        return context.drainer().isNeeded(session.connection());
      }
    }
    return false;
  }

  /**
   * Takes the lease and all steps in one message; null if it takes a closer look, with nothing
   * done.
   */
  private @Nullable AttemptResult goAhead(ObservedHistory.Ahead ahead) throws SQLException {
    List<Step> steps = ahead.work().steps();
    ExecutionStrategy strategy = context.sessions().strategy(session.connection());
    boolean together =
        strategy.hasTransactionalDdl()
            && steps.stream().allMatch(step -> StepRules.aloneIn(strategy, step) == null);
    if (!together
        || run.request().isToBeBackedUp()
        || new Dependencies(run.request().changelog(), schema, appliedBy(steps)).needPublic()) {
      return null;
    }
    context.sessions().registry().ensure(session.connection());
    if (!context.sessions().registry().bookkeeping().takesLeases()) {
      return null;
    }
    String opening = context.leases().opening(schema, ahead.token());
    LeasedSchema unread =
        new LeasedSchema(
            context,
            run,
            session,
            applied,
            strategy,
            ahead.work().progress().copyFor(schema),
            ahead.token() + 1,
            opening,
            null,
            false);
    leased = unread;
    run.listener().started(schema, migrationsOf(steps));
    try {
      return take(unread, steps);
    } catch (SQLException e) {
      if (!unread.failedAtOpening(session.failure(e))) {
        throw e;
      }
      session.rollback();
      unread.neverHeld();
      leased = null;
      return null;
    }
  }

  private static List<Migration> appliedBy(List<Step> steps) {
    return migrationsOf(
        steps.stream()
            .filter(step -> step instanceof Step.Apply || step instanceof Step.FromCheckpoint)
            .toList());
  }

  private SchemaHistory read() throws SQLException {
    return context
        .sessions()
        .histories()
        .read(session.connection(), List.of(schema), context.sessions().elsewhere())
        .get(0);
  }

  private SchemaHistory historyUnder(long token) throws SQLException {
    try {
      return read();
    } catch (SQLException | RuntimeException e) {
      context.leases().giveBack(schema, token);
      throw e;
    }
  }

  private static List<Migration> migrationsOf(List<Step> steps) {
    return steps.stream().flatMap(step -> step.migrations().stream()).toList();
  }

  /** The result where there is nothing to do or nothing may be done; else null. */
  private @Nullable AttemptResult settled(SchemaHistory history) throws SQLException {
    run.request().prepare(history, session);
    SchemaPlan plan = run.request().plan(history);
    if (plan.isDone()) {
      return new AttemptResult.Ended(run.tally().nothingPending(applied));
    }
    if (!history.exists()) {
      return new AttemptResult.Ended(new SchemaOutcome.NoSuchSchema(schema));
    }
    if (plan.unmanaged() != null) {
      return new AttemptResult.Ended(new SchemaOutcome.Unmanaged(plan.unmanaged()));
    }
    String objection = plan.objection();
    return objection == null ? null : refused(null, objection);
  }

  /**
   * The migrations of {@code public} that a tenant's need and that are missing; null if none is.
   */
  private @Nullable String unmetDependency(List<Step> steps) throws SQLException {
    Dependencies dependencies =
        new Dependencies(run.request().changelog(), schema, appliedBy(steps));
    return dependencies.needPublic()
        ? dependencies.unmet(
            context.sessions().histories().read(session.connection(), SchemaRef.PUBLIC))
        : null;
  }

  private AttemptResult refused(@Nullable String sqlState, String why) {
    return new AttemptResult.Ended(run.tally().failed(applied, null, sqlState, why));
  }

  private AttemptResult leasedByAnother() throws SQLException {
    String holder = LeaseRows.holderOf(session.connection(), schema);
    if (holder != null && ProcessName.isGone(holder)) {
      LeaseRows.expire(session.connection(), schema, holder);
    }
    return new AttemptResult.Leased(applied, holder == null ? "another process" : holder);
  }

  /** Asks for the lease, and reads the history under it. */
  private Leases.Acquisition acquire(boolean table) throws SQLException {
    context.sessions().registry().ensure(session.connection());
    try {
      return context.leases().acquire(session, schema, table);
    } catch (SQLException e) {
      session.abandonTransaction();
      if (!RegistryAccess.isMissing(e)) {
        throw e;
      }
      context.sessions().registry().forget();
      context.sessions().registry().ensure(session.connection());
      return context.leases().acquire(session, schema, table);
    }
  }

  /** Takes the steps in their order: those that can share a transaction together, others alone. */
  private AttemptResult take(LeasedSchema held, List<Step> steps) throws SQLException {
    ExecutionStrategy strategy = held.strategy();
    held.ensureTable();
    int at = 0;
    while (at < steps.size()) {
      Step step = steps.get(at);
      SqlPart alone = StepRules.aloneIn(strategy, step);
      Migration migration = step.about();
      int end = at + 1;
      AttemptResult ended;
      if (alone != null && migration != null) {
        Backend backend = context.connections().backendOf(session.connection());
        if (backend.shared()) {
          return held.refused("0A000", backend.refusal(migration));
        }
        if (strategy.hasTransactionalDdl() && !run.isInOwnPhase()) {
          return new AttemptResult.NeedsOwnPhase(applied);
        }
        ended = new StatementByStatement(held, step, migration, alone).take(end == steps.size());
      } else {
        while (end < steps.size()
            && StepRules.leavesNothing(steps.get(end - 1))
            && StepRules.mayFollow(strategy, steps.get(end))) {
          end++;
        }
        ended = new SharedTransaction(held).take(steps.subList(at, end), end == steps.size());
      }
      if (ended != null) {
        return ended;
      }
      at = end;
      if (session.isSpent() && at < steps.size()) {
        return new AttemptResult.NeedsConnection(applied);
      }
    }
    return new AttemptResult.Ended(run.tally().done(applied));
  }

  private AttemptResult afterError(SqlFailure failure) {
    session.abandonTransaction();
    return switch (failure.kind()) {
      case CONNECTION, SESSION_TIMEOUT -> lost(failure);
      case RETRY -> new AttemptResult.InTheWay(applied, failure);
      case LEASE_LOST -> new AttemptResult.Leased(applied, "another process");
      case OUTDATED -> lookAgain();
      case CANCELLED ->
          run.control().isCancelled()
              ? new AttemptResult.Ended(new SchemaOutcome.Cancelled(schema))
              : refused(failure.sqlState(), failure.text());
      case STATEMENT -> refused(failure.sqlState(), failure.text());
    };
  }

  /** Plans anew: others have filled the schema since it was looked at. */
  private AttemptResult lookAgain() {
    try {
      SchemaHistory history = read();
      AttemptResult settled = settled(history);
      return settled == null ? new AttemptResult.Leased(applied, "another process") : settled;
    } catch (SQLException e) {
      return afterError(session.failure(e));
    }
  }

  private AttemptResult lost(SqlFailure failure) {
    session.broken();
    LeasedSchema held = leased;
    if (held != null && !held.onTheirWay().isEmpty()) {
      context
          .losses()
          .note(schema, held.onTheirWay(), held.statementsDone(), failure, startedNanos);
    }
    return new AttemptResult.Lost(applied, failure);
  }

  /** Whether the connection can be given back to the pool. */
  boolean connectionIsClean() {
    return session.isClean();
  }

  private void giveLeaseBack() {
    if (leased != null) {
      leased.giveBack();
      leased = null;
    }
  }
}
