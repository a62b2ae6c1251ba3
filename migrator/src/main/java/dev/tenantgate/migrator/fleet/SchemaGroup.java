package dev.tenantgate.migrator.fleet;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.FreshSession;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.GroupFunctions;
import dev.tenantgate.migrator.history.HistoryMark;
import dev.tenantgate.migrator.history.SchemaContents;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.schema.MigrationListener;
import dev.tenantgate.migrator.schema.ObservedHistory;
import dev.tenantgate.migrator.schema.SchemaContext;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.schema.SchemaProgress;
import dev.tenantgate.migrator.schema.StepRules;
import dev.tenantgate.migrator.session.MigrationSearchPath;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.sql.SessionEffect;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several schemas of equal history that are brought to the goal in one transaction, sent as one
 * message: the commit, and much of the bookkeeping, is there once for all of them. Either all are
 * done or none is, and those that aren't have their turn one by one, as if nothing had been tried:
 * so a failure is found out and recorded where it belongs, and costs no other schema anything but
 * the time.
 *
 * <p>Runs once, on a worker's thread; {@link #cancel} may be called from any.
 */
final class SchemaGroup {

  private static final Logger LOG = LoggerFactory.getLogger(SchemaGroup.class);

  /** So often at most a transaction looks whether it takes too long. */
  private static final int LOOKS = 5;

  private final SchemaContext context;
  private final ObservedHistory.Work work;
  private final GroupTerms terms;
  private final GroupSize size;
  private final MigrationListener listener;
  private final List<SchemaRef> schemas;
  private final List<ObservedHistory.Ahead> seen;
  private final List<Long> tokens;
  private final RunControl control = new RunControl();
  private final Set<SchemaRef> cancelled = new HashSet<>();
  private final CompletableFuture<List<SchemaOutcome>> result = new CompletableFuture<>();

  /**
   * Prepares a group.
   *
   * @param size is told how it went
   * @param seen what there is to do to each of the schemas, in the same order; the same to all
   */
  SchemaGroup(
      SchemaContext context,
      GroupTerms terms,
      GroupSize size,
      MigrationListener listener,
      List<SchemaRef> schemas,
      List<ObservedHistory.Ahead> seen) {
    this.context = context;
    this.work = seen.get(0).work();
    this.terms = terms;
    this.size = size;
    this.listener = listener;
    this.schemas = List.copyOf(schemas);
    this.seen = List.copyOf(seen);
    this.tokens = seen.stream().map(ahead -> ahead.token() + 1).toList();
  }

  /** The outcomes of those that have one; the others are to be tried by themselves. Never fails. */
  CompletableFuture<List<SchemaOutcome>> result() {
    return result;
  }

  boolean contains(SchemaRef schema) {
    return schemas.contains(schema);
  }

  /** Begins. */
  void start() {
    try {
      context.workers().execute(this::run);
    } catch (RejectedExecutionException e) {
      cancel();
      finish(outcomesOfCancelled());
    }
  }

  /** Ends it for all as soon as may be. */
  void cancel() {
    schemas.forEach(this::note);
    control.cancel();
  }

  /** Ends it for one schema; the others will be tried again. */
  void cancel(SchemaRef schema) {
    note(schema);
    control.cancel();
  }

  private void note(SchemaRef schema) {
    synchronized (cancelled) {
      cancelled.add(schema);
    }
  }

  private List<SchemaOutcome> outcomesOfCancelled() {
    synchronized (cancelled) {
      return schemas.stream()
          .filter(cancelled::contains)
          .map(schema -> (SchemaOutcome) new SchemaOutcome.Cancelled(schema))
          .toList();
    }
  }

  private void run() {
    try {
      finish(migrate());
    } catch (SQLException | RuntimeException e) {
      LOG.atDebug().setCause(e).log("schemas couldn't be taken together");
      finish(outcomesOfCancelled());
    } catch (Error e) {
      finish(outcomesOfCancelled());
      throw e;
    }
  }

  private List<SchemaOutcome> migrate() throws SQLException {
    if (control.isCancelled()) {
      return outcomesOfCancelled();
    }
    try (Connection connection = context.connections().borrow()) {
      if (mustDrain(connection)) {
        return List.of();
      }
      List<Migration> migrations = work.steps().stream().map(SchemaGroup::migrationOf).toList();
      schemas.forEach(schema -> listener.started(schema, migrations));
      WorkerSession session = context.sessions().session(connection, control);
      List<SchemaOutcome> outcomes = migrate(session);
      if (session.isClean()) {
        context.connections().touched(connection, schemas.size());
      } else {
        context.connections().end(connection);
      }
      return outcomes;
    }
  }

  /** Whether gateways are to let transactions end first, which is done schema by schema. */
  private boolean mustDrain(Connection connection) throws SQLException {
    if (work.steps().stream().allMatch(StepRules::isOnline)) {
      return false;
    }
    context.sessions().registry().ensure(connection);
    return context.drainer().isNeeded(connection);
  }

  private List<SchemaOutcome> migrate(WorkerSession session) {
    long startedNanos = System.nanoTime();
    try {
      session.send(opening() + transaction());
    } catch (SQLException e) {
      failed(session, session.failure(e));
      return outcomesOfCancelled();
    }
    forEachToken((schema, token) -> context.leases().gone(schema, token));
    Duration took = Duration.ofNanos(System.nanoTime() - startedNanos);
    size.succeeded(schemas.size(), took);
    List<Version> versions = work.steps().stream().map(Step::version).toList();
    return schemas.stream()
        .map(schema -> (SchemaOutcome) new SchemaOutcome.Migrated(schema, versions, took))
        .toList();
  }

  private static Migration migrationOf(Step step) {
    return ((Step.Apply) step).migration();
  }

  private interface WithToken {
    void accept(SchemaRef schema, long token);
  }

  private void forEachToken(WithToken consumer) {
    for (int i = 0; i < schemas.size(); i++) {
      consumer.accept(schemas.get(i), tokens.get(i));
    }
  }

  private void failed(WorkerSession session, SqlFailure failure) {
    LOG.atDebug()
        .addKeyValue("schemas", schemas.size())
        .addKeyValue("error", failure.text())
        .log("schemas failed in one transaction, they are taken one by one");
    size.failed(schemas.size());
    session.abandonTransaction();
    if (SqlFailure.LEASE_NOT_AS_SEEN.equals(failure.sqlState())) {
      forEachToken((schema, token) -> context.leases().gone(schema, token));
    } else {
      forEachToken((schema, token) -> context.leases().giveBack(schema, token));
    }
  }

  private void finish(List<SchemaOutcome> outcomes) {
    for (SchemaOutcome outcome : outcomes) {
      if (outcome.mayHaveChanged()) {
        context.announce(outcome.schema());
      }
      listener.finished(outcome);
    }
    result.complete(outcomes);
  }

  private String opening() {
    return context
        .leases()
        .opening(schemas, seen.stream().map(ObservedHistory.Ahead::token).toList());
  }

  /** Each of the steps adds a row to the history; one that is new has no mark yet. */
  private List<@Nullable HistoryMark> marks() {
    List<@Nullable HistoryMark> marks = new ArrayList<>();
    boolean replaces = !replacedRows(schemas.get(0)).isEmpty();
    for (ObservedHistory.Ahead ahead : seen) {
      HistoryMark mark = replaces ? null : ahead.mark();
      marks.add(mark == null ? null : mark.after(work.steps().size()));
    }
    return marks;
  }

  /** The transaction that does it. */
  private String transaction() {
    StringBuilder sql = new StringBuilder("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n");
    sql.append(timeouts());
    if (work.progress().isBlank()) {
      sql.append("SET LOCAL search_path = pg_catalog, pg_temp;\n")
          .append(
              SchemaContents.confirmEmpty(
                  context.sessions().historyName(),
                  schemas,
                  work.progress().hasTable(),
                  SqlFailure.NOT_EMPTY))
          .append(";\n");
    }
    boolean differs = work.steps().stream().anyMatch(step -> part(step).differs());
    List<String> statements = statements(schemas.get(0));
    String inTime =
        GroupFunctions.confirmInTime(terms.longest().toMillis(), SqlFailure.GROUP_TOO_SLOW);
    int often = (schemas.size() + LOOKS - 1) / LOOKS;
    for (int i = 0; i < schemas.size(); i++) {
      SchemaRef schema = schemas.get(i);
      append(sql, schema, differs ? statements(schema) : statements);
      if ((i + 1) % often == 0) {
        sql.append(inTime).append(";\n");
      }
    }
    return append(sql.append("SET LOCAL search_path = pg_catalog, pg_temp;\n"))
        .append(";\nCOMMIT")
        .toString();
  }

  private String timeouts() {
    return """
    SET LOCAL lock_timeout = %d;
    SET LOCAL statement_timeout = %d;
    """
        .formatted(terms.lockTimeout().toMillis(), terms.statementTimeout().toMillis());
  }

  private static SqlPart part(Step step) {
    return (SqlPart) migrationOf(step).up();
  }

  /** The migrations as a schema has them; behind each, the session is as before it. */
  private List<String> statements(SchemaRef schema) {
    FreshSession fresh = context.connections().fresh();
    List<String> statements = new ArrayList<>();
    for (Step step : work.steps()) {
      SqlPart part = part(step).forSchema(schema);
      // The last line may be a comment, the last statement may lack its semicolon.
      statements.add(
          fresh.beforeMigration(part.effect())
              + part.inOneTransaction()
              + "\n;\n"
              + (part.effect() == SessionEffect.NONE
                  ? fresh.afterMigration()
                  : fresh.restoredAfter(part.effect()) + timeouts()));
    }
    return statements;
  }

  private void append(StringBuilder sql, SchemaRef schema, List<String> statements) {
    String path =
        "SET LOCAL search_path = %s;\n"
            .formatted(MigrationSearchPath.of(schema, context.settings()));
    if (!work.progress().hasTable()) {
      sql.append(path).append(context.sessions().historyTable().create(schema)).append(";\n");
    }
    statements.forEach(migration -> sql.append(path).append(migration));
    sql.append(replacedRows(schema));
  }

  /** Takes away the rows of repeatable migrations' last times, which new ones take the place of. */
  private String replacedRows(SchemaRef schema) {
    StringBuilder sql = new StringBuilder();
    for (Step step : work.steps()) {
      if (step.version().isRepeatable() && work.progress().isRecorded(step.version())) {
        sql.append("SET LOCAL search_path = pg_catalog, pg_temp;\n")
            .append(context.sessions().historyTable().remove(schema, step.version()))
            .append(";\n");
      }
    }
    return sql.toString();
  }

  /** Records the steps once for all: a statement for each schema takes the server far longer. */
  private StringBuilder append(StringBuilder sql) {
    SchemaProgress after = work.progress().copyFor(schemas.get(0));
    work.steps().forEach(after::done);
    return sql.append(
            GroupFunctions.recordHistories(
                context.sessions().historyName(),
                schemas,
                work.steps().stream().map(SchemaGroup::migrationOf).toList(),
                work.steps().stream().map(Step::action).toList(),
                Sessions.by()))
        .append(";\n")
        .append(after.registryRows(schemas, marks(), tokens, context.leases().holder()));
  }
}
