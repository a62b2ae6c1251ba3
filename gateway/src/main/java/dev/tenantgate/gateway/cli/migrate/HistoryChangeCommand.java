package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.migrator.history.RegistryRepair.Repaired;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.run.FleetScope;
import java.sql.SQLException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The commands that change what the histories say, and run no migration. */
final class HistoryChangeCommand {

  private HistoryChangeCommand() {}

  /** {@code tenantgate migrate baseline}. */
  @Command(
      name = "baseline",
      description = {
        "Records everything up to a version as applied, in schemas that were made without it.",
        "A schema that has a history of its own is refused."
      },
      sortOptions = false)
  static final class Baseline extends RolloutCommand.OfSelection {

    // The standard help options would take --version for the program's. Only picocli looks at it.
    @SuppressWarnings("UnusedVariable")
    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this help message and exit.")
    private boolean help;

    @Option(
        names = {"--version", "-version"},
        paramLabel = "V",
        required = true,
        description = "The highest version that the schemas have.")
    private String version = "";

    @Override
    Goal goal(Work work) {
      return new Goal.Baseline(Targets.known(spec(), "--version", version, work.changelog()));
    }
  }

  /** {@code tenantgate migrate repair}. */
  @Command(
      name = "repair",
      description = {
        "Takes failed migrations out of the histories, so that they are tried again.",
        "Puts the registry right where it isn't what the histories say."
      },
      mixinStandardHelpOptions = true)
  static final class Repair extends RolloutCommand.OfSelection {

    @Option(
        names = "--adopt-checksums",
        description = "Takes files that were changed after they were applied as applied.")
    private boolean adopt;

    @Override
    Goal goal(Work work) {
      return new Goal.Repair(adopt);
    }

    @Override
    List<Repaired> beforehand(Work work, FleetScope scope) throws SQLException {
      return scope instanceof FleetScope.Only ? List.of() : work.migrator().repairRegistry();
    }
  }
}
