package dev.tenantgate.migrator.sql;

/** The traces that a statement may leave in its session, beside its changes of the database. */
public enum SessionEffect {
  /** Nothing. */
  NONE,
  /** The traces of a trigger, and the number that a sequence gave last. */
  ROWS,
  /** Anything that DISCARD ALL would clear, and what holds until the transaction's end. */
  SESSION,
  /** Also what only the backend's end clears: settings of one's own names, loaded libraries. */
  PROCESS;

  /** The one that leaves more. */
  public SessionEffect or(SessionEffect other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
