package dev.tenantgate.migrator.subprocess;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A command that has another tool migrate one schema, run once. It has a process group of its own,
 * which ends with it: when it takes too long, when the run is cancelled, and, since its standard
 * input is a pipe from this process, also when this process is killed. Confined to one thread.
 */
public final class ToolCommand {

  private static final long LOOK_MILLIS = 50;

  /** How long a group may take to end once it was asked to; then it is killed. */
  private static final int GRACE_SECONDS = 2;

  /**
   * Runs the command and, beside it, a watch that ends the group as soon as nobody holds the pipe
   * any more. TERM goes to the shell as well: it waits on for the command, whose end it tells.
   */
  private static final String SCRIPT =
      """
      exec 3<&0
      trap : TERM
      "$@" </dev/null 3<&- &
      command=$!
      (trap '' TERM; cat <&3; kill -s TERM 0; sleep %d; kill -s KILL 0) >/dev/null 2>&1 &
      watch=$!
      exec 3<&-
      wait $command
      ended=$?
      while kill -s 0 $command 2>/dev/null; do wait $command; ended=$?; done
      kill -s KILL $watch
      exit $ended
      """
          .formatted(GRACE_SECONDS);

  private static final List<Path> SETSID =
      List.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid"));

  private final List<String> command;
  private final Map<String, String> environment;
  private final Duration timeout;

  /** Asked now and then while a command runs. */
  @FunctionalInterface
  public interface GoesOn {
    /** Whether the command may go on; if not, it is ended. */
    boolean ask();
  }

  /**
   * How it ended.
   *
   * @param failure what went wrong; null if it ended with 0
   * @param said the last of its output, in one line
   * @param stopped whether it was ended because it mustn't go on
   */
  public record Ended(@Nullable String failure, String said, boolean stopped) {}

  /**
   * Prepares a command.
   *
   * @param environment what it finds in its environment besides this process' own
   * @param timeout how long it may run
   */
  public ToolCommand(List<String> command, Map<String, String> environment, Duration timeout) {
    this.command = List.copyOf(command);
    this.environment = Map.copyOf(environment);
    this.timeout = timeout;
  }

  /** Runs it. */
  public Ended run(CommandOutput output, GoesOn goesOn) {
    Path setsid = SETSID.stream().filter(Files::isExecutable).findFirst().orElse(null);
    ProcessBuilder builder = new ProcessBuilder(setsid == null ? command : inGroup(setsid));
    builder.redirectErrorStream(true);
    // This process's own variables of libpq lead to another database, or to the gateway.
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().putAll(environment);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return new Ended("the command can't be started: " + e.getMessage(), "", false);
    }
    Thread reader = output.readingOf(process.getInputStream());
    String ended = null;
    boolean stopped = false;
    try {
      ended = await(process, goesOn);
      stopped = STOPPED.equals(ended);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopped = true;
    } finally {
      end(process, setsid != null);
    }
    join(reader);
    if (ended == null && !stopped) {
      ended = exit(process.exitValue());
    }
    return new Ended(ended, output.said(), stopped);
  }

  private static final String STOPPED = "the command was ended";

  private List<String> inGroup(Path setsid) {
    List<String> all = new ArrayList<>(List.of(setsid.toString(), "/bin/sh", "-c", SCRIPT));
    all.add("tenantgate-command");
    all.addAll(command);
    return all;
  }

  /** Waits for its end; why it has to be ended, or null if it has. */
  private @Nullable String await(Process process, GoesOn goesOn) throws InterruptedException {
    long began = System.nanoTime();
    while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      if (System.nanoTime() - began >= timeout.toNanos()) {
        return "the command was ended after %s s (migrations.command-timeout)"
            .formatted(
                timeout.toMillis() % 1000 == 0
                    ? String.valueOf(timeout.toSeconds())
                    : String.valueOf(timeout.toMillis() / 1000.0));
      }
      if (!goesOn.ask()) {
        return STOPPED;
      }
    }
    return null;
  }

  private static @Nullable String exit(int code) {
    if (code == 0) {
      return null;
    }
    return code > 128 && code < 160
        ? "the command was killed by signal " + (code - 128)
        : "the command ended with " + code;
  }

  /** Ends what is left of it: by its pipe, and what that doesn't reach one by one. */
  private static void end(Process process, boolean inGroup) {
    List<ProcessHandle> left = process.descendants().toList();
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // It has ended: there is no pipe any more.
      Thread.onSpinWait();
    }
    if (!process.isAlive()) {
      return;
    }
    if (!inGroup) {
      process.destroy();
      left.forEach(ProcessHandle::destroy);
    }
    boolean interrupted = Thread.interrupted();
    try {
      if (!process.waitFor(GRACE_SECONDS + 1L, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      if (!inGroup || process.isAlive()) {
        left.forEach(ProcessHandle::destroyForcibly);
      }
      process.waitFor(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
      process.destroyForcibly();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** A process that it left running may hold its output open. */
  private static void join(Thread reader) {
    boolean interrupted = Thread.interrupted();
    try {
      reader.join(500);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
