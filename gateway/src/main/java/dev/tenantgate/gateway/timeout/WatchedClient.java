package dev.tenantgate.gateway.timeout;

import dev.tenantgate.config.ClientTimeouts;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.traffic.ClientTraffic;
import org.jspecify.annotations.Nullable;

/** A client that is held against its timeouts. Event-loop confined. */
public interface WatchedClient {

  /** Whether the session has ended. */
  boolean isEnded();

  /** The limits that are in force. */
  ClientTimeouts timeouts();

  /** The key by which the client has such a limit. */
  String keyOf(PoolSettings.Own limit);

  /** The client's counts, of its exchanges and transactions among them. */
  ClientTraffic traffic();

  // ---- its state

  /** Whether a transaction is under way. */
  boolean isUnderWay();

  /** Whether the server owes it an answer. */
  boolean isWorking();

  /** Whether the server works on something for the client, or takes copied data from it. */
  boolean isQueryRunning();

  /** Whether nothing is under way, and nothing waited for. */
  boolean isAtRest();

  /** Whether the client has a backend that others may wait for, or a transaction on its own. */
  boolean keepsBackend();

  /** Whether the backend that is lent has nothing to do until the client sends more. */
  boolean waitsForClient();

  /** The backend that is lent; null if none is. */
  @Nullable PooledBackend backend();

  /** The backend that has the client's messages, and may be told to cancel; null if none has. */
  @Nullable PooledBackend cancellable();

  // ---- the consequences

  /** The session ends with a report. */
  void fail(Report report);

  /** A query has taken too long; the session may go on. */
  void timedOut(Report report);

  /** The client's messages are looked at again. */
  void goOn();
}
