package dev.tenantgate.gateway.drain;

import java.time.Duration;

/** Runs quick tasks later. Thread-safe. */
@FunctionalInterface
public interface Scheduler {

  /** Runs a task once the delay is over; what is returned keeps it from that. */
  Runnable after(Duration delay, Runnable task);
}
