package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.announce.Completion;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.ExecutionStrategy;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.Bookkeeping;
import dev.tenantgate.migrator.history.SchemaContents;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.lease.Leases;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.MigrationScript;
import dev.tenantgate.migrator.session.WorkerSession;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One schema while its lease is held: what its history says by now, and the transactions that
 * change that. Confined to one thread.
 */
final class LeasedSchema {

  private static final Logger LOG = LoggerFactory.getLogger(LeasedSchema.class);

  private final SchemaContext context;
  private final SchemaRun run;
  private final WorkerSession session;
  private final List<Version> applied;
  private final ExecutionStrategy strategy;
  private final SchemaProgress progress;
  private final long token;
  private final @Nullable String opening;
  private final boolean drained;
  private @Nullable SchemaHistory history;
  private @Nullable MigrationScript begun;
  private boolean opened;
  private boolean held = true;
  private List<Step> onTheirWay = List.of();
  private int statementsDone;

  /**
   * Takes over a lease that was just acquired.
   *
   * @param applied takes the versions that are done
   * @param progress the history as it was read under the lease, or before nobody had it since
   * @param opening what takes the lease, to be sent in front of the first transaction; null if it
   *     is held
   * @param history the history itself; null if only what it comes to is known
   * @param drained whether gateways hold the schema's transactions
   */
  LeasedSchema(
      SchemaContext context,
      SchemaRun run,
      WorkerSession session,
      List<Version> applied,
      ExecutionStrategy strategy,
      SchemaProgress progress,
      long token,
      @Nullable String opening,
      @Nullable SchemaHistory history,
      boolean drained) {
    this.context = context;
    this.run = run;
    this.session = session;
    this.applied = applied;
    this.strategy = strategy;
    this.progress = progress;
    this.token = token;
    this.opening = opening;
    this.history = history;
    this.drained = drained;
  }

  SchemaContext context() {
    return context;
  }

  SchemaRun run() {
    return run;
  }

  SchemaRef schema() {
    return run.schema();
  }

  WorkerSession session() {
    return session;
  }

  ExecutionStrategy strategy() {
    return strategy;
  }

  SchemaProgress progress() {
    return progress;
  }

  /** The steps that were sent, and of which nothing is known yet. */
  List<Step> onTheirWay() {
    return onTheirWay;
  }

  /** Notes the steps that are about to be sent; none once the server has answered. */
  void onTheirWay(List<Step> steps) {
    onTheirWay = steps;
    statementsDone = 0;
  }

  /** How many statements of the step on its way are done and recorded. */
  int statementsDone() {
    return statementsDone;
  }

  /** Notes how many statements of the step on its way are done and recorded. */
  void statementsDone(int done) {
    statementsDone = done;
  }

  /**
   * Whether a connection was lost over the schema's migrations, so that it isn't known of which.
   */
  boolean wasLost() {
    return context.losses().of(schema()) != null;
  }

  /** Begins a transaction. */
  MigrationScript script() {
    MigrationScript script = context.sessions().script(schema());
    begun = script;
    String first = opening;
    if (first != null && !opened) {
      opened = true;
      script.openedBy(first);
    }
    if (progress.isBlank() && strategy.hasTransactionalDdl()) {
      script.statement(
          SchemaContents.confirmEmpty(
              context.sessions().historyName(),
              List.of(schema()),
              progress.hasTable(),
              SqlFailure.NOT_EMPTY));
    }
    return script;
  }

  /** Whether an error says that the lease wasn't taken, so that nothing is done. */
  boolean failedAtOpening(SqlFailure failure) {
    MigrationScript script = begun;
    return opening != null
        && (SqlFailure.LEASE_NOT_AS_SEEN.equals(failure.sqlState())
            || (script != null && script.isOpeningAt(failure)));
  }

  /**
   * After an error, has the next transaction take the lease if that wasn't done: a message that
   * can't be parsed fails as a whole, before its first statement is run.
   */
  void openAgainIfNeeded() throws SQLException {
    opened = opened && context.leases().isHeld(session, schema(), token);
  }

  /** Notes that the lease wasn't taken. */
  void neverHeld() {
    held = false;
    context.leases().gone(schema(), token);
  }

  /** Makes the history's table where it isn't there yet and can't be part of a transaction. */
  void ensureTable() throws SQLException {
    if (!progress.hasTable() && !strategy.hasTransactionalDdl()) {
      session.send(context.sessions().historyTable().create(schema()));
      progress.tableIsThere();
    }
  }

  /** Adds the history's table to a transaction, where it isn't there yet. */
  MigrationScript withTable(MigrationScript script) {
    return progress.hasTable()
        ? script
        : script.statement(context.sessions().historyTable().create(schema()));
  }

  /**
   * Commits a transaction that takes these steps, unless the lease is lost.
   *
   * @param after the history as it will be
   * @param last whether the lease is given back with it
   */
  void commit(MigrationScript script, List<Step> steps, SchemaProgress after, boolean last)
      throws SQLException {
    script.statement(after.registryRow(bookkeeping()));
    SchemaHistory behind = historyBehind(steps);
    if (last) {
      commitLast(script, behind, behind == null ? null : completion(steps, after));
    } else {
      commit(script, false);
    }
    history = behind;
    context.losses().forget(schema());
    steps.forEach(progress::done);
    steps.forEach(step -> applied.addAll(step.versions()));
  }

  /** Commits a transaction of the bookkeeping, unless the lease is lost. */
  void commit(MigrationScript script, boolean last) throws SQLException {
    session.send(script.statement(confirmation(last)).commit());
    committed(last);
  }

  /** Commits the last transaction of all, and has all told who are held until then. */
  private void commitLast(
      MigrationScript script, @Nullable SchemaHistory behind, @Nullable Completion completion)
      throws SQLException {
    script.statement(confirmation(true)).commit();
    CommitNews news = new CommitNews(context.announcer(), run, session, behind, completion);
    if (drained && !context.announcer().isUnsupported()) {
      session.send(script, news);
    } else {
      session.send(script);
    }
    committed(true);
    if (news.committed()) {
      run.announced();
    }
  }

  private Completion completion(List<Step> steps, SchemaProgress after) {
    List<Version> versions = new ArrayList<>(applied);
    steps.forEach(step -> versions.addAll(step.versions()));
    return new Completion(
        schema().schema(),
        token,
        context.drainer().proof(schema().schema(), token),
        after.digest(),
        versions.stream().map(Version::number).toList());
  }

  private void committed(boolean last) {
    progress.noLongerBlank();
    if (last) {
      held = false;
      context.leases().gone(schema(), token);
    }
  }

  /** The history once these steps are taken; null if that isn't known without reading it. */
  private @Nullable SchemaHistory historyBehind(List<Step> steps) {
    SchemaHistory before = history;
    return before == null || !steps.stream().allMatch(step -> step instanceof Step.Apply)
        ? null
        : before.with(
            steps.stream().flatMap(step -> step.migrations().stream()).toList(), Instant.now());
  }

  /** How its transactions tell of what they do. */
  Bookkeeping bookkeeping() {
    return context.sessions().registry().bookkeeping();
  }

  private String confirmation(boolean last) {
    return context.leases().confirmation(bookkeeping(), schema(), token, last);
  }

  /** Gives the lease back, unless that has happened. */
  void giveBack() {
    if (held) {
      held = false;
      context.leases().giveBack(schema(), token);
    }
  }

  /** Whether a try is over with an error, rather than a migration at fault. */
  boolean isOver(SqlFailure failure) {
    if (failedAtOpening(failure)) {
      return true;
    }
    return switch (failure.kind()) {
      case CONNECTION, SESSION_TIMEOUT -> true;
      case LEASE_LOST -> Leases.isConfirmation(schema(), failure) || !isStillHeld();
      case OUTDATED -> progress.isBlank() && failure.text().contains(SchemaContents.NOT_EMPTY);
      case CANCELLED -> run.control().isCancelled();
      case RETRY -> !run.isLastTry();
      case STATEMENT -> false;
    };
  }

  /** Whether the lease is there all the same: a migration may raise our SQLSTATEs as well. */
  private boolean isStillHeld() {
    session.abandonTransaction();
    try {
      return context.leases().isHeld(session, schema(), token);
    } catch (SQLException e) {
      return false;
    }
  }

  /** Ends the run with a step's failure; that of a migration stands in the history from now on. */
  AttemptResult failed(Step step, MigrationFailedException e) {
    MigrationPart part = step.part();
    Migration migration = step.about();
    if (part == null || migration == null) {
      return refused(e.failure().sqlState(), e.failure().text());
    }
    String error = e.describe(part);
    MigrationScript script = script();
    if (step instanceof Step.Apply) {
      withTable(script)
          .statement(context.sessions().historyTable().recordFailure(schema(), migration, error))
          .statement(progress.registryRow(migration, error));
    }
    return failed(script, step, migration, e.failure().sqlState(), error);
  }

  /** The same; the transaction has the record of it already. */
  AttemptResult failed(
      MigrationScript script,
      Step step,
      Migration migration,
      @Nullable String sqlState,
      String error) {
    script.statement(context.sessions().journalFailure(schema(), step, error));
    try {
      commit(script, true);
    } catch (SQLException recording) {
      LOG.atWarn()
          .addKeyValue("schema", schema())
          .addKeyValue("migration", migration)
          .addKeyValue("error", SqlFailure.of(recording).text())
          .log("the failure of a migration couldn't be recorded");
      session.abandonTransaction();
    }
    return new AttemptResult.Ended(
        run.tally()
            .failed(
                applied,
                migration,
                sqlState,
                "%s failed: %s"
                    .formatted(
                        step instanceof Step.Revert
                            ? "taking %s back".formatted(step.subject())
                            : step.subject(),
                        error)));
  }

  /** Ends the run with a reason that no migration is at fault for. */
  AttemptResult refused(@Nullable String sqlState, String why) {
    return new AttemptResult.Ended(
        run.tally().failed(new ArrayList<>(applied), null, sqlState, why));
  }
}
