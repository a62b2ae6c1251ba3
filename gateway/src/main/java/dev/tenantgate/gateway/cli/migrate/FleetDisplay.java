package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.run.Blocker;
import dev.tenantgate.migrator.run.MigrationListener;
import dev.tenantgate.migrator.run.SchemaOutcome;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;

/**
 * Shows a run while it goes on: a bar where stderr is a terminal, a line for each schema that is
 * done where it isn't. What failed gets a line either way, and nothing but the bar is shown where
 * the output is for a program. Thread-safe.
 */
final class FleetDisplay implements MigrationListener, AutoCloseable {

  private final PrintWriter lines;
  private final ProgressBar bar;
  private final boolean quiet;

  private FleetDisplay(PrintWriter lines, ProgressBar bar, boolean quiet) {
    this.lines = lines;
    this.bar = bar;
    this.quiet = quiet;
  }

  /**
   * Makes a display.
   *
   * @param quiet whether stdout belongs to a program
   */
  static FleetDisplay of(PrintWriter out, PrintWriter err, boolean quiet) {
    return new FleetDisplay(out, new ProgressBar(err, Terminal.isStderr()), quiet);
  }

  @Override
  public synchronized void retrying(
      SchemaRef schema, int attempt, String sqlState, Duration delay) {
    if (!quiet) {
      print(
          "%s: in the way of others (%s), try %d follows".formatted(schema, sqlState, attempt + 1));
    }
  }

  @Override
  public synchronized void blocked(SchemaRef schema, List<Blocker> blockers) {
    if (!quiet) {
      blockers.forEach(blocker -> print("%s: waits for %s".formatted(schema, blocker)));
    }
  }

  @Override
  public synchronized void cleanedUp(SchemaRef schema, Migration migration, String what) {
    if (!quiet) {
      print("%s: before migration %s, %s".formatted(schema, migration, what));
    }
  }

  @Override
  public synchronized void finished(SchemaOutcome outcome) {
    boolean worthALine =
        !outcome.succeeded() || (!bar.isShown() && !(outcome instanceof SchemaOutcome.UpToDate));
    if (!quiet && worthALine) {
      print(FleetReport.line(outcome));
    }
    if (!outcome.succeeded()) {
      bar.failed();
    }
  }

  @Override
  public synchronized void progress(int done, int total) {
    bar.show(done, total);
  }

  private void print(String line) {
    bar.clear();
    lines.println(line);
    lines.flush();
  }

  @Override
  public synchronized void close() {
    bar.clear();
  }
}
