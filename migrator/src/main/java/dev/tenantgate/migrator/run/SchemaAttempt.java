package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.HistoryReader;
import dev.tenantgate.migrator.history.HistoryTable;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Dependencies;
import dev.tenantgate.migrator.plan.SchemaPlan;
import dev.tenantgate.migrator.plan.Step;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try at bringing one schema up to its target, over one connection: read the history, take the
 * lease, read again, send everything that is pending as one message. If that fails for a reason of
 * its own, everything is rolled back and the migrations are sent one by one, each in a transaction:
 * those before the failing one stay, and the failing one is known and recorded.
 *
 * <p>Confined to the thread that runs it.
 */
final class SchemaAttempt {

  private static final Logger LOG = LoggerFactory.getLogger(SchemaAttempt.class);

  /** Beyond this a schema's migrations aren't put into one message any more, in characters. */
  private static final int MAX_MESSAGE = 16 << 20;

  private final MigrationContext context;
  private final SchemaRun run;
  private final SchemaRef schema;
  private final WorkerSession session;
  private final List<Version> applied = new ArrayList<>();
  private @Nullable Long token;

  SchemaAttempt(MigrationContext context, SchemaRun run, Connection connection) {
    this.context = context;
    this.run = run;
    this.schema = run.schema();
    this.session = new WorkerSession(connection, run.control());
  }

  /** Tries; whatever happens is the result. */
  AttemptResult attempt() {
    try {
      return readAndMigrate();
    } catch (SQLException e) {
      return afterError(SqlFailure.of(e));
    } finally {
      giveLeaseBack();
    }
  }

  private AttemptResult readAndMigrate() throws SQLException {
    HistorySighting seen = run.takeSeen();
    if (seen == HistorySighting.NONE) {
      SchemaHistory history = HistoryReader.read(session.connection(), schema);
      AttemptResult settled = settled(history);
      if (settled != null) {
        return settled;
      }
      seen = HistorySighting.of(history);
    }
    SchemaHistory underLease = acquire(seen == HistorySighting.TABLE);
    if (underLease == null) {
      return leased();
    }
    AttemptResult meanwhile = settled(underLease);
    if (meanwhile != null) {
      return meanwhile;
    }
    List<Step> steps = run.plan(underLease).steps();
    List<Migration> migrations = migrationsOf(steps);
    String unmet = unmetDependency(steps);
    if (unmet != null) {
      return refused(null, unmet);
    }
    String notKept = run.backUp(underLease, steps);
    if (notKept != null) {
      return refused(null, notKept);
    }
    run.listener().started(schema, migrations);
    return take(new SchemaProgress(underLease), steps);
  }

  private static List<Migration> migrationsOf(List<Step> steps) {
    List<Migration> migrations = new ArrayList<>();
    for (Step step : steps) {
      Migration migration = step.about();
      if (migration != null) {
        migrations.add(migration);
      }
    }
    return migrations;
  }

  /** The result where there is nothing to do or nothing may be done; else null. */
  private @Nullable AttemptResult settled(SchemaHistory history) {
    SchemaPlan plan = run.plan(history);
    if (plan.isDone()) {
      return new AttemptResult.Ended(run.nothingPending(applied));
    }
    if (!history.exists()) {
      return new AttemptResult.Ended(new SchemaOutcome.NoSuchSchema(schema));
    }
    String objection = plan.objection();
    return objection == null ? null : refused(null, objection);
  }

  /** What a tenant's migrations need of {@code public} and isn't there; null if nothing is. */
  private @Nullable String unmetDependency(List<Step> steps) throws SQLException {
    List<Migration> pending =
        migrationsOf(steps.stream().filter(step -> step instanceof Step.Apply).toList());
    Dependencies dependencies = new Dependencies(run.changelog(), schema, pending);
    return dependencies.needPublic()
        ? dependencies.unmet(HistoryReader.read(session.connection(), SchemaRef.PUBLIC))
        : null;
  }

  private AttemptResult refused(@Nullable String sqlState, String why) {
    return new AttemptResult.Ended(run.failed(applied, null, sqlState, why));
  }

  private AttemptResult leased() throws SQLException {
    String holder = Leases.holderOf(session.connection(), schema);
    return new AttemptResult.Leased(applied, holder == null ? "another process" : holder);
  }

  /** Takes the lease and reads the history under it; null if another process has the lease. */
  private @Nullable SchemaHistory acquire(boolean table) throws SQLException {
    context.ensureRegistry(session.connection());
    Leases.Acquisition acquisition;
    try {
      acquisition = context.leases().acquire(session, schema, table);
    } catch (SQLException e) {
      session.rollback();
      if (!MigrationContext.isAboutMissingRegistry(e)) {
        throw e;
      }
      context.forgetRegistry();
      context.ensureRegistry(session.connection());
      acquisition = context.leases().acquire(session, schema, table);
    }
    if (acquisition.token() == null) {
      return null;
    }
    token = acquisition.token();
    SchemaHistory history = acquisition.history();
    return history == null ? HistoryReader.read(session.connection(), schema) : history;
  }

  private AttemptResult take(SchemaProgress progress, List<Step> steps) throws SQLException {
    long size = 0;
    for (Step step : steps) {
      SqlPart part = step.part();
      size += part == null ? 0 : part.sql().length();
    }
    if (steps.size() == 1 || size > MAX_MESSAGE) {
      return takeOneByOne(progress, steps);
    }
    try {
      send(progress, steps, true);
      return new AttemptResult.Ended(run.done(applied));
    } catch (MigrationFailedException e) {
      // Whatever it was that failed, the good ones before it are to stay.
      LOG.atDebug()
          .addKeyValue("schema", schema)
          .addKeyValue("error", e.failure().text())
          .log("steps failed in one message, they are taken one by one");
      return takeOneByOne(progress, steps);
    }
  }

  private AttemptResult takeOneByOne(SchemaProgress progress, List<Step> steps)
      throws SQLException {
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      try {
        send(progress, List.of(step), i == steps.size() - 1);
      } catch (MigrationFailedException e) {
        return failed(progress, step, e);
      }
    }
    return new AttemptResult.Ended(run.done(applied));
  }

  /**
   * Sends steps as one message and one transaction.
   *
   * @throws MigrationFailedException if the statements are at fault; they are rolled back
   */
  private void send(SchemaProgress progress, List<Step> steps, boolean last)
      throws SQLException, MigrationFailedException {
    SchemaProgress after = progress.copy();
    MigrationScript script = context.script(schema);
    if (!progress.hasTable()) {
      script.statement(HistoryTable.create(schema));
    }
    for (Step step : steps) {
      script.step(step, progress.hasFailed(step.version()));
      after.done(step);
    }
    script.statement(after.registryRow());
    script.statement(context.leases().confirmation(schema, heldToken(), last));
    try {
      session.send(script.commit());
    } catch (SQLException e) {
      SqlFailure failure = SqlFailure.of(e);
      if (isOver(failure)) {
        throw e;
      }
      session.rollback();
      session.discardIf(steps);
      throw new MigrationFailedException(failure, script.placeOf(failure));
    }
    steps.forEach(progress::done);
    steps.forEach(step -> applied.add(step.version()));
    if (last) {
      leaseIsGone();
    }
    session.discardIf(steps);
  }

  /** Whether the try is over with an error, rather than a migration at fault. */
  private boolean isOver(SqlFailure failure) {
    return switch (failure.kind()) {
      case CONNECTION, LEASE_LOST -> true;
      case CANCELLED -> run.control().isCancelled();
      case RETRY -> !run.isLastTry();
      case STATEMENT -> false;
    };
  }

  /** Ends the run with a step's failure; that of a migration stands in the history from now on. */
  private AttemptResult failed(SchemaProgress progress, Step step, MigrationFailedException e) {
    SqlPart part = step.part();
    Migration migration = step.about();
    if (part == null || migration == null) {
      return refused(e.failure().sqlState(), e.failure().text());
    }
    String error = e.describe(part);
    record(progress, step, migration, error);
    String what = step instanceof Step.Revert ? "taking migration %s back" : "migration %s";
    return new AttemptResult.Ended(
        run.failed(
            applied,
            migration,
            e.failure().sqlState(),
            "%s failed: %s".formatted(what.formatted(migration), error)));
  }

  private void record(SchemaProgress progress, Step step, Migration migration, String error) {
    MigrationScript script = context.script(schema);
    if (step instanceof Step.Apply) {
      if (!progress.hasTable()) {
        script.statement(HistoryTable.create(schema));
      }
      script
          .statement(HistoryTable.recordFailure(schema, migration, error))
          .statement(progress.registryRow(migration, error));
    }
    script
        .statement(context.journalFailure(schema, step, error))
        .statement(context.leases().confirmation(schema, heldToken(), true));
    try {
      session.send(script.commit());
      leaseIsGone();
    } catch (SQLException recording) {
      LOG.atWarn()
          .addKeyValue("schema", schema)
          .addKeyValue("migration", migration)
          .addKeyValue("error", SqlFailure.of(recording).text())
          .log("the failure of a migration couldn't be recorded");
      session.abandonTransaction();
    }
  }

  private AttemptResult afterError(SqlFailure failure) {
    session.abandonTransaction();
    return switch (failure.kind()) {
      case CONNECTION -> {
        session.broken();
        yield new AttemptResult.Ended(new SchemaOutcome.Unreachable(schema, failure.text()));
      }
      case RETRY -> new AttemptResult.InTheWay(applied, failure);
      case LEASE_LOST -> new AttemptResult.Leased(applied, "another process");
      case CANCELLED ->
          run.control().isCancelled()
              ? new AttemptResult.Ended(new SchemaOutcome.Cancelled(schema))
              : refused(failure.sqlState(), failure.text());
      case STATEMENT -> refused(failure.sqlState(), failure.text());
    };
  }

  /** Whether the connection can be given back to the pool. */
  boolean connectionIsClean() {
    return session.isClean();
  }

  private long heldToken() {
    Long held = token;
    if (held == null) {
      throw new IllegalStateException("no lease is held");
    }
    return held;
  }

  private void leaseIsGone() {
    context.leases().gone(schema, heldToken());
    token = null;
  }

  private void giveLeaseBack() {
    Long held = token;
    if (held != null) {
      context.leases().giveBack(schema, held);
      token = null;
    }
  }
}
