package dev.tenantgate.gateway.session;

import dev.tenantgate.config.AuthSettings;
import dev.tenantgate.gateway.auth.ClientAuthentication;
import dev.tenantgate.gateway.connect.CancelRegistry.Cancellable;
import dev.tenantgate.gateway.gate.Requirement;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.startup.CancelRequest;
import dev.tenantgate.gateway.startup.EncryptionRequest;
import dev.tenantgate.gateway.startup.InvalidStartupParameter;
import dev.tenantgate.gateway.startup.SessionRequest;
import dev.tenantgate.gateway.startup.StartupMessage;
import dev.tenantgate.gateway.startup.StartupPacket;
import dev.tenantgate.gateway.tenant.ReplicationRequest;
import dev.tenantgate.gateway.tenant.RoutingRequest;
import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.gateway.tenant.TenantRouter;
import dev.tenantgate.migrator.SchemaRef;

/** The client has connected and not yet said what it wants. */
final class AwaitingStartup extends SessionState {

  AwaitingStartup(Session session) {
    super(session);
  }

  @Override
  void startupPacket(StartupPacket packet) {
    if (packet instanceof EncryptionRequest request) {
      session.encryption().answer(request);
    } else if (packet instanceof CancelRequest request) {
      cancelOther(request);
    } else if (packet instanceof StartupMessage message) {
      begin(message);
    }
  }

  /** Closing the connection tells the client that the request has been carried out, or dropped. */
  private void cancelOther(CancelRequest request) {
    Cancellable target = session.services().cancels().find(request.key());
    if (target == null) {
      session.end();
    } else {
      target.cancel(() -> session.frontend().eventLoop().execute(session::end));
    }
  }

  private void begin(StartupMessage message) {
    SessionRequest request;
    try {
      request = SessionRequest.of(message);
    } catch (InvalidStartupParameter e) {
      session.end(e.report());
      return;
    }
    session.asked(request);
    if (!session.encryption().isEnough()) {
      session.end(
          ClientError.TLS,
          Report.fatal(
                  SqlState.INVALID_AUTHORIZATION_SPECIFICATION,
                  "this gateway takes encrypted connections only")
              .withHint("Connect with sslmode=require or stronger."));
    } else if (isForConsole(request)) {
      session.holdInputBehindStartup();
      session.become(new ConsoleLogin(session, request));
    } else if (session.services().isFull()) {
      session.end(
          Report.fatal(
              SqlState.TOO_MANY_CONNECTIONS,
              "sorry, too many clients already: the gateway takes %d (listen.max-connections)"
                  .formatted(session.services().settings().listen().maxConnections())));
    } else {
      route(request);
    }
  }

  private boolean isForConsole(SessionRequest request) {
    return !request.isReplication()
        && session.services().consoles().settings().isNamed(request.database());
  }

  private void route(SessionRequest request) {
    TenantRoute route = routeOf(request);
    if (route instanceof TenantRoute.Refused refused) {
      session.end(Session.fatal(refused.refusal()));
    } else if (route instanceof TenantRoute.Routed routed) {
      authenticate(request, routed);
    }
  }

  private TenantRoute routeOf(SessionRequest request) {
    TenantRouter router = session.services().router();
    return request.isReplication()
        ? router.route(
            new ReplicationRequest(
                request.belongsToDatabase() ? request.database() : null,
                request.asksForTenant(),
                request.searchPath()))
        : router.route(
            new RoutingRequest(
                request.pathUser(), request.database(), request.tenant(), request.searchPath()));
  }

  private void authenticate(SessionRequest request, TenantRoute.Routed route) {
    SchemaRef tenant = route.tenant();
    String name = tenant == null ? null : tenant.tenant();
    if (session.services().openSessions().pauses().isDisabled(request.database(), name)) {
      session.end(
          Report.fatal(
                  SqlState.CANNOT_CONNECT_NOW,
                  "database \"%s\" is disabled for new connections".formatted(request.database()))
              .withDetail(name == null ? "" : "Tenant %s, or the database, is.".formatted(name)));
      return;
    }
    try {
      Requirement requirement = Requirement.parse(request.minVersion(), request.maxVersion());
      Destination destination = Destination.of(request, route, requirement);
      ClientAuthentication authentication = session.services().authentication();
      session.holdInputBehindStartup();
      session.become(
          serverChecks(authentication)
              ? new ConnectingBackend(session, destination)
              : new CheckingClient(session, destination, authentication));
    } catch (IllegalArgumentException e) {
      session.end(Report.fatal(SqlState.INVALID_PARAMETER_VALUE, String.valueOf(e.getMessage())));
    }
  }

  /** Whether the server checks the client, over its own connection. */
  private boolean serverChecks(ClientAuthentication authentication) {
    return authentication.method() == AuthSettings.Method.PASS_THROUGH
        && (authentication.peerRoles() == null || !UnixPeer.isAt(session.frontend()));
  }

  /** Nobody waits for an answer. */
  @Override
  void loginTimedOut() {
    session.log().failed(ClientError.LOGIN_TIMEOUT, "no startup packet has come");
    session.end();
  }
}
