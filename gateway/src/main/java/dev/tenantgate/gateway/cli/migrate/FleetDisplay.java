package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.connection.Blocker;
import dev.tenantgate.migrator.fleet.FleetListener;
import dev.tenantgate.migrator.fleet.FleetStage;
import dev.tenantgate.migrator.fleet.PlannedFleet;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Shows a run while it goes on: a bar where stderr is a terminal, a line for each schema that is
 * done where it isn't. A failed schema gets a line either way, as does every schema for a person
 * who asked for more. Where the output is for a program, nothing but the bar is shown. Thread-safe.
 */
final class FleetDisplay implements FleetListener, AutoCloseable {

  /** The exit code that a shell takes for an end by SIGINT. */
  private static final int KILLED = 130;

  private final PrintWriter lines;
  private final PrintWriter err;
  private final ProgressBar bar;
  private final boolean quiet;
  private final boolean verbose;
  private boolean stopping;

  private FleetDisplay(
      PrintWriter lines, PrintWriter err, ProgressBar bar, boolean quiet, boolean verbose) {
    this.lines = lines;
    this.err = err;
    this.bar = bar;
    this.quiet = quiet;
    this.verbose = verbose;
  }

  /**
   * Makes a display.
   *
   * @param quiet whether stdout belongs to a program
   * @param verbose whether every schema gets lines, with what runs in it
   */
  static FleetDisplay of(PrintWriter out, PrintWriter err, boolean quiet, boolean verbose) {
    return new FleetDisplay(out, err, new ProgressBar(err, Terminal.isStderr()), quiet, verbose);
  }

  @Override
  public synchronized void fleetPlanned(PlannedFleet plan) {
    if (plan.resumed()) {
      String left = Counted.of(plan.schemas(), "schema") + (plan.schemas() == 1 ? " is" : " are");
      say("run %d goes on: %s left".formatted(plan.run(), left));
    }
    for (Long left : plan.replaces()) {
      say(
          "run %d was left unfinished; this run takes its place, and tries what failed again"
              .formatted(left));
    }
  }

  @Override
  public synchronized void stageStarted(FleetStage stage) {
    boolean oneOfMany = stage.kind() == FleetStage.Kind.CANARY || stage.of() > 1;
    if (oneOfMany) {
      say("%s: %s".formatted(stage, Counted.of(stage.schemas().size(), "tenant")));
    }
  }

  @Override
  public synchronized void pausing(FleetStage after, Duration pause) {
    say("%s is done; the next begins in %d s".formatted(after, pause.toSeconds()));
  }

  @Override
  public synchronized void started(SchemaRef schema, List<Migration> pending) {
    if (verbose) {
      say(
          "%s: begins %s"
              .formatted(
                  schema,
                  pending.stream().map(Migration::toString).collect(Collectors.joining(", "))));
    }
  }

  @Override
  public synchronized void retrying(
      SchemaRef schema, int attempt, String sqlState, Duration delay) {
    say("%s: in the way of others (%s), try %d follows".formatted(schema, sqlState, attempt + 1));
  }

  @Override
  public synchronized void blocked(SchemaRef schema, List<Blocker> blockers) {
    blockers.forEach(blocker -> say("%s: waits for %s".formatted(schema, blocker)));
  }

  @Override
  public synchronized void cleanedUp(SchemaRef schema, Migration migration, String what) {
    say("%s: before migration %s, %s".formatted(schema, migration, what));
  }

  @Override
  public synchronized void finished(SchemaOutcome outcome) {
    boolean worthALine =
        verbose
            || !outcome.succeeded()
            || (!bar.isShown() && !(outcome instanceof SchemaOutcome.UpToDate));
    if (worthALine) {
      say(verbose ? FleetReport.lineWithTime(outcome) : FleetReport.line(outcome));
    }
    if (!outcome.succeeded()) {
      bar.failed();
    }
  }

  @Override
  public synchronized void progress(int done, int total) {
    bar.show(done, total);
  }

  /** Ends a run at a signal, or at the second one the process. */
  void stopping(Thread runner) {
    boolean again;
    synchronized (this) {
      again = stopping;
      stopping = true;
      bar.clear();
      err.println(
          again ? "tenantgate: ended" : "tenantgate: stopping; a second signal ends at once");
      err.flush();
    }
    if (again) {
      Runtime.getRuntime().halt(KILLED);
    }
    runner.interrupt();
  }

  private void say(String line) {
    if (!quiet) {
      bar.clear();
      lines.println(line);
      lines.flush();
    }
  }

  @Override
  public synchronized void close() {
    bar.clear();
  }
}
