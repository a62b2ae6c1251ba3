package dev.tenantgate.gateway.cli;

/**
 * The end of a process that can't go on, such as without memory: exit code 1. The virtual machine
 * would end itself with 3, which says of a command that migrations are pending. Thread-safe.
 */
final class Crash {

  private static volatile boolean serving;

  private Crash() {}

  /**
   * From here on a thread that finds no memory, or no stack, ends by itself: whoever uses it has
   * another one made. The process goes on, as others are served.
   */
  static void endsOneThread() {
    serving = true;
  }

  /** Has errors of the virtual machine end the process, in whichever thread they are met. */
  static void isMet() {
    Thread.UncaughtExceptionHandler others = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, error) -> {
          boolean passes = error instanceof OutOfMemoryError || error instanceof StackOverflowError;
          if (serving && passes) {
            said("in thread " + thread.getName(), error);
          } else if (error instanceof VirtualMachineError) {
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
    said("ended", error);
    return ExitCode.FAILED;
  }

  private static void said(String where, Throwable error) {
    try {
      say(where, error);
    } catch (Throwable alsoMet) {
      // Without memory nothing can be said; the exit code is what is left.
    }
  }

  private static void say(String where, Throwable error) {
    System.err.println("tenantgate: " + where + ": " + error);
    if (!(error instanceof OutOfMemoryError)) {
      error.printStackTrace();
    }
  }
}
