package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import org.jspecify.annotations.Nullable;

/**
 * The statements by which a migration's transaction tells journal, registry and lease of it. One is
 * chosen for a server, once its registry is there: {@link CalledBookkeeping} where the registry's
 * functions could be made, {@link SentBookkeeping} elsewhere. Both do the same. Immutable.
 */
public sealed interface Bookkeeping permits CalledBookkeeping, SentBookkeeping {

  /** Sends plain statements; also until the registry is known to be there. */
  Bookkeeping SENT = new SentBookkeeping();

  /** Calls the registry's functions. */
  Bookkeeping CALLED = new CalledBookkeeping();

  /**
   * A lease that a transaction is to confirm.
   *
   * @param holder the process that has it
   * @param token its token
   * @param millis for how long it is extended; null if it is given back with the commit
   */
  record HeldLease(String holder, long token, @Nullable Long millis) {}

  /** Whether a lease can be taken in the message that works under it, and schemas share one. */
  boolean takesLeases();

  /**
   * Adds a step that succeeded to the journal.
   *
   * @param action the step's action, such as {@code apply}
   * @param by who changes the schema: {@code user@host}
   * @param millis an SQL expression for its duration in milliseconds
   */
  String recordStep(
      SchemaRef schema, Version version, String name, String action, String by, String millis);

  /**
   * Writes the registry's row of a schema without a failure.
   *
   * @param version the highest version that is applied; null if none is
   * @param applied how many are
   * @param digest of the history
   */
  String recordState(SchemaRef schema, @Nullable Version version, int applied, String digest);

  /**
   * Fails the transaction unless the lease is still held, and locks it until the transaction ends.
   * Its error is of the kind {@code LEASE_LOST}.
   */
  String confirmLease(SchemaRef schema, HeldLease lease);
}
