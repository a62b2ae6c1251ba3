package dev.tenantgate.gateway.cli;

import dev.tenantgate.gateway.cli.migrate.MigrateCommand;
import dev.tenantgate.gateway.cli.migrate.TenantCommand;
import dev.tenantgate.gateway.cli.migrate.UpgradeCommand;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * The root of all commands; a new one is a line in {@code subcommands}.
 *
 * <p>Every command's class is loaded whichever is run: one that has a logger of its own, in a
 * static field, sets up logging for all of them, which takes as long as the rest of a short
 * command.
 */
@Command(
    name = "tenantgate",
    description = "Holds a tenant's PostgreSQL connections until its schema is up to date.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = BuildVersion.class,
    subcommands = {
      DemoCommand.class,
      ServeCommand.class,
      ConfigCommand.class,
      MigrateCommand.class,
      TenantCommand.class,
      UpgradeCommand.class,
      ImportCommand.class,
      WarmUpCommand.class,
      CommandLine.HelpCommand.class,
    },
    footerHeading = "%nExample:%n",
    footer = {
      "  tenantgate demo",
      "",
      "Exit codes:",
      "  0  done, up to date",
      "  1  failed",
      "  2  wrong usage or settings",
      "  3  migrations are pending (migrate status, a run that stopped between waves)",
      "  4  a migration of some tenant has failed (migrate status, migrate up)",
    })
final class TenantgateCommand implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  private final Map<String, String> environment;

  TenantgateCommand(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /** The variables that every command reads. */
  Map<String, String> environment() {
    return environment;
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "a command is needed");
  }
}
