package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.backend.BackendConnector;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.channel.Channel;
import io.netty.channel.ConnectTimeoutException;

/**
 * A connection to the server is being opened, for this session alone: the server authenticates the
 * client.
 */
final class ConnectingBackend extends SessionState implements BackendConnector.Listener {

  private final Destination destination;

  ConnectingBackend(Session session, Destination destination) {
    super(session);
    this.destination = destination;
  }

  @Override
  void entered() {
    session.backend().connect(this);
  }

  @Override
  public void backendConnected(Channel backend, boolean encrypted) {
    if (session.isIn(this)) {
      backend.writeAndFlush(destination.startupMessage().encode(backend.alloc()));
      session.become(new Authenticating(session, destination, encrypted));
    }
  }

  @Override
  public void backendUnreachable(Throwable cause) {
    if (session.isIn(this)) {
      String reason =
          cause instanceof ConnectTimeoutException
              ? "timed out"
              : String.valueOf(cause.getMessage());
      session.end(
          Report.fatal(
                  SqlState.CONNECTION_FAILURE,
                  "could not connect to the backend " + session.backendAddress())
              .withDetail(reason));
    }
  }

  @Override
  void loginTimedOut() {
    backendUnreachable(new ConnectTimeoutException());
  }

  /** Told by {@link #backendUnreachable}. */
  @Override
  void backendClosed() {}
}
