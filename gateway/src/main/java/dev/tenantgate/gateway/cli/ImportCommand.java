package dev.tenantgate.gateway.cli;

import dev.tenantgate.gateway.cli.pgbouncer.PgBouncerImport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tenantgate import}: our settings for another pooler's. */
@Command(
    name = "import",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate import /etc/pgbouncer/pgbouncer.ini",
    description =
        "Prints a settings file for a pgbouncer.ini (1.25), and as comments in it what has no equal"
            + " here, and why. Ends with 1 if something is left to be done before the file is"
            + " valid.",
    mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {

  @Mixin private CommonOptions options = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "FILE",
      description = "The pgbouncer.ini; files that it includes are read.")
  private Path file = Path.of("pgbouncer.ini");

  @Override
  public Integer call() {
    try {
      PgBouncerImport.Result result = PgBouncerImport.of(file);
      PrintWriter out = spec.commandLine().getOut();
      out.println(
          options.output() == OutputFormat.JSON
              ? JsonText.of(result)
              : result.yaml().stripTrailing());
      out.flush();
      return result.faults().isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    } catch (IOException e) {
      spec.commandLine().getErr().println("tenantgate: %s can't be read: %s".formatted(file, e));
      return ExitCode.USAGE;
    }
  }
}
