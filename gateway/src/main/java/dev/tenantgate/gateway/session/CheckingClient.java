package dev.tenantgate.gateway.session;

import dev.tenantgate.config.AuthSettings;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.auth.ClientAuthentication;
import dev.tenantgate.gateway.auth.PeerRoles;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.connect.BackendCredential;
import dev.tenantgate.gateway.protocol.Authentication;
import dev.tenantgate.gateway.protocol.CancelKey;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.startup.InvalidStartupParameter;
import dev.tenantgate.gateway.tracing.SpanName;
import io.netty.buffer.ByteBuf;
import io.netty.channel.unix.PeerCredentials;
import java.io.IOException;

/**
 * The gateway itself finds out whether the client is who it says it is, without a backend. A client
 * that has proved it gets AuthenticationOk and goes to the gate; a backend is opened for it behind
 * that, so a held session costs its socket. Its key for cancelling is the gateway's own. A pooled
 * client gets it here, one that has to wait gets one for that, and any other gets it with the
 * process of its backend ({@link OpeningBackend}).
 *
 * <p>The gateway logs the backend in as the client's own user: by the keys from the client's
 * exchange, or by the password of the user list. (The client's proof gives the ClientKey, which is
 * enough at a server with the same verifier.) There is no other way to a {@link
 * dev.tenantgate.gateway.connect.BackendCredential}. A session whose place only the server knows
 * gets its backend before the gate.
 *
 * <p>Replication that is passed goes through the same relay without a gate, in either kind of
 * pooling ({@link #isPooled}). A stream is no transaction that the end would have to wait for. It
 * could be gated by its {@code search_path}, but isn't: a START_REPLICATION that is held has the
 * server keep its log, and nothing that it streams is a tenant's.
 */
final class CheckingClient extends SessionState {

  private final Destination destination;
  private final ClientAuthentication authentication;
  private final ScramLogin login;

  CheckingClient(Session session, Destination destination, ClientAuthentication authentication) {
    super(session);
    this.destination = destination;
    this.authentication = authentication;
    this.login =
        new ScramLogin(
            this,
            authentication,
            destination.request().user(),
            (candidate, proven) -> accept(candidate.credential(proven.keys())));
  }

  @Override
  SpanName span() {
    return SpanName.LOGIN;
  }

  @Override
  void entered() {
    ScramLogin.negotiate(session, destination.request());
    PeerRoles peers = authentication.peerRoles();
    if (peers != null && UnixPeer.isAt(session.frontend())) {
      checkPeer(peers);
    } else if (authentication.method() == AuthSettings.Method.TRUST) {
      accept(authentication.trusted(destination.request().user()));
    } else {
      login.begin();
    }
  }

  /** The kernel says which user of this machine the client is; it isn't asked for anything. */
  private void checkPeer(PeerRoles peers) {
    String role = destination.request().user();
    String user = "unknown";
    try {
      PeerCredentials credentials = UnixPeer.credentials(session.frontend());
      if (credentials != null) {
        if (peers.allow(credentials.uid(), role)) {
          accept(authentication.trusted(role));
          return;
        }
        user = peers.describe(credentials.uid());
      }
    } catch (IOException e) {
      session.end(); // it is gone
      return;
    }
    String failure = "Peer authentication failed for user \"%s\"".formatted(role);
    // The client isn't told who it is.
    session.log().failed(ClientError.LOGIN, "%s: it runs as the user %s".formatted(failure, user));
    session.endCounted(Report.fatal(SqlState.INVALID_AUTHORIZATION_SPECIFICATION, failure));
  }

  @Override
  void frontendFrame(ByteBuf frame) {
    if (!login.take(frame)) {
      super.frontendFrame(frame);
    }
  }

  private void accept(BackendCredential credential) {
    Report full = session.place().enter(destination.request());
    if (full != null) {
      session.end(full);
      return;
    }
    session.toFrontend(Authentication.ok(session.frontend().alloc()));
    session.holdFrontendInput();
    session.loggedIn();
    if (isPooled()) {
      enterPool(credential);
    } else {
      session.become(
          destination.dependsOnServer()
              ? OpeningBackend.beforeTheGate(session, destination, credential)
              : new AtGate(
                  session,
                  destination,
                  () -> OpeningBackend.admitted(session, destination, credential)));
    }
    // A client that has to wait is told so now; any other with the next message, in one write.
    session.frontend().flush();
  }

  /** A walsender is its client's alone: it has no transactions to be lent for. */
  private boolean isPooled() {
    return session.services().settings().pool().mode() == PoolSettings.Mode.TRANSACTION
        && !destination.request().isReplication();
  }

  private void enterPool(BackendCredential credential) {
    PoolKey key = new PoolKey(destination.request().database(), destination.request().user());
    CancelKey clients = CancelKey.random(destination.request().spokenVersion());
    session.services().processes().add(clients.processId(), session, key);
    session.keys().tellClient(clients);
    session.services().pools().credential(key, credential);
    try {
      session.become(new EnteringPool(session, destination, key));
    } catch (InvalidStartupParameter e) {
      session.end(e.report());
    }
  }
}
