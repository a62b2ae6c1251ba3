package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.gate.Requirement;
import dev.tenantgate.gateway.startup.SessionRequest;
import dev.tenantgate.gateway.startup.StartupMessage;
import dev.tenantgate.gateway.tenant.InvalidSearchPathException;
import dev.tenantgate.gateway.tenant.RoutingRequest;
import dev.tenantgate.gateway.tenant.SearchPath;
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
 * @param user whose name {@code "$user"} in it stands for
 */
record Destination(
    SessionRequest request,
    TenantRoute.Routed route,
    Requirement requirement,
    String defaultPath,
    String user) {

  /** The path of a server that nobody has told otherwise; the route knows what it means. */
  private static final String BUILT_IN_PATH = "\"$user\", public";

  static Destination of(SessionRequest request, TenantRoute.Routed route, Requirement requirement) {
    String path = route.searchPath();
    return new Destination(
        request, route, requirement, path == null ? BUILT_IN_PATH : path, request.pathUser());
  }

  /**
   * Whether the server decides where the session is: by its own default path, or by a default role
   * whose name {@code "$user"} in the client's stands for.
   */
  boolean dependsOnServer() {
    return !route.schemas().isEmpty()
        && (route.searchPath() == null || namesUser(route.searchPath()));
  }

  /** Whether the server has to be asked for its path. */
  boolean hasServersPath() {
    return route.searchPath() == null;
  }

  static boolean namesUser(String path) {
    try {
      return SearchPath.parse(path).namesUser();
    } catch (InvalidSearchPathException e) {
      return false; // the server refuses it
    }
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

  /**
   * The same with what the server has said.
   *
   * @param serverSearchPath its own path; null if that isn't in force, or isn't known
   * @param role the session's role; {@code none} if it has none
   */
  Destination at(@Nullable String serverSearchPath, String role) {
    return new Destination(
        request,
        route,
        requirement,
        serverSearchPath == null || !hasServersPath() ? defaultPath : serverSearchPath,
        role.equals("none") ? request.user() : role);
  }

  /** Where that leads. */
  TenantRoute following(TenantRouter router) {
    boolean asExpected =
        user.equals(request.pathUser()) && (!hasServersPath() || defaultPath.equals(BUILT_IN_PATH));
    return asExpected
        ? route
        : router.route(new RoutingRequest(user, request.database(), null, defaultPath));
  }

  /** To where the server's own path, or its role, leads. */
  Destination rerouted(TenantRoute.Routed other) {
    return new Destination(request, other, requirement, defaultPath, user);
  }

  /** Where paths lead from here. */
  TenantSwitches switches(SessionServices services) {
    return new TenantSwitches(
        new TenantSwitches.Start(
            request.user(), user, request.database(), route, defaultPath, requirement),
        services::switchRules);
  }
}
