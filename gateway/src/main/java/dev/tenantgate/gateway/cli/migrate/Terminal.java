package dev.tenantgate.gateway.cli.migrate;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Whether somebody is watching. Stateless. */
final class Terminal {

  private Terminal() {}

  /**
   * Whether stderr is a terminal. The JVM itself can only say whether stdin and stdout both are, so
   * {@code test -t 2} of POSIX is asked, which inherits it.
   */
  static boolean isStderr() {
    try {
      Process test =
          new ProcessBuilder("test", "-t", "2")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      return test.waitFor(2, TimeUnit.SECONDS) && test.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
