package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.pool.Lender;
import org.jspecify.annotations.Nullable;

/**
 * Whether a message of the client's waits for the answers to those before it. Event-loop confined.
 */
final class AwaitedAnswers {

  /** So many answers, some milliseconds' work, are owed to one that sends transactions ahead. */
  private static final int MOST_AHEAD = 256;

  /** The same while others wait for a backend. */
  private static final int MOST_AHEAD_OF_OTHERS = 64;

  private final Relay relay;
  private final ClientLease lease;
  private final Lender pool;
  private final Requests requests;
  private boolean awaited;

  AwaitedAnswers(Relay relay, ClientLease lease, Lender pool, Requests requests) {
    this.relay = relay;
    this.lease = lease;
    this.pool = pool;
    this.requests = requests;
  }

  boolean areAwaited() {
    return awaited;
  }

  /**
   * A Query or a Sync goes out. A message behind a LISTEN waits for its outcome, and as long as the
   * client listens each transaction for its notifications. A client that sends transactions ahead
   * gives its backend back now and then.
   */
  void exchangeEnds() {
    PooledBackend backend = lease.backend();
    if (relay.listening().isTouched() || relay.listening().isActive() || isToBeShared(backend)) {
      awaited = backend != null;
    }
  }

  /** Whether so much has been sent ahead that others may have the backend first. */
  private boolean isToBeShared(@Nullable PooledBackend backend) {
    return backend != null
        && backend.owed().size() > (pool.isWaitedFor() ? MOST_AHEAD_OF_OTHERS : MOST_AHEAD)
        && !lease.isKept();
  }

  /**
   * Whether the backend has answered all that the client has sent; if not, the client's next
   * message is gone on with when it has. Within a batch it is the client who can't wait.
   */
  boolean areHere(PooledBackend backend) {
    awaited = !requests.isInBatch() && !backend.owed().isEmpty() && !backend.isSkipping();
    return !awaited;
  }

  /** Whether a message waits for answers that won't come before it is gone on with. */
  boolean areSkipped(PooledBackend backend) {
    return awaited && backend.isSkipping();
  }

  /** All that a message may wait for is answered: it goes on, behind what is being done now. */
  void have() {
    if (awaited) {
      relay.goOnLater();
    }
  }

  /** The client's messages are looked at again. */
  void goOn() {
    awaited = false;
  }
}
