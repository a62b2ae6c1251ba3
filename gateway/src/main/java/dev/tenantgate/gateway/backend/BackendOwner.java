package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.connect.AbandonedQuery;
import dev.tenantgate.gateway.connect.CancelForwarder;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;

/**
 * The owner of a {@link PooledBackend}: a pool, or the one session that has it for good. It is told
 * when a lease ends and when the connection does. Event-loop confined.
 */
public interface BackendOwner {

  /** The lease has ended, and the next client may have the backend. */
  void giveBack(PooledBackend backend);

  /** The lease has ended, and nobody can say what state the backend is in: it is closed. */
  void discard(PooledBackend backend);

  /** The client has left in the middle of its query, with which the server goes on. */
  AbandonedQuery abandon(PooledBackend backend, CancelKey key);

  /** Asks a backend's server to cancel the statement that runs in its process. */
  void forwardCancel(PooledBackend backend, CancelKey key, CancelForwarder.Outcome outcome);

  /** The connection has ended. */
  void closed(PooledBackend backend);

  /** The server has said an error to a backend that nobody has. */
  void endedWhileIdle(PooledBackend backend, Report report);

  /** The server doesn't keep to the protocol. */
  void violated(PooledBackend backend, ProtocolViolation violation);

  /** A fault of the connection or of our own. */
  void failed(PooledBackend backend, Throwable cause);
}
