package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.run.FleetOutcome;
import dev.tenantgate.migrator.run.FleetScope;
import dev.tenantgate.migrator.run.SchemaOutcome;
import java.sql.SQLException;
import picocli.CommandLine.Option;

/**
 * What the commands share that change schemas or their histories. Confined to one command's run.
 */
abstract class FleetCommand extends MigrationCommand {

  /** Which schemas. */
  abstract FleetScope scope(Work work);

  @Option(
      names = {"--dry-run", "-dry-run"},
      description = {
        "Prints the SQL for each schema and tries it in a transaction that is rolled back.",
        "What a migration needs of another schema's pending ones isn't there then."
      })
  private boolean dryRun;

  @Option(
      names = "--backup",
      paramLabel = "DIR",
      description = "Dumps each schema into this folder before it is touched, by pg_dump.")
  void setBackup(String directory) {
    options().set("migrations.backup-directory", directory);
  }

  /** What is wanted of them. */
  Goal goal(Work work) throws SQLException {
    return new Goal.Up(new Target.Latest());
  }

  @Override
  final int run(Work work) throws SQLException {
    FleetScope scope = scope(work);
    Goal goal = goal(work);
    if (dryRun) {
      return new DryRun(work, out(), json()).of(scope, goal);
    }
    FleetOutcome outcome;
    try (FleetDisplay display = FleetDisplay.of(out(), err(), json())) {
      outcome = work.migrator().runAll(work.changelog(), scope, goal, display);
    }
    FleetReport report = new FleetReport(outcome);
    if (json()) {
      out().println(JsonText.of(report.json()));
    } else {
      report.print(out());
    }
    out().flush();
    return exitCode(outcome);
  }

  /** Failed migrations of tenants leave the others done; anything else that went wrong may not. */
  private static int exitCode(FleetOutcome outcome) {
    if (outcome.succeeded()) {
      return ExitCode.DONE;
    }
    boolean onlyTenantsFailed =
        outcome.skipped().isEmpty()
            && outcome.failures().stream()
                .allMatch(
                    failure ->
                        failure instanceof SchemaOutcome.Failed && !failure.schema().isPublic());
    return onlyTenantsFailed ? ExitCode.TENANT_FAILED : ExitCode.FAILED;
  }
}
