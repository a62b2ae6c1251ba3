package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.relay.RelayMeter;
import dev.tenantgate.gateway.settings.PinReason;

/** Counts sessions and their backends. Thread-safe. */
public interface SessionMeter extends RelayMeter {

  void clientConnected();

  void clientDisconnected();

  /** A backend connection is being opened. */
  void backendConnecting();

  /** A backend connection that was being opened serves a client now. */
  void backendActive();

  /**
   * A backend connection ended, or came to nothing.
   *
   * @param wasActive whether it had come to serve a client
   */
  void backendClosed(boolean wasActive);

  /** A client can't be served. */
  void clientFailed(ClientError reason);

  /** A pooled session keeps its backend beyond its transactions. */
  void sessionPinned(PinReason reason);

  /** It doesn't any more. */
  void sessionUnpinned(PinReason reason);
}
