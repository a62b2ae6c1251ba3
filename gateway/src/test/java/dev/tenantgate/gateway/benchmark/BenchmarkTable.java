package dev.tenantgate.gateway.benchmark;

import java.io.PrintStream;
import java.util.Locale;

/** The table that the benchmark prints, row by row as they are known. Confined to one thread. */
final class BenchmarkTable {

  private static final String ROW = "  %-28s %8s %10s %11s %14s   %s%n";

  private final PrintStream out;
  private int missed;

  BenchmarkTable(PrintStream out) {
    this.out = out;
  }

  /** A line of its own. */
  void line(String text) {
    out.println(text);
    out.flush();
  }

  /** Begins a part of the table. */
  void part(String title) {
    out.println();
    out.println(title);
    out.printf(ROW, "", "schemas", "seconds", "schemas/s", "CPU ms", "");
    out.flush();
  }

  /** A row of what was done to schemas, how long that took, and a remark. */
  void row(String what, int schemas, double seconds, String cpu, String remark) {
    out.printf(
        Locale.ROOT,
        ROW,
        what,
        "%,d".formatted(schemas),
        "%.3f".formatted(seconds),
        "%,.0f".formatted(schemas / seconds),
        cpu,
        remark);
    out.flush();
  }

  /** A row that isn't there, and why. */
  void without(String what, String why) {
    out.printf(Locale.ROOT, ROW, what, "-", "-", "-", "", why);
    out.flush();
  }

  /** Says how a figure stands to what it is to be at least. */
  String atLeast(double value, double target, String of) {
    return verdict(value >= target, "%.2f of %s".formatted(value, of), ">= %s".formatted(target));
  }

  /** Says how a figure stands to what it is to stay below. */
  String below(double value, double target, String unit) {
    return verdict(
        value < target, "%.2f %s".formatted(value, unit), "< %s %s".formatted(target, unit));
  }

  private String verdict(boolean met, String figure, String target) {
    if (!met) {
      missed++;
    }
    return "%s (target %s: %s)".formatted(figure, target, met ? "met" : "MISSED");
  }

  /** How many targets were missed so far. */
  int missed() {
    return missed;
  }
}
