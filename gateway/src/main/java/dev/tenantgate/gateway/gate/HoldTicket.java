package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.tracing.TraceSpan;

/** A session's place in the hold queue. Thread-safe. */
public interface HoldTicket {

  /**
   * Gives the place up: the client cancelled or went away.
   *
   * @return whether that came in time; if not, the listener has been or will be called
   */
  boolean cancel();

  /** Has the metrics point to the session's trace. */
  default void tracedBy(TraceSpan span) {}

  /** The schema that the session waits for now. Costs a little; meant for NOTICEs. */
  HoldProgress progress();
}
