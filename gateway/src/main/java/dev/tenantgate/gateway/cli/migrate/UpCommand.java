package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.changelog.ExternalTool;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * {@code tenantgate migrate up}: applies what is pending, up to a version, where it is asked to.
 */
@Command(
    name = "up",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate migrate up --to 7 --tenant acme",
    description = {
      "Applies what is pending, to public first, then to the tenants.",
      "Ends with 4 if a migration of some tenant has failed; the others are done then."
    },
    mixinStandardHelpOptions = true)
final class UpCommand extends RolloutCommand.OfSelection {

  @Option(
      names = {"--to", "-version"},
      paramLabel = "V",
      description =
          "Nothing above this version. Default: DB_MIGRATION_VERSION of the environment, else"
              + " everything.")
  private @Nullable String to;

  @Option(
      names = "--only",
      paramLabel = "V",
      description = "This one migration, whatever else is pending; needs --tenant or --scope.")
  private @Nullable String only;

  @Override
  ForOtherTool forOtherTool() {
    return ForOtherTool.RUNS;
  }

  @Override
  void check() {
    super.check();
    if (only != null && (to != null || !isNarrowed())) {
      throw new ParameterException(
          spec().commandLine(), "--only goes with --tenant or --scope, and without --to");
    }
  }

  @Override
  Goal goal(Work work) {
    ExternalTool external = work.changelog().external();
    if (external != null) {
      if (only != null || to != null) {
        throw new ParameterException(
            spec().commandLine(),
            "--to and --only are for Tenantgate's own migrations: with migrations.tool external"
                + " the command is told what gate.required says");
      }
      return new Goal.Up(new Target.Latest());
    }
    if (only != null) {
      return new Goal.Only(Targets.known(spec(), "--only", only, work.changelog()));
    }
    String version = options().environment().get(DownCommand.VARIABLE);
    if (to == null && version != null && !version.isEmpty()) {
      return new Goal.Up(
          new Target.UpTo(Targets.known(spec(), DownCommand.VARIABLE, version, work.changelog())));
    }
    return new Goal.Up(
        to == null
            ? new Target.Latest()
            : new Target.UpTo(Targets.known(spec(), "--to", to, work.changelog())));
  }
}
