package dev.tenantgate.gateway.cli;

import dev.tenantgate.migrator.connection.NameService;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine;

/** The process's main class. */
public final class Tenantgate {

  private Tenantgate() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    NameService.keepNothing();
    Crash.isMet();
    int code;
    try {
      code = commandLine(new TenantgateCommand(System.getenv())).execute(arguments);
    } catch (Throwable crash) {
      code = Crash.met(crash);
    }
    System.exit(code);
  }

  /**
   * Runs one command inside this process.
   *
   * @return its exit code, see {@link ExitCode}
   */
  public static int run(PrintWriter out, PrintWriter err, String... arguments) {
    return run(System.getenv(), out, err, arguments);
  }

  /** The same in an environment of its own: the variables that the settings are read from. */
  public static int run(
      Map<String, String> environment, PrintWriter out, PrintWriter err, String... arguments) {
    return commandLine(new TenantgateCommand(environment))
        .setOut(out)
        .setErr(err)
        .execute(arguments);
  }

  /** Every command, as it is run. */
  static CommandLine commandLine(TenantgateCommand root) {
    CommandLine commandLine = new CommandLine(root);
    HelpPages.lay(commandLine);
    return commandLine
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setHelpFactory(ParagraphHelp::new)
        .setParameterExceptionHandler(new UsageErrors())
        .setExecutionExceptionHandler(new ExecutionErrors());
  }
}
