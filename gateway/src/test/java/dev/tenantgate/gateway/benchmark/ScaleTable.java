package dev.tenantgate.gateway.benchmark;

import java.io.PrintStream;
import java.util.Locale;

/** The table of the sweep, point by point as they are known. Confined to one thread. */
final class ScaleTable {

  private static final String ROW = "  %-8s %-8s %-10s %-32s %9s %8s %8s %14s %8s %9s%n";
  private static final double MEBIBYTE = 1 << 20;

  private final PrintStream out;

  ScaleTable(PrintStream out) {
    this.out = out;
  }

  /** A line of its own. */
  void line(String text) {
    out.println(text);
    out.flush();
  }

  /** The names of the columns. */
  void head() {
    out.println();
    out.printf(
        ROW,
        "tenants",
        "clients",
        "load",
        "peer",
        "per s",
        "p50 ms",
        "p99 ms",
        "CPU us u + k",
        "server",
        "MiB");
    out.flush();
  }

  /** A point of either sweep. */
  void point(ScalePoint point) {
    out.printf(
        ROW,
        format("%,d", point.tenants()),
        format("%,d", point.clients()),
        point.load().label(),
        point.peer().label(),
        format("%,.0f", point.perSecond()),
        format("%.2f", point.p50Millis()),
        format("%.2f", point.p99Millis()),
        format("%.1f + %.1f", point.cpuMicros().user(), point.cpuMicros().kernel()),
        point.serverMicros() == 0 ? "-" : format("%.1f", point.serverMicros()),
        format("%.1f", point.residentBytes() / MEBIBYTE));
    out.flush();
  }

  /** How a pooler started. */
  void start(ScaleStart start) {
    line(
        format(
            "  %-32s %,6d tenants: ready after %,.0f ms with %.1f MiB",
            start.peer().label(),
            start.tenants(),
            start.millis(),
            start.residentBytes() / MEBIBYTE));
  }

  /** The memory that a backend of PostgreSQL keeps. */
  void growth(BackendGrowth growth) {
    line(
        format(
            "  a backend that has served %,6d tenants: %.1f MiB of its own",
            growth.tenants(), growth.bytes() / MEBIBYTE));
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
