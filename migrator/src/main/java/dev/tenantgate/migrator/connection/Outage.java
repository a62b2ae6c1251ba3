package dev.tenantgate.migrator.connection;

import java.time.Duration;

/**
 * How long the server hasn't been reached, once it was. A restart in the midst of a rollout is
 * waited for, by all schemas that would have had their turn meanwhile; but not for ever.
 * Thread-safe.
 */
public final class Outage {

  /** How long a server that was there is waited for. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private boolean reached;
  private boolean away;
  private long sinceNanos;

  /** Notes that the server was reached. */
  synchronized void isOver() {
    reached = true;
    away = false;
  }

  /** Notes that it couldn't be reached; whether it is worth waiting for. */
  public synchronized boolean isToBeWaitedFor() {
    if (!reached) {
      return false;
    }
    if (!away) {
      away = true;
      sinceNanos = System.nanoTime();
    }
    return System.nanoTime() - sinceNanos < PATIENCE.toNanos();
  }
}
