package dev.tenantgate.gateway.gate;

/** A session's place in the hold queue. Thread-safe. */
public interface HoldTicket {

  /**
   * Gives the place up: the client cancelled or went away.
   *
   * @return whether that came in time; if not, the listener has been or will be called
   */
  boolean cancel();

  /** The schema that the session waits for now. Costs a little; meant for NOTICEs. */
  HoldProgress progress();
}
