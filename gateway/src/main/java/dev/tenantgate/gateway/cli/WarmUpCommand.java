package dev.tenantgate.gateway.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code tenantgate warm-up}: the run that the launcher makes a class-data archive of. */
@Command(
    name = "warm-up",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate warm-up",
    hidden = true,
    description = "Loads what 'serve' needs; the launcher makes a class-data archive of it.")
final class WarmUpCommand implements Callable<Integer> {

  @Override
  public Integer call() {
    WarmUp.run();
    return ExitCode.DONE;
  }
}
