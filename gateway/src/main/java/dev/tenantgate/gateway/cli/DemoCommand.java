package dev.tenantgate.gateway.cli;

import ch.qos.logback.classic.Level;
import dev.tenantgate.gateway.demo.Demo;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tenantgate demo}: the main job, on an embedded PostgreSQL. */
@Command(
    name = "demo",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate demo --once",
    description =
        "Shows the main job on an embedded PostgreSQL: one tenant is admitted, one held until it is"
            + " migrated, one rejected because its migration fails.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "6432",
      description = "The gateway's port. Default: ${DEFAULT-VALUE}; 0 takes a free one.")
  private int port;

  @Option(
      names = "--admin-port",
      paramLabel = "PORT",
      defaultValue = "9640",
      description = "The admin port. Default: ${DEFAULT-VALUE}; 0 takes a free one.")
  private int adminPort;

  @Option(names = "--once", description = "Exits afterwards; 0 if all three went as they should.")
  private boolean once;

  @Option(names = "--verbose", description = "Logs what the gateway does.")
  private boolean verbose;

  @Override
  public Integer call() throws Exception {
    if (!verbose) {
      LogLevel.set(Level.ERROR);
    }
    PrintWriter out = spec.commandLine().getOut();
    boolean asExpected = new Demo(out, folder(), port, adminPort).run(() -> afterwards(out));
    return asExpected ? ExitCode.DONE : ExitCode.FAILED;
  }

  private void afterwards(PrintWriter out) throws InterruptedException {
    if (once) {
      return;
    }
    out.println("The gateway goes on until you press Ctrl+C.");
    out.flush();
    CountDownLatch end = new CountDownLatch(1);
    Signals.on("INT", end::countDown);
    Signals.on("TERM", end::countDown);
    end.await();
  }

  /** Ships with the distribution, beside the libraries that the demo alone needs. */
  private static Path folder() {
    String home = System.getProperty("tenantgate.home");
    Path folder = home == null ? null : Path.of(home, "lib", "demo");
    if (folder == null || !Files.isDirectory(folder.resolve("migrations"))) {
      throw new IllegalStateException(
          "the demo isn't part of this installation: there is no "
              + (folder == null ? "tenantgate.home" : folder.resolve("migrations")));
    }
    return folder;
  }
}
