package dev.tenantgate.migrator.schema;

import dev.tenantgate.config.ExecutionSettings;
import dev.tenantgate.migrator.changelog.Directives;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.HistoryStatus;
import dev.tenantgate.migrator.history.StatementProgress;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.session.MigrationScript;
import dev.tenantgate.migrator.session.MigrationSearchPath;
import dev.tenantgate.migrator.session.MissingName;
import dev.tenantgate.migrator.session.SchemaOwner;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.sql.OwnTransaction;
import dev.tenantgate.migrator.sql.SqlStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one step whose statements can't share a transaction: one statement after the other, with a
 * record of how far it has come after each, in the migration's own row of the history. A run that
 * was interrupted goes on where that says.
 *
 * <p>A statement that can be in a transaction shares it with the record: it is done exactly once.
 * One that can't may have been done without being recorded, if something ended the run just then;
 * {@link Interruption} finds that out before it is sent again.
 *
 * <p>Confined to one thread.
 */
final class StatementByStatement {

  private static final Logger LOG = LoggerFactory.getLogger(StatementByStatement.class);

  /** CockroachDB's SQLSTATE for a schema change that was committed in part, as errors show it. */
  private static final String HALF_APPLIED = "(SQLSTATE XXA00)";

  private final LeasedSchema leased;
  private final WorkerSession session;
  private final Step step;
  private final Migration migration;
  private final SqlPart part;
  private final List<SqlStatement> statements;
  private final List<String> texts;
  private final StatementProgress.Counter counter;
  private final long startedNanos = System.nanoTime();
  private int done;

  /** Whether the statement at hand has no transaction with anything else. */
  private boolean alone;

  /** Whether the server has refused it in one. */
  private boolean refused;

  private boolean begunBefore;

  StatementByStatement(LeasedSchema leased, Step step, Migration migration, SqlPart part) {
    this.leased = leased;
    this.session = leased.session();
    this.step = step;
    this.migration = migration;
    SqlPart own = part.forSchema(leased.schema());
    this.part = own;
    this.statements = own.statements();
    this.texts = statements.stream().map(own::text).toList();
    this.counter = new StatementProgress.Counter(texts);
  }

  /**
   * Takes the step.
   *
   * @param last whether nothing follows it
   * @return how the run ended, if the step failed; null if it is taken
   */
  @Nullable AttemptResult take(boolean last) throws SQLException {
    SchemaProgress.Begun begun = leased.progress().begun(migration.version());
    if (begun != null && begun.status() != opposite()) {
      String objection = objection(begun);
      if (objection != null) {
        return leased.refused(null, objection);
      }
      done = begun.progress().done();
      begunBefore = begun.status() == onItsWay();
    }
    if (begunBefore) {
      LOG.atInfo()
          .addKeyValue("schema", leased.schema())
          .addKeyValue("migration", migration)
          .addKeyValue("statementsDone", done)
          .addKeyValue("statements", statements.size())
          .log("a migration that was interrupted is resumed");
    }
    leased.onTheirWay(List.of(step));
    leased.statementsDone(done);
    record(null);
    try {
      prepareSession();
      return takeStatements(last);
    } finally {
      session.restoreAfter(part.effect());
    }
  }

  /** Why it can't be gone on with; null if it can. */
  private @Nullable String objection(SchemaProgress.Begun begun) {
    String error = begun.error();
    if (begun.status() == HistoryStatus.FAILED && error != null && error.contains(HALF_APPLIED)) {
      return ("migration %s was half applied by the server: %s; put the schema right by hand (see"
              + " SHOW JOBS), then `migrate repair`")
          .formatted(migration, error);
    }
    return begun.progress().isOf(texts)
        ? null
        : ("%s of the statements of migration %s are done already, and were changed since (%s);"
                + " put them back as they were")
            .formatted(begun.progress().done(), migration, part.describe(0));
  }

  private @Nullable AttemptResult takeStatements(boolean last) throws SQLException {
    for (int i = 0; i < statements.size(); i++) {
      SqlStatement statement = statements.get(i);
      boolean setting = isSetting(statement);
      if (i < done && !setting) {
        continue;
      }
      refused = false;
      alone = setting || leased.strategy().runsAlone(statement);
      try {
        Boolean finishing = i == statements.size() - 1 ? (Boolean) last : null;
        if (i < done) {
          session.send(texts.get(i));
        } else if (alone || !sendWithRecord(texts.get(i), finishing, i + 1)) {
          sendAlone(statement, texts.get(i), begunBefore && i == done);
          record(finishing, i + 1);
        }
      } catch (SQLException e) {
        SqlFailure failure = session.failure(e);
        if (leased.isOver(failure)) {
          throw e;
        }
        leased.onTheirWay(List.of());
        session.rollback();
        return failed(statement, failure);
      }
    }
    leased.onTheirWay(List.of());
    return null;
  }

  private String searchPath() {
    return MigrationSearchPath.of(leased.schema(), leased.context().settings());
  }

  private static boolean isSetting(SqlStatement statement) {
    return statement.word(0).equals("SET") || statement.word(0).equals("RESET");
  }

  /** Records that the step failed, whatever it is that its next statement does. */
  AttemptResult giveUp(SqlFailure failure) throws SQLException {
    SchemaProgress.Begun begun = leased.progress().begun(migration.version());
    done = begun == null ? 0 : begun.progress().done();
    return failed(statements.get(Math.min(done, statements.size() - 1)), failure);
  }

  /** Prepares the session for the step's statements, each of which is sent by itself. */
  private void prepareSession() throws SQLException {
    boolean postgresql = leased.strategy().hasTransactionalDdl();
    session.send(
        (postgresql ? session.fresh().beforeStatements() : "")
            + "SET search_path = "
            + searchPath());
    timeouts(false, true);
  }

  /**
   * Sets both timeouts; what the file sets by a statement of its own is set once at most, before.
   *
   * @param concurrent whether for a statement that can't be in a transaction
   */
  private void timeouts(boolean concurrent, boolean first) throws SQLException {
    ExecutionSettings execution = leased.context().settings().execution();
    Directives own = part.directives();
    Duration lock = concurrent ? execution.concurrentLockTimeout() : standardLockTimeout();
    Duration statement =
        concurrent
            ? execution.concurrentStatementTimeout()
            : leased.context().settings().statementTimeout();
    if (first || !setsItself("LOCK_TIMEOUT")) {
      timeout("lock_timeout", own.lockTimeout(), lock, concurrent);
    }
    if (first || !setsItself("STATEMENT_TIMEOUT")) {
      timeout("statement_timeout", own.statementTimeout(), statement, concurrent);
    }
  }

  private boolean setsItself(String setting) {
    return statements.stream()
        .anyMatch(
            statement ->
                statement.word(0).equals("SET")
                    && (statement.word(1).equals(setting) || statement.word(2).equals(setting)));
  }

  private Duration standardLockTimeout() {
    return leased.context().settings().lockTimeout();
  }

  private void timeout(
      String setting, @Nullable Duration own, Duration standard, boolean concurrent)
      throws SQLException {
    boolean unsaid = own == null && standard.isZero() && !concurrent;
    String value = unsaid ? "DEFAULT" : Long.toString((own == null ? standard : own).toMillis());
    session.send("SET %s TO %s".formatted(setting, value));
  }

  private void sendAlone(SqlStatement statement, String text, boolean again) throws SQLException {
    boolean concurrent = refused || OwnTransaction.isNeededBy(statement);
    boolean takesRole =
        !isSetting(statement) && leased.context().sessions().takesRole(leased.schema());
    if (concurrent) {
      timeouts(true, false);
    }
    try {
      if (takesRole) {
        session.send(SchemaOwner.takeRole(leased.schema(), false));
      }
      new Interruption(leased, migration).send(text, again);
    } finally {
      if (takesRole) {
        session.carefully(() -> session.send(SchemaOwner.GIVE_BACK));
      }
      if (concurrent) {
        session.carefully(() -> timeouts(false, false));
      }
    }
  }

  /**
   * Sends a statement in a transaction; false if the server refuses it there, with nothing done.
   */
  private boolean sendWithRecord(String text, @Nullable Boolean last, int nowDone)
      throws SQLException {
    Duration lock = part.directives().lockTimeout();
    Duration longest = part.directives().statementTimeout();
    MigrationScript script = leased.script();
    script.statement("SET LOCAL search_path = " + searchPath());
    if (lock != null) {
      script.statement("SET LOCAL lock_timeout = " + lock.toMillis());
    }
    if (longest != null) {
      script.statement("SET LOCAL statement_timeout = " + longest.toMillis());
    }
    if (leased.context().sessions().takesRole(leased.schema())) {
      script.statement(SchemaOwner.takeRole(leased.schema(), true));
      script.statement(text + "\n").statement(SchemaOwner.GIVE_BACK);
    } else {
      script.statement(text + "\n");
    }
    script.statement("SET LOCAL search_path = pg_catalog, pg_temp");
    try {
      commit(script, last, nowDone);
      return true;
    } catch (SQLException e) {
      if (!SqlFailure.NEEDS_NO_TRANSACTION.equals(SqlFailure.of(e).sqlState())) {
        throw e;
      }
      session.rollback();
      alone = true;
      refused = true;
      return false;
    }
  }

  private void record(@Nullable Boolean last, int nowDone) throws SQLException {
    commit(leased.script(), last, nowDone);
  }

  /**
   * Commits a transaction with the record of what is done by it.
   *
   * @param last null if statements are left; else whether no step follows this one
   */
  private void commit(MigrationScript script, @Nullable Boolean last, int nowDone)
      throws SQLException {
    asOurselves(script);
    if (last == null) {
      leased.commit(script.statement(progress(onItsWay(), nowDone, null)), false);
    } else {
      SchemaProgress after = leased.progress().copy();
      after.done(step);
      long millis = (System.nanoTime() - startedNanos) / 1_000_000;
      script.recorded(step, true, Long.toString(Math.min(millis, Integer.MAX_VALUE)));
      leased.commit(script, List.of(step), after, last);
    }
    done = nowDone;
    leased.statementsDone(done);
    begunBefore = false;
  }

  /** The record isn't written as whom a statement has the session be, who may not be allowed to. */
  private void asOurselves(MigrationScript script) {
    if (leased.strategy().hasTransactionalDdl()) {
      script
          .statement("SET LOCAL SESSION AUTHORIZATION DEFAULT")
          .statement("SET LOCAL role TO DEFAULT");
    }
  }

  /** Records that the step is on its way, before its first statement. */
  private void record(@Nullable String error) throws SQLException {
    MigrationScript script = leased.withTable(leased.script());
    script.statement(progress(onItsWay(), done, error));
    if (step instanceof Step.Revert) {
      SchemaProgress without = leased.progress().copy();
      without.done(step);
      script.statement(without.registryRow(leased.bookkeeping()));
    }
    leased.commit(script, false);
    leased.progress().tableIsThere();
  }

  private String progress(HistoryStatus status, int nowDone, @Nullable String error) {
    return leased
        .context()
        .sessions()
        .historyTable()
        .recordProgress(leased.schema(), migration, status, counter.after(nowDone), error);
  }

  private HistoryStatus onItsWay() {
    return step instanceof Step.Revert ? HistoryStatus.REVERTING : HistoryStatus.APPLYING;
  }

  private HistoryStatus opposite() {
    return step instanceof Step.Revert ? HistoryStatus.APPLYING : HistoryStatus.REVERTING;
  }

  private AttemptResult failed(SqlStatement statement, SqlFailure unexplained) {
    session.abandonTransaction();
    SqlFailure failure = MissingName.told(session, unexplained);
    String error = part.describe(lineOf(statement, failure)) + ": " + failure.text();
    boolean reverting = step instanceof Step.Revert;
    MigrationScript script =
        leased
            .script()
            .statement(
                progress(reverting ? HistoryStatus.REVERTING : HistoryStatus.FAILED, done, error));
    if (!reverting) {
      script.statement(leased.progress().registryRow(migration, error));
    }
    session.restoreAfter(part.effect());
    session.carefully(
        () -> {
          prepareSession();
          new Interruption(leased, migration).tidyUp(part.text(statement));
        });
    return leased.failed(
        script,
        step,
        migration,
        failure.sqlState(),
        done == 0
            ? error
            : error + " (%d of its %d statements are done)".formatted(done, statements.size()));
  }

  /** The server's position counts in what was sent, which isn't the statement alone. */
  private int lineOf(SqlStatement statement, SqlFailure failure) {
    int offset = alone && failure.position() > 0 ? failure.position() - 1 : 0;
    String text = part.text(statement);
    int within = Math.min(offset, text.codePointCount(0, text.length()));
    return part.lineAt(statement.start() + text.offsetByCodePoints(0, within));
  }
}
