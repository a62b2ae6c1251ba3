package dev.tenantgate.migrator.sql;

/** What a statement may leave in the session that runs it, beside what it does to the database. */
public enum SessionEffect {
  /** Nothing. */
  NONE,
  /** What a trigger leaves, and the number that a sequence gave last. */
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
