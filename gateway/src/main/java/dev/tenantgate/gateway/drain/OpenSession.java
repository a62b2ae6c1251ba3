package dev.tenantgate.gateway.drain;

import dev.tenantgate.migrator.SchemaRef;
import org.jspecify.annotations.Nullable;

/** A session as drains see it. Called on its event loop only. */
public interface OpenSession {

  /** Whether a transaction is under way, from its first message on to its last answer. */
  boolean isUnderWay();

  /** Whether the transaction under way began in that schema, or has come there since. */
  boolean touches(SchemaRef schema);

  /** The database that the session is in. */
  default String database() {
    return "";
  }

  /** Why the session keeps its backend beyond its transactions; null if it doesn't. */
  default SessionInTransaction.@Nullable Pin pin() {
    return null;
  }

  /** The session and its transaction, for people. */
  SessionInTransaction describe();

  /**
   * Ends the transaction: cancels the statement that is running; where none is, the session ends,
   * and the client is told why.
   */
  void endTransaction(String why);
}
