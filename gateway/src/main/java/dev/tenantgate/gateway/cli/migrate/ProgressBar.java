package dev.tenantgate.gateway.cli.migrate;

import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;

/** A bar on a terminal's last line; nothing at all elsewhere. Confined to its owner's lock. */
final class ProgressBar {

  private static final int WIDTH = 40;
  private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final String ERASE_LINE = "\r\u001b[K";

  private final PrintWriter terminal;
  private final boolean shown;
  private int failed;
  private int most;
  private boolean drawn;
  private long drawnNanos;

  ProgressBar(PrintWriter terminal, boolean shown) {
    this.terminal = terminal;
    this.shown = shown;
  }

  boolean isShown() {
    return shown;
  }

  void failed() {
    failed++;
  }

  /** Draws the bar, unless it was drawn but a moment ago; reports may overtake one another. */
  void show(int done, int total) {
    most = Math.max(most, done);
    long now = System.nanoTime();
    boolean due = !drawn || most == total || now - drawnNanos >= REDRAW_NANOS;
    if (shown && due && total > 0) {
      drawn = true;
      drawnNanos = now;
      terminal.print(ERASE_LINE + text(most, total, failed));
      terminal.flush();
    }
  }

  /** Takes the bar away, for a line in its place or for good. */
  void clear() {
    if (drawn) {
      drawn = false;
      terminal.print(ERASE_LINE);
      terminal.flush();
    }
  }

  static String text(int done, int total, int failed) {
    int filled = (int) ((long) WIDTH * done / total);
    String bar = "#".repeat(filled) + ".".repeat(WIDTH - filled);
    String failures = failed == 0 ? "" : ", %d failed".formatted(failed);
    return "[%s] %d/%d schemas%s".formatted(bar, done, total, failures);
  }
}
