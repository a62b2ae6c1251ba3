package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.run.FleetOutcome;
import dev.tenantgate.migrator.run.FleetScope;
import dev.tenantgate.migrator.run.SchemaOutcome;
import java.sql.SQLException;

/** What the commands share that apply migrations. Confined to one command's run. */
abstract class FleetCommand extends MigrationCommand {

  /** Which schemas are to be brought up to date. */
  abstract FleetScope scope(Work work);

  /** How far. */
  Target target(Work work) {
    return new Target.Latest();
  }

  @Override
  final int run(Work work) throws SQLException {
    FleetScope scope = scope(work);
    Target target = target(work);
    FleetOutcome outcome;
    try (FleetDisplay display = FleetDisplay.of(out(), err(), json())) {
      outcome = work.migrator().migrateAll(work.changelog(), scope, target, display);
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
