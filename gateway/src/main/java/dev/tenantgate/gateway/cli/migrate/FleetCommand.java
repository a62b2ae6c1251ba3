package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.Signals;
import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.fleet.FleetOutcome;
import dev.tenantgate.migrator.fleet.FleetRequest;
import dev.tenantgate.migrator.fleet.FleetRequest.Resumption;
import dev.tenantgate.migrator.fleet.FleetStop;
import dev.tenantgate.migrator.fleet.RunRefusedException;
import dev.tenantgate.migrator.history.RegistryRepair.Repaired;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.survey.FleetScope;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * The base of the commands that change schemas or their histories. Confined to one command's run.
 */
abstract class FleetCommand extends MigrationCommand {

  /** Which schemas. */
  abstract FleetScope scope(Work work);

  @Option(
      names = {"--dry-run", "-dry-run"},
      description = {
        "Prints the SQL for each schema and tries it in a transaction that is rolled back.",
        "Pending migrations of other schemas aren't applied then, if one depends on them."
      })
  private boolean dryRun;

  @Option(
      names = "--backup",
      paramLabel = "DIR",
      description = "Dumps each schema into this folder before it is touched, by pg_dump.")
  void setBackup(String directory) {
    options().set("migrations.backup-directory", directory);
  }

  /** The goal of the run. */
  Goal goal(Work work) throws SQLException {
    return new Goal.Up(new Target.Latest());
  }

  /** Does what is to be done before any schema is touched; what was wrong with the registry. */
  List<Repaired> beforehand(Work work, FleetScope scope) throws SQLException {
    return List.of();
  }

  /** Whether an unfinished run is gone on with. */
  Resumption resumption() {
    return Resumption.NONE;
  }

  @Override
  final int run(Work work) throws SQLException {
    FleetScope scope = scope(work);
    Goal goal = goal(work);
    if (dryRun && work.changelog().external() != null) {
      throw new ParameterException(
          spec().commandLine(),
          "--dry-run: what another tool's command does can't be tried (migrations.tool: external)");
    }
    if (dryRun) {
      int code = new DryRun(work, out(), json()).of(scope, goal);
      boolean overlooked = tellOverlooked(work, toTell(work, scope, goal));
      return code == ExitCode.DONE && overlooked ? ExitCode.FAILED : code;
    }
    List<Repaired> repaired = beforehand(work, scope);
    FleetRequest request =
        new FleetRequest(work.changelog(), scope, goal).withResumption(resumption());
    FleetOutcome outcome;
    try (FleetDisplay display = FleetDisplay.of(out(), err(), json(), verbose())) {
      outcome = untilSignal(work, request, display);
    } catch (RunRefusedException e) {
      return refused(e);
    }
    FleetReport report = new FleetReport(outcome, repaired);
    if (json()) {
      out().println(JsonText.of(report.json()));
    } else {
      report.print(out());
    }
    out().flush();
    boolean overlooked = tellOverlooked(work, toTell(work, scope, goal));
    int code = exitCode(goal, outcome);
    return code == ExitCode.DONE && overlooked ? ExitCode.FAILED : code;
  }

  /** Chosen tenants that aren't there are told of by name. */
  private static Set<Tell> toTell(Work work, FleetScope scope, Goal goal) {
    EnumSet<Tell> tell = EnumSet.of(Tell.FILES);
    if (appliesMigrations(goal)) {
      tell.add(Tell.ENVIRONMENTS);
    }
    if (!(scope instanceof FleetScope.Only only) || isInVain(work, only)) {
      tell.add(Tell.TENANTS);
    }
    return tell;
  }

  /** Whether public was chosen, and no migration is for it. */
  private static boolean isInVain(Work work, FleetScope.Only scope) {
    return scope.schemas().equals(List.of(SchemaRef.PUBLIC))
        && work.changelog().of(SchemaRef.PUBLIC).isEmpty();
  }

  /**
   * The first signal ends the run as a cancelled one: what is on its way is rolled back, leases are
   * given back, and the report tells how to go on. The second one ends the process.
   */
  static FleetOutcome untilSignal(Work work, FleetRequest request, FleetDisplay display)
      throws SQLException {
    Thread runner = Thread.currentThread();
    Runnable cancel = () -> display.stopping(runner);
    List<Signals.Handling> handled = List.of(Signals.on("INT", cancel), Signals.on("TERM", cancel));
    try {
      return work.migrator().runs().runAll(request, display);
    } finally {
      handled.forEach(Signals.Handling::end);
      // The end of this command mustn't be cut short by what ended the run.
      var unused = Thread.interrupted();
    }
  }

  private int refused(RunRefusedException e) {
    String message = String.valueOf(e.getMessage());
    switch (e.reason()) {
      case NO_SUCH_CANARY ->
          throw new ParameterException(
              spec().commandLine(), "--canary (migrations.canary): " + message, e);
      case CHANGED ->
          err()
              .printf(
                  "tenantgate: %s; --resume --accept-changes goes on with them as they are,"
                      + " without --resume all is planned anew%n",
                  message);
      case GOING_ON -> err().println("tenantgate: " + message);
    }
    err().flush();
    return ExitCode.FAILED;
  }

  /** Failed migrations of tenants leave the others done; anything else that went wrong may not. */
  private static int exitCode(Goal goal, FleetOutcome outcome) {
    if (outcome.succeeded()) {
      return ExitCode.DONE;
    }
    if (outcome.stop() == FleetStop.WAVE_ENDED && outcome.failures().isEmpty()) {
      return ExitCode.PENDING;
    }
    boolean onlyTenantsFailed =
        appliesMigrations(goal)
            && outcome.skipped().isEmpty()
            && outcome.failures().stream().anyMatch(SchemaOutcome.Failed.class::isInstance)
            && outcome.failures().stream()
                .allMatch(failure -> !failure.schema().isPublic() && isOfItsOwn(failure));
    return onlyTenantsFailed ? ExitCode.TENANT_FAILED : ExitCode.FAILED;
  }

  /** Whether a schema alone is concerned, whatever becomes of others. */
  private static boolean isOfItsOwn(SchemaOutcome failure) {
    return failure instanceof SchemaOutcome.Failed || failure instanceof SchemaOutcome.Unmanaged;
  }

  /** Whether a tenant that failed is what the contract has a code of its own for. */
  static boolean appliesMigrations(Goal goal) {
    return goal instanceof Goal.Up || goal instanceof Goal.Only;
  }
}
