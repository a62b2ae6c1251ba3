package dev.tenantgate.gateway.benchmark;

import java.time.Duration;

/** One of those that are compared. Confined to the benchmark's thread. */
interface Contestant {

  /** Its name in the table, with its version. */
  String name();

  /** How many schemas it works on. */
  int schemas();

  /** Gets ready for a round's migration: writes files, outside of what is timed. */
  default void prepare(SmallMigration migration) throws Exception {}

  /**
   * Brings all of its schemas up to date, as many at once as there are workers; connects anew.
   *
   * @param expected how many migrations each schema lacks
   * @return how long that took, without the start of a JVM
   * @throws IllegalStateException if a schema isn't up to date in the end, or something else was
   *     done than expected
   */
  Duration migrate(int expected) throws Exception;
}
