package dev.tenantgate.migrator;

import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.checkpoint.Templates;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.fleet.FleetRequest;
import dev.tenantgate.migrator.fleet.FleetRun;
import dev.tenantgate.migrator.fleet.RunRegister;
import dev.tenantgate.migrator.history.RecordedRun;
import dev.tenantgate.migrator.history.RunLog;
import dev.tenantgate.migrator.lease.LeaseRows;
import dev.tenantgate.migrator.lease.MigrationLease;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.MigrationListener;
import dev.tenantgate.migrator.schema.SchemaContext;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.schema.SchemaRun;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.survey.FleetReader;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.survey.RegistryReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Runs that bring schemas to a goal, and the record of those over many. Thread-safe. */
public final class Runs {

  private final SchemaContext context;
  private final RunRegister register;
  private final FleetReader reader;
  private final RegistryReader registry;
  private final Templates templates;
  private final int workers;

  Runs(
      SchemaContext context,
      RunRegister register,
      FleetReader reader,
      RegistryReader registry,
      Templates templates,
      int workers) {
    this.context = context;
    this.register = register;
    this.reader = reader;
    this.registry = registry;
    this.templates = templates;
    this.workers = workers;
  }

  /**
   * Brings one schema up to the target, under its lease. Never throws for what happens to the
   * schema; that is the outcome. An interrupt cancels the run, as {@link #cancel} does, and leaves
   * the thread interrupted.
   */
  public SchemaOutcome migrate(Changelog changelog, SchemaRef schema, Target target) {
    return migrate(changelog, schema, target, MigrationListener.NONE);
  }

  /** The same, telling the listener about each step. */
  public SchemaOutcome migrate(
      Changelog changelog, SchemaRef schema, Target target, MigrationListener listener) {
    return run(changelog, schema, new Goal.Up(target), listener);
  }

  /** Brings one schema to any goal, up or down, as {@link #migrate} does. */
  public SchemaOutcome run(
      Changelog changelog, SchemaRef schema, Goal goal, MigrationListener listener) {
    SchemaRun run = SchemaRun.alone(context, changelog, schema, goal, listener);
    register.add(run);
    run.start();
    return await(run.result(), run::cancel);
  }

  /**
   * Brings many schemas up to the target: {@code public} first where the scope has it, then the
   * tenants, several at once. One tenant's failure never touches another; a failure of {@code
   * public} leaves the tenants alone. Interrupts as {@link #migrate}.
   *
   * @throws SQLException if the schemas and their histories can't be read; nothing has run then
   */
  public FleetOutcome migrateAll(
      Changelog changelog, FleetScope scope, Target target, FleetListener listener)
      throws SQLException {
    return runAll(changelog, scope, new Goal.Up(target), listener);
  }

  /**
   * Brings many schemas to any goal, as {@link #migrateAll} does; on the way down {@code public}
   * comes last, and only once every tenant has succeeded.
   *
   * @throws SQLException if the schemas and their histories can't be read; nothing has run then
   */
  public FleetOutcome runAll(
      Changelog changelog, FleetScope scope, Goal goal, FleetListener listener)
      throws SQLException {
    return runAll(new FleetRequest(changelog, scope, goal), listener);
  }

  /**
   * Brings many schemas to a goal, in stages where the rollout says so. The plan is made from the
   * histories. A plan of more than one schema is kept in the registry while it is gone through, so
   * that a killed run can be resumed. Any number of processes may run at once, each with a plan of
   * its own: leases decide which of them migrates a schema.
   *
   * @throws SQLException if the schemas and their histories can't be read, or the plan can't be
   *     kept; nothing has run then
   * @throws dev.tenantgate.migrator.fleet.RunRefusedException if it can't be begun as it was asked
   *     for: a canary that isn't there, an unfinished run that is going on, or whose migrations
   *     were changed
   */
  public FleetOutcome runAll(FleetRequest request, FleetListener listener) throws SQLException {
    FleetRequest resolved = request.with(templates.resolved(request.changelog()));
    return new FleetRun(context, register, reader, registry, resolved, listener, workers).run();
  }

  /** The runs of many schemas that are remembered, the last one first. */
  public List<RecordedRun> recorded() throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      return RunLog.read(connection);
    }
  }

  /**
   * How far a run has come.
   *
   * @param stages its stages in the order of the turns; empty once they are forgotten
   * @param failed the first of the schemas whose migration failed
   */
  public record RunProgress(List<RunLog.Stage> stages, List<RunLog.Row> failed) {}

  /** Tells how far a run has come, with so many failures at most. */
  public RunProgress progress(long run, int mostFailures) throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      return RunLog.exists(connection)
          ? new RunProgress(
              RunLog.stages(connection, run), RunLog.failed(connection, run, mostFailures))
          : new RunProgress(List.of(), List.of());
    }
  }

  /**
   * Asks the process that has a run to cancel it. Schemas that are on their way come to their end,
   * the others stay as they are, and the run can be resumed.
   *
   * @param by who asks
   * @return whether the run goes on still
   */
  public boolean cancel(long run, String by) throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      return RunLog.cancel(connection, run, by);
    }
  }

  /**
   * Discards an unfinished run, so that no later run resumes it.
   *
   * @return whether there is an unfinished run of that number
   */
  public boolean discard(long run) throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      return RunLog.discard(connection, run, Sessions.by());
    }
  }

  /** The schemas that are being migrated right now, by whichever process. */
  public List<MigrationLease> leases() throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      return LeaseRows.live(
          connection,
          schema -> reader.names().named(schema).orElseGet(() -> new SchemaRef(schema, schema)));
    }
  }

  /**
   * Cancels the run of this migrator on a schema; it is rolled back and its outcome is {@link
   * SchemaOutcome.Cancelled}.
   *
   * @return whether there was anything to cancel
   */
  public boolean cancel(SchemaRef schema) {
    return register.cancel(schema);
  }

  /** Waits for a result; an interrupt cancels the run, and its end is awaited. */
  private static <T> T await(CompletableFuture<T> result, Runnable cancel) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException e) {
          interrupted = true;
          cancel.run();
        } catch (ExecutionException | CancellationException e) {
          throw new IllegalStateException("a run's result never fails", e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
