package dev.tenantgate.migrator.drain;

import java.time.Duration;

/** How the wait for a schema's transactions ended. */
public sealed interface DrainEnd {

  /** No gateway has any under way, and none lets one begin until the lease is given back. */
  record Quiet(Duration elapsed) implements DrainEnd {}

  /**
   * They hadn't ended in time; the mark is off again.
   *
   * @param inTheWay gateways and transactions, in words
   */
  record TimedOut(Duration elapsed, String inTheWay) implements DrainEnd {}

  /** It was given up by the one who asked for it. */
  record Withdrawn() implements DrainEnd {}

  /** The database couldn't be asked. */
  record Broken(String error) implements DrainEnd {}
}
