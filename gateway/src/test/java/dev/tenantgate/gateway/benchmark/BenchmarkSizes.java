package dev.tenantgate.gateway.benchmark;

/**
 * How large a benchmark is. Immutable.
 *
 * @param migrated tenants that get a small migration
 * @param upToDate tenants on which nothing is to be done
 * @param read tenants whose state is read
 * @param flyway schemas that Flyway works on, which would take too long on all of them
 * @param rounds that count, besides one that warms up
 */
record BenchmarkSizes(int migrated, int upToDate, int read, int flyway, int rounds) {

  BenchmarkSizes {
    if (migrated < 1 || upToDate < migrated || read < upToDate || flyway < 1 || rounds < 1) {
      throw new IllegalArgumentException(
          "sizes must be at least 1, and each fleet at least as large as the one before it: "
              + "migrated %d, up to date %d, read %d, Flyway %d, rounds %d"
                  .formatted(migrated, upToDate, read, flyway, rounds));
    }
  }
}
