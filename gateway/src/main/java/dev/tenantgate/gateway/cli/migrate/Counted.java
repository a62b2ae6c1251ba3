package dev.tenantgate.gateway.cli.migrate;

/** How many of something, in words. Stateless. */
final class Counted {

  private Counted() {}

  /** Such as {@code 1 migration} and {@code 2 migrations}. */
  static String of(int count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
