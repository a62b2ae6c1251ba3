package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.history.RegistryRepair.Repaired;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.survey.FleetScope;
import java.sql.SQLException;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** The commands that change what the histories say, and run no migration. */
final class HistoryChangeCommand {

  private HistoryChangeCommand() {}

  /** {@code tenantgate migrate baseline}. */
  @Command(
      name = "baseline",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate migrate baseline --version 5 --tenant acme",
      description = {
        "Records everything up to a version as applied, in schemas that were made without it.",
        "A schema that has a history of its own is refused, but for --over-history."
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

    @Option(
        names = "--over-history",
        description = "Also in schemas that have a history: missing entries are added to it.")
    private boolean overHistory;

    @Override
    Goal goal(Work work) {
      return new Goal.Baseline(
          Targets.known(spec(), "--version", version, work.changelog()), overHistory);
    }
  }

  /** {@code tenantgate migrate mark V}. */
  @Command(
      name = "mark",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate migrate mark 7 --not-applied --tenant acme",
      description = {
        "Records one migration as applied, or as not applied, in chosen schemas. Nothing is run.",
        "A migration that is marked as not applied is pending again."
      },
      mixinStandardHelpOptions = true)
  static final class Mark extends RolloutCommand.OfSelection {

    @Parameters(paramLabel = "V", description = "The migration's version.")
    private String version = "";

    @ArgGroup(exclusive = true, multiplicity = "1")
    private As as = new As();

    /** How it counts from now on. */
    static final class As {
      @Option(names = "--applied", description = "It counts as applied.")
      private boolean applied;

      // One of both is given: only picocli looks at this one.
      @SuppressWarnings("UnusedVariable")
      @Option(names = "--not-applied", description = "It counts as not applied.")
      private boolean notApplied;
    }

    @Override
    Goal goal(Work work) {
      if (!isNarrowed()) {
        throw new ParameterException(
            spec().commandLine(), "say for which schemas: --tenant T, or --scope public|tenant");
      }
      return new Goal.Mark(
          as.applied
              ? Targets.known(spec(), "V", version, work.changelog())
              : Targets.parse(spec(), "V", version),
          as.applied);
    }
  }

  /** {@code tenantgate migrate repair}. */
  @Command(
      name = "repair",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate migrate repair --tenant acme",
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
      return scope instanceof FleetScope.Only
          ? List.of()
          : work.migrator().histories().repairRegistry();
    }
  }
}
