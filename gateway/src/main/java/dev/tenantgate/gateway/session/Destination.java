package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.gate.Requirement;
import dev.tenantgate.gateway.relay.Route;
import dev.tenantgate.gateway.relay.TenantSwitches;
import dev.tenantgate.gateway.startup.SessionRequest;
import dev.tenantgate.gateway.startup.StartupMessage;
import dev.tenantgate.gateway.tenant.RoutingRequest;
import dev.tenantgate.gateway.tenant.TenantRoute;
import dev.tenantgate.gateway.tenant.TenantRouter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a session goes and what it needs there. Immutable.
 *
 * @param request what the client asked for
 * @param route what that means
 * @param requirement the versions it needs
 * @param defaultPath the {@code search_path} that the session begins with, and comes back to
 */
record Destination(
    SessionRequest request, TenantRoute.Routed route, Requirement requirement, String defaultPath) {

  /** The path of a server that nobody has told otherwise; the route knows what it means. */
  private static final String BUILT_IN_PATH = "\"$user\", public";

  static Destination of(SessionRequest request, TenantRoute.Routed route, Requirement requirement) {
    String path = route.searchPath();
    return new Destination(request, route, requirement, path == null ? BUILT_IN_PATH : path);
  }

  /** Whether the server's own default path decides where the session is. */
  boolean dependsOnServer() {
    return !route.schemas().isEmpty() && route.searchPath() == null;
  }

  /** For the backend: without what was meant for the gateway, with the tenant's path. */
  StartupMessage startupMessage() {
    return request.forBackend(route.searchPath());
  }

  /** As {@link #startupMessage}, of the gateway's own, which has settled the protocol's options. */
  StartupMessage ownStartupMessage() {
    Map<String, String> parameters = new LinkedHashMap<>(startupMessage().parameters());
    parameters.keySet().removeAll(request.protocolOptions());
    return new StartupMessage(request.spokenVersion(), parameters);
  }

  /** Where the server's own path leads. */
  TenantRoute following(TenantRouter router, String serverSearchPath) {
    return serverSearchPath.equals(BUILT_IN_PATH)
        ? route
        : router.route(
            new RoutingRequest(request.pathUser(), request.database(), null, serverSearchPath));
  }

  /** To where the server's own path leads. */
  Destination rerouted(TenantRoute.Routed other, @Nullable String serverSearchPath) {
    return new Destination(
        request, other, requirement, serverSearchPath == null ? defaultPath : serverSearchPath);
  }

  /** Where its statements may lead the session; null if nothing of it is gated. */
  @Nullable Route gatedRoute(SessionServices services) {
    return route.schemas().isEmpty() ? null : new Route(switches(services), services.gate());
  }

  /** Where paths lead from here. */
  TenantSwitches switches(SessionServices services) {
    return new TenantSwitches(
        new TenantSwitches.Start(
            request.pathUser(), request.database(), route, defaultPath, requirement),
        services::switchRules);
  }
}
