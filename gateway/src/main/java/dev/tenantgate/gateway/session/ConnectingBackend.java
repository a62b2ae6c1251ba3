package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.connect.BackendConnector;
import dev.tenantgate.gateway.connect.BackendHold;
import dev.tenantgate.gateway.connect.HoldWait;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.tracing.SpanName;
import io.netty.channel.Channel;

/**
 * A connection to the server is being opened, for this session alone: the server authenticates the
 * client.
 */
final class ConnectingBackend extends SessionState
    implements BackendConnector.Listener, HoldWait.Listener {

  private final Destination destination;
  private final BackendHold hold;
  private final HoldWait wait;

  ConnectingBackend(Session session, Destination destination) {
    super(session);
    this.destination = destination;
    this.hold = session.services().pools().hold();
    this.wait =
        new HoldWait(hold, destination.request().database(), session.frontend().eventLoop(), this);
  }

  @Override
  SpanName span() {
    return SpanName.LOGIN;
  }

  @Override
  void entered() {
    if (hold.holds(wait.database())) {
      wait.begin();
    } else {
      tryAgain();
    }
  }

  @Override
  void left() {
    wait.end();
  }

  @Override
  public void tryAgain() {
    if (session.isIn(this)) {
      session.backend().connect(this);
    }
  }

  @Override
  public void backendConnected(Channel backend, boolean encrypted) {
    if (session.isIn(this)) {
      if (wait.isOn()) {
        session.loginBegins(); // the time so far wasn't the client's
      }
      backend.writeAndFlush(destination.startupMessage().encode(backend.alloc()));
      session.become(new Authenticating(session, destination, encrypted, this));
    }
  }

  @Override
  public void backendUnreachable(Report report) {
    if (session.isIn(this)) {
      awaitServer(report);
    }
  }

  /** Where the server can't be reached, or accepts nobody at the moment, it is waited for. */
  private void awaitServer(Report report) {
    if (BackendHold.isOutage(report) && hold.failed(report)) {
      wait.begin();
    } else {
      session.end(report);
    }
  }

  /** The server has closed the connection before it asked the client for anything. */
  void refused(Report report) {
    session.services().connector().hosts().failed(session.backendServer());
    session.backend().drop();
    if (hold.failed(report)) {
      session.become(this);
    } else {
      session.end(report);
    }
  }

  /** The server has asked the client for something, or refuses it: it can be reached. */
  void serverAnswers() {
    hold.reached();
    wait.end();
  }

  /** The session ends while the server checks its client. */
  void abandoned() {
    wait.end();
  }

  @Override
  public void stillWaiting(String text) {
    // A client that hasn't logged in isn't told: some take a notice there for a mistake.
  }

  @Override
  public void waitedTooLong(Report report) {
    if (session.isIn(this)) {
      session.end(report);
    }
  }

  /** The time isn't the client's; how long the server is waited for has its own limit. */
  @Override
  void loginTimedOut() {}

  /** Told by {@link #backendUnreachable}. */
  @Override
  void backendClosed() {}
}
