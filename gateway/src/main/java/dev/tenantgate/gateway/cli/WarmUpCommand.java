package dev.tenantgate.gateway.cli;

import ch.qos.logback.classic.Level;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code tenantgate warm-up}: the run that the launcher makes an archive of. */
@Command(
    name = "warm-up",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate warm-up",
    hidden = true,
    description = "Exercises what 'serve' needs; the launcher makes an archive of it.")
final class WarmUpCommand implements Callable<Integer> {

  @Override
  public Integer call() {
    LogLevel.set(Level.WARN); // what the gateways of its practice do is no news
    WarmUp.run();
    return ExitCode.DONE;
  }
}
