package dev.tenantgate.gateway.pool;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.LeaseHolder;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.ServerProfile;
import dev.tenantgate.gateway.scan.PlainTexts;
import dev.tenantgate.gateway.statements.StatementTexts;
import org.jspecify.annotations.Nullable;

/**
 * The source of a session's backends: a pool, which lends one for each transaction, or the one
 * backend that is the session's own from its begin to its end. Event-loop confined.
 */
public interface Lender {

  /** The database and the user of its backends. */
  PoolKey key();

  /** The bounds in force. */
  PoolSettings rules();

  /** Whether other clients get its backends, to whom it matters what this one leaves there. */
  boolean isShared();

  // ---- leases

  /** A client has come that takes its backends from here. */
  void attach();

  /** That client has left. */
  void detach();

  /**
   * Asks for a lease.
   *
   * @return the backend; null if the lessee has to wait, and will be told, at once perhaps but not
   *     before this returns
   */
  @Nullable PooledBackend lease(LeaseHolder lessee);

  /** Stops waiting for a lease; whether the lessee did wait. */
  boolean leaveQueue(LeaseHolder lessee);

  /** Whether somebody waits for a lease. */
  boolean isWaitedFor();

  /** A backend that isn't shared is given up between transactions; the next lease is another. */
  default void leave(PooledBackend backend) {}

  /** Whether a backend that is lost between transactions is replaced by another. */
  default boolean replacesLost() {
    return isShared();
  }

  // ---- what is known

  /** A fresh connection's profile; null before the first connection. */
  @Nullable ServerProfile template();

  /** The pool's knowledge of the functions in its database. */
  KnownRoutines server();

  /** When the database's objects were last known to change. */
  SchemaChanges changes();

  /** The texts of all clients' named statements. */
  StatementTexts statementTexts();

  /** Texts that do nothing to their session, of all clients. */
  PlainTexts plainTexts();

  // ---- what clients do that concerns others

  /** New sessions at the server may be other ones from now on. */
  void lookAtDefaults();

  /** A database is about to be asked for by somebody who needs it without other users. */
  void releaseDatabase(String database);

  /** A client has read what a sequence gave its session last. */
  void sequenceRead();

  /** Whether clients of this database and user do so. */
  boolean readsSequences();
}
