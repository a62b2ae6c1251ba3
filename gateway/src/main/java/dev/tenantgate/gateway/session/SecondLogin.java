package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.connect.BackendLogin;
import dev.tenantgate.gateway.connect.LoggedInBackend;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;

/**
 * The login of a backend that takes the place of a session's own, which was lost: the session's key
 * for cancelling is the new one's from then on. Event-loop confined.
 */
final class SecondLogin implements BackendLogin.Listener {

  private final Session session;
  private final BackendLogin.Listener listener;
  private boolean active;

  SecondLogin(Session session, BackendLogin.Listener listener) {
    this.session = session;
    this.listener = listener;
  }

  /** Whether the backend has been in use. */
  boolean isActive() {
    return active;
  }

  @Override
  public void loggedIn(LoggedInBackend backend) {
    active = true;
    session.services().meter().backendActive();
    CancelKey key = backend.cancelKey();
    if (key != null) {
      session.keys().backend(key, backend.channel());
    }
    listener.loggedIn(backend);
  }

  @Override
  public void loginFailed(Report report) {
    listener.loginFailed(report);
  }

  @Override
  public void noticed(ByteBuf notice) {
    listener.noticed(notice);
  }
}
