package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.connect.ConnectionEnds;

/**
 * A connection to the server, as it was at one moment, for people. Immutable.
 *
 * @param key its database and user
 * @param lent whether a client has it
 * @param ends the addresses of its connection
 * @param ageNanos for how long it has been open
 * @param idleNanos for how long nobody has used it; 0 while a client has it
 * @param process its process at the server; 0 if that isn't known
 * @param client the process that its client was told to be served by; 0 for none
 * @param prepared how many statements are prepared on it
 * @param outdated whether it is closed at the end of its lease
 */
public record OpenServer(
    PoolKey key,
    boolean lent,
    ConnectionEnds ends,
    long ageNanos,
    long idleNanos,
    int process,
    int client,
    int prepared,
    boolean outdated) {

  /** A backend as it is now; called on its event loop. */
  public static OpenServer of(PoolKey key, PooledBackend backend, long nowNanos, boolean outdated) {
    LeaseHolder lessee = backend.lessee();
    return new OpenServer(
        key,
        lessee != null,
        ConnectionEnds.of(backend.channel()),
        nowNanos - backend.standing().createdNanos(),
        lessee == null ? nowNanos - backend.standing().idleSinceNanos() : 0,
        backend.processId(),
        lessee == null ? 0 : lessee.processId(),
        backend.statements().size(),
        outdated);
  }
}
