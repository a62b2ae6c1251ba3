package dev.tenantgate.gateway.cli.pgbouncer;

/** Times as PgBouncer has them: seconds, and fractions of them. Stateless. */
final class Seconds {

  private Seconds() {}

  /** Such a time in milliseconds; negative if it is none. */
  static long millis(String text) {
    return text.matches("[0-9]{1,9}([.][0-9]{1,9})?")
        ? Math.round(Double.parseDouble(text) * 1000)
        : -1;
  }

  /** As our settings have it. */
  static String text(long millis) {
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }
}
