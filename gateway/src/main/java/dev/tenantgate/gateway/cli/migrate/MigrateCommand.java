package dev.tenantgate.gateway.cli.migrate;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tenantgate migrate}: what is pending where, and applying it. */
@Command(
    name = "migrate",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate migrate status",
    description = "Shows what is pending in which schema, and applies it.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      StatusCommand.class,
      UpCommand.class,
      ScopedUpCommand.OfPublic.class,
      ScopedUpCommand.OfTenants.class,
      ScopedUpCommand.OfTenant.class,
      ScopedUpCommand.OfAll.class,
      DownCommand.To.class,
      DownCommand.Steps.class,
      CreateCommand.class,
      CheckpointCommand.class,
      ValidateCommand.class,
      VerifyCommand.class,
      HistoryCommand.class,
      AdoptCommand.class,
      HistoryChangeCommand.Baseline.class,
      HistoryChangeCommand.Mark.class,
      HistoryChangeCommand.Repair.class,
      RunsCommand.class,
    })
public final class MigrateCommand implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is needed");
  }
}
