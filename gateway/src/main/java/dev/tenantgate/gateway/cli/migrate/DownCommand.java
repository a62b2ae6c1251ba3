package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.fleet.FleetRequest.Resumption;
import dev.tenantgate.migrator.history.RecordedRun;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The commands that take migrations back, where they are applied, newest first. */
final class DownCommand {

  /** Where the version to go back to stands for who has always set it there. */
  static final String VARIABLE = "DB_MIGRATION_VERSION";

  /** How the goals of recorded runs begin that go back. */
  private static final String DOWN_TO = "down to ";

  private DownCommand() {}

  /** {@code tenantgate migrate down}. */
  @Command(
      name = "down",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate migrate down --to 5 --tenant acme --dry-run",
      description = {
        "Takes back what is applied above a version, newest first, the tenants before public.",
        "A schema with a migration that has no way down is left as it is, with a list of them."
      },
      mixinStandardHelpOptions = true)
  static final class To extends RolloutCommand.OfSelection {

    @Option(
        names = {"--to", "-version"},
        paramLabel = "V",
        description = "The highest version that stays; 0 for none.")
    private String to = "";

    @Override
    Goal goal(Work work) {
      if (to.isEmpty()) {
        throw new ParameterException(
            spec().commandLine(),
            "--to is needed: the highest version that stays, 0 for none; `rollback` takes the"
                + " newest one back");
      }
      return new Goal.Down(Targets.knownOrNone(spec(), "--to", to, work.changelog()));
    }
  }

  /** {@code tenantgate migrate rollback}. */
  @Command(
      name = "rollback",
      footerHeading = "%nExample:%n",
      footer = "  tenantgate migrate rollback --steps 2",
      description = {
        "Takes back the newest migrations that are applied in any of the schemas.",
        "With DB_MIGRATION_VERSION in the environment and no --steps: what is above that."
      },
      mixinStandardHelpOptions = true)
  static final class Steps extends RolloutCommand.OfSelection {

    @Option(names = "--steps", paramLabel = "N", description = "How many. Default: 1.")
    private @Nullable Integer steps;

    @Override
    Goal goal(Work work) throws SQLException {
      String version = options().environment().get(VARIABLE);
      if (steps == null && version != null && !version.isEmpty()) {
        return new Goal.Down(Targets.knownOrNone(spec(), VARIABLE, version, work.changelog()));
      }
      Goal.Down unfinished = unfinished(work);
      if (unfinished != null) {
        return unfinished;
      }
      int count = steps == null ? 1 : steps;
      if (count < 1) {
        throw new ParameterException(spec().commandLine(), "--steps: must be 1 or more");
      }
      List<SchemaHistory> histories =
          work.migrator().histories().of(work.migrator().tenants().schemas(scope(work)));
      return Goal.Down.by(count, histories);
    }

    /** Where a run that is to be resumed was going; what it has done can't be counted again. */
    private Goal.@Nullable Down unfinished(Work work) throws SQLException {
      if (resumption() == Resumption.NONE) {
        return null;
      }
      return work.migrator().runs().recorded().stream()
          .filter(run -> run.isUnfinished() || run.state() == RecordedRun.State.RUNNING)
          .map(RecordedRun::goal)
          .filter(goal -> goal.startsWith(DOWN_TO))
          .map(goal -> goal.substring(DOWN_TO.length()))
          .map(to -> new Goal.Down(to.equals("0") ? null : Version.parse(to)))
          .findFirst()
          .orElseThrow(
              () ->
                  new ParameterException(
                      spec().commandLine(), "--resume: there is no unfinished way back"));
    }
  }
}
