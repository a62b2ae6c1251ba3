package dev.tenantgate.migrator.schema;

import dev.tenantgate.config.DatabaseSettings;
import dev.tenantgate.config.MigrationTool;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ExternalTool;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.ProcessName;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.CommandFailures;
import dev.tenantgate.migrator.history.ExternalHistory;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.lease.LeaseRows;
import dev.tenantgate.migrator.plan.SchemaPlan;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.subprocess.CommandEnvironment;
import dev.tenantgate.migrator.subprocess.CommandOutput;
import dev.tenantgate.migrator.subprocess.ToolCommand;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try at having another tool bring a schema up to what is required: read its history, take the
 * lease, read again, have gateways let transactions end, run the command, read once more. Nothing
 * is written to the schema. Confined to the thread that runs it.
 */
final class ExternalAttempt {

  private static final Logger LOG = LoggerFactory.getLogger(ExternalAttempt.class);

  private final SchemaContext context;
  private final SchemaRun run;
  private final SchemaRef schema;
  private final WorkerSession session;
  private @Nullable Long held;

  ExternalAttempt(SchemaContext context, SchemaRun run, Connection connection) throws SQLException {
    this.context = context;
    this.run = run;
    this.schema = run.schema();
    this.session = context.sessions().session(connection, run.control());
  }

  /** Tries; whatever happens is the result. */
  AttemptResult attempt() {
    try {
      return readAndRun();
    } catch (SQLException e) {
      return afterError(session.failure(e));
    } finally {
      Long token = held;
      if (token != null) {
        context.leases().giveBack(schema, token);
      }
    }
  }

  private AttemptResult readAndRun() throws SQLException {
    AttemptResult.NeedsDrain drained = run.drain().take();
    if (drained != null) {
      held = drained.token();
      return underLease(drained.token(), true);
    }
    AttemptResult settled = settled(history());
    if (settled != null) {
      return settled;
    }
    context.sessions().registry().ensure(session.connection());
    Long token = context.leases().acquire(session, schema, false).token();
    if (token == null) {
      String holder = LeaseRows.holderOf(session.connection(), schema);
      if (holder != null && ProcessName.isGone(holder)) {
        LeaseRows.expire(session.connection(), schema, holder);
      }
      return new AttemptResult.Leased(List.of(), holder == null ? "another process" : holder);
    }
    held = token;
    return underLease(token, false);
  }

  private AttemptResult underLease(long token, boolean drained) throws SQLException {
    SchemaHistory before = history();
    AttemptResult settled = settled(before);
    if (settled != null) {
      return settled;
    }
    if (!drained && context.drainer().isNeeded(session.connection())) {
      held = null;
      return new AttemptResult.NeedsDrain(List.of(), token, before);
    }
    List<Migration> pending = pending(run.request().plan(before));
    run.listener().started(schema, pending);
    ToolCommand.Ended ended = runCommand(token);
    if (run.control().isCancelled()) {
      return new AttemptResult.Ended(new SchemaOutcome.Cancelled(schema));
    }
    if (ended.stopped()) {
      return new AttemptResult.Leased(List.of(), "another process");
    }
    return result(pending, ended, history());
  }

  private AttemptResult result(
      List<Migration> pending, ToolCommand.Ended ended, SchemaHistory after) throws SQLException {
    String said = ended.said().isEmpty() ? "" : ": " + ended.said();
    SchemaPlan left = run.request().plan(after);
    ExternalHistory history = after.external();
    String failure = ended.failure();
    String error = null;
    if (failure != null) {
      error = failure + said;
    } else if (!left.isDone()) {
      String why = left.objection();
      error =
          "the command ended with 0, but %s%s"
              .formatted(
                  why == null
                      ? "%s is still missing".formatted(listed(pending(left)))
                      : "the history can't be gone by: " + why,
                  said);
    }
    if (history != null && (error == null || after.exists())) {
      session.send(
          CommandFailures.record(
              schema, context.settings().tool().command(), history, required(), error));
    }
    LOG.atInfo()
        .addKeyValue("schema", schema)
        .addKeyValue("ended", error == null ? "as required" : error)
        .log("a command was run for a schema");
    List<Version> done =
        pending.stream()
            .filter(migration -> !pending(left).contains(migration))
            .map(Migration::version)
            .toList();
    return new AttemptResult.Ended(
        error == null ? run.tally().done(done) : run.tally().failed(done, null, null, error));
  }

  private ToolCommand.Ended runCommand(long token) {
    MigrationTool tool = context.settings().tool();
    DatabaseSettings database = context.connections().databaseInUse();
    String password = database.password();
    List<String> secrets =
        password == null || password.isEmpty()
            ? List.of()
            : List.of(password, CommandEnvironment.encoded(password));
    LeaseWatch watch = new LeaseWatch(token);
    return new ToolCommand(
            tool.command(),
            CommandEnvironment.of(database, schema, required()),
            tool.commandTimeout())
        .run(new CommandOutput(secrets), watch::goesOn);
  }

  private String required() {
    ExternalTool external = run.request().changelog().external();
    return external == null ? "" : external.requirement().toString();
  }

  /** Ends the command of a run that was cancelled, or whose lease is another's by now. */
  private final class LeaseWatch {

    private final long token;
    private long lookedNanos = System.nanoTime();

    LeaseWatch(long token) {
      this.token = token;
    }

    boolean goesOn() {
      if (run.control().isCancelled()) {
        return false;
      }
      long now = System.nanoTime();
      if (now - lookedNanos < context.settings().leaseTimeout().toNanos() / 2) {
        return true;
      }
      lookedNanos = now;
      try {
        return context.leases().isHeld(session, schema, token);
      } catch (SQLException e) {
        // The database is away: nobody else can take the lease, nor does the tool get further.
        LOG.debug("the lease can't be looked at", e);
        return true;
      }
    }
  }

  private SchemaHistory history() throws SQLException {
    return context.externalHistories().read(session.connection(), List.of(schema)).get(0);
  }

  /** The result where there is nothing to do or nothing may be done; else null. */
  private @Nullable AttemptResult settled(SchemaHistory history) {
    SchemaPlan plan = run.request().plan(history);
    if (plan.isDone()) {
      return new AttemptResult.Ended(run.tally().nothingPending(List.of()));
    }
    if (!history.exists()) {
      return new AttemptResult.Ended(new SchemaOutcome.NoSuchSchema(schema));
    }
    String objection = plan.objection();
    if (objection == null && !run.request().isUp()) {
      objection = "another tool migrates this schema, and takes its migrations back";
    }
    ExternalTool tool = run.request().changelog().external();
    if (objection == null && tool != null) {
      objection = tool.notRunnable();
    }
    return objection == null
        ? null
        : new AttemptResult.Ended(run.tally().failed(List.of(), null, null, objection));
  }

  private static List<Migration> pending(SchemaPlan plan) {
    List<Migration> pending = new ArrayList<>();
    for (Step step : plan.steps()) {
      Migration migration = step.about();
      if (migration != null) {
        pending.add(migration);
      }
    }
    return pending;
  }

  private static String listed(List<Migration> pending) {
    int most = 5;
    String first =
        String.join(", ", pending.stream().limit(most).map(m -> m.version().toString()).toList());
    return pending.size() > most ? first + " and " + (pending.size() - most) + " more" : first;
  }

  private AttemptResult afterError(SqlFailure failure) {
    session.abandonTransaction();
    return switch (failure.kind()) {
      case CONNECTION, SESSION_TIMEOUT -> {
        session.broken();
        yield new AttemptResult.Lost(List.of(), failure);
      }
      case RETRY -> new AttemptResult.InTheWay(List.of(), failure);
      case LEASE_LOST, OUTDATED -> new AttemptResult.Leased(List.of(), "another process");
      case CANCELLED ->
          run.control().isCancelled()
              ? new AttemptResult.Ended(new SchemaOutcome.Cancelled(schema))
              : refused(failure);
      case STATEMENT -> refused(failure);
    };
  }

  private AttemptResult refused(SqlFailure failure) {
    return new AttemptResult.Ended(
        run.tally().failed(List.of(), null, failure.sqlState(), failure.text()));
  }

  /** Whether the connection can be given back to the pool. */
  boolean connectionIsClean() {
    return session.isClean();
  }
}
