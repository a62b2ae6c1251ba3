package dev.tenantgate.gateway.session;

import dev.tenantgate.config.PoolOverrides.Bound;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.connect.BackendCredential;
import dev.tenantgate.gateway.connect.BackendHold;
import dev.tenantgate.gateway.connect.BackendLogin;
import dev.tenantgate.gateway.connect.HoldWait;
import dev.tenantgate.gateway.connect.LoggedInBackend;
import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.ProtocolVersion;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.tracing.SpanName;
import io.netty.buffer.ByteBuf;

/**
 * The client has proved who it is to the gateway, which now logs in to a backend as that user, for
 * this session alone.
 */
final class OpeningBackend extends SessionState
    implements BackendLogin.Listener, HoldWait.Listener {

  private final Destination destination;
  private final BackendCredential credential;
  private final boolean admitted;
  private final HoldWait wait;

  private OpeningBackend(
      Session session, Destination destination, BackendCredential credential, boolean admitted) {
    super(session);
    this.destination = destination;
    this.credential = credential;
    this.admitted = admitted;
    this.wait =
        new HoldWait(
            session.services().pools().hold(),
            destination.request().database(),
            session.frontend().eventLoop(),
            this);
  }

  /** The gate has let the session through. */
  static OpeningBackend admitted(
      Session session, Destination destination, BackendCredential credential) {
    return new OpeningBackend(session, destination, credential, true);
  }

  /** Only the server knows where the session is; it is asked before the gate can be. */
  static OpeningBackend beforeTheGate(
      Session session, Destination destination, BackendCredential credential) {
    return new OpeningBackend(session, destination, credential, false);
  }

  @Override
  SpanName span() {
    return SpanName.BACKEND;
  }

  @Override
  void entered() {
    PoolKey key = new PoolKey(destination.request().database(), destination.request().user());
    Bound full = destination.request().isReplication() ? null : session.backendPlace().take(key);
    if (full == null) {
      open();
    } else {
      tellWaiting();
      session.backendPlace().begin(key, full, this::open);
    }
  }

  private void open() {
    if (session.services().pools().hold().holds(wait.database())) {
      beginToWait();
    } else {
      tryAgain();
    }
  }

  private void beginToWait() {
    tellWaiting();
    wait.begin();
  }

  private void tellWaiting() {
    session.keys().tellWaiting(destination.request().spokenVersion());
  }

  @Override
  void left() {
    wait.end();
  }

  @Override
  public void tryAgain() {
    session.backend().open(destination.ownStartupMessage(), credential, this);
  }

  @Override
  public void stillWaiting(String text) {
    session.notice(text);
  }

  @Override
  public void waitedTooLong(Report report) {
    session.end(report);
  }

  @Override
  public void loggedIn(LoggedInBackend backend) {
    if (!session.isIn(this)) {
      backend.channel().close();
      return;
    }
    wait.end();
    session.services().pools().hold().reached();
    session.backend().adopt(backend);
    tellParameters(backend);
    session.keys().tellClient(clientKey(backend));
    if (admitted) {
      session.become(Relaying.onOwn(session, destination));
    } else {
      session.become(
          new AskingSearchPath(session, destination, backend.parameters().get("search_path")));
    }
    session.frontend().flush();
  }

  private void tellParameters(LoggedInBackend backend) {
    backend
        .parameters()
        .forEach(
            (name, value) ->
                session.toFrontend(
                    BackendMessage.parameterStatus(session.frontend().alloc(), name, value)));
  }

  /**
   * The process is the server's, as in its own functions, views and notifications. The secret is
   * the gateway's: the key stays the client's should another backend take this one's place.
   */
  private CancelKey clientKey(LoggedInBackend backend) {
    ProtocolVersion version = destination.request().spokenVersion();
    CancelKey servers = backend.cancelKey();
    return servers == null
        ? CancelKey.random(version)
        : CancelKey.ofProcess(servers.processId(), version);
  }

  @Override
  public void loginFailed(Report report) {
    if (!session.isIn(this)) {
      return;
    }
    BackendHold hold = session.services().pools().hold();
    if (!BackendHold.isOutage(report)) {
      hold.reached();
    } else if (hold.failed(report)) {
      beginToWait();
      return;
    }
    boolean refused =
        report.sqlState().equals(SqlState.INVALID_PASSWORD.code()) && report.detail() == null;
    session.end(
        refused
            ? report.withDetail(
                "The gateway let the client in; the backend %s doesn't take the same secret."
                    .formatted(session.backendServer()))
            : report);
  }

  @Override
  public void noticed(ByteBuf notice) {
    if (session.isIn(this)) {
      session.toFrontend(notice);
    } else {
      notice.release();
    }
  }

  @Override
  ConnectedClient describeClient() {
    return session
        .identity()
        .onItsWay(
            session,
            destination,
            session.backendPlace().isOn()
                ? ConnectedClient.Doing.WAITING
                : ConnectedClient.Doing.LOGIN);
  }

  @Override
  void cancel(Runnable done) {
    if (wait.isOn() || session.backendPlace().isOn()) {
      session.end(
          Report.fatal(SqlState.QUERY_CANCELED, "canceling the connection due to user request"));
    }
    done.run();
  }

  /** Told by {@link #loginFailed}. */
  @Override
  void backendClosed() {}
}
