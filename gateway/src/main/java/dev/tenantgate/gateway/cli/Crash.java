package dev.tenantgate.gateway.cli;

/**
 * The end of a process that can't go on, such as without memory: exit code 1. The virtual machine
 * would end itself with 3, which says of a command that migrations are pending. Thread-safe.
 */
final class Crash {

  private Crash() {}

  /** Has errors of the virtual machine end the process, in whichever thread they are met. */
  static void isMet() {
    Thread.UncaughtExceptionHandler others = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, error) -> {
          if (error instanceof VirtualMachineError) {
            Runtime.getRuntime().halt(met(error));
          } else if (others != null) {
            others.uncaughtException(thread, error);
          } else {
            say("in thread " + thread.getName(), error);
          }
        });
  }

  /** Says what happened, in one line, and returns the exit code. */
  static int met(Throwable error) {
    try {
      say("ended", error);
    } catch (Throwable alsoMet) {
      // Without memory nothing can be said; the exit code is what is left.
    }
    return ExitCode.FAILED;
  }

  private static void say(String where, Throwable error) {
    System.err.println("tenantgate: " + where + ": " + error);
    if (!(error instanceof OutOfMemoryError)) {
      error.printStackTrace();
    }
  }
}
