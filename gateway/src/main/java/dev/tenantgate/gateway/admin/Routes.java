package dev.tenantgate.gateway.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Which endpoint answers what. Immutable once built. */
final class Routes {

  /** Stands for any one segment of a path. */
  private static final String ANY = "*";

  private final List<Route> routes = new ArrayList<>();

  private record Route(HttpMethod method, List<String> pattern, Endpoint endpoint) {
    boolean fits(List<String> segments) {
      if (segments.size() != pattern.size()) {
        return false;
      }
      for (int i = 0; i < segments.size(); i++) {
        if (!pattern.get(i).equals(ANY) && !pattern.get(i).equals(segments.get(i))) {
          return false;
        }
      }
      return true;
    }
  }

  /** Adds a route; {@code *} in the path stands for any segment that isn't empty. */
  Routes add(HttpMethod method, String path, Endpoint endpoint) {
    routes.add(new Route(method, segments(path), endpoint));
    return this;
  }

  /** The endpoint for a request, or one that answers 404 or 405. */
  Endpoint find(HttpMethod method, List<String> segments) {
    Set<String> allowed = new LinkedHashSet<>();
    for (Route route : routes) {
      if (route.fits(segments)) {
        if (route.method.equals(method)) {
          return route.endpoint;
        }
        allowed.add(route.method.name());
        if (route.method.equals(HttpMethod.GET)) {
          allowed.add(HttpMethod.HEAD.name());
        }
      }
    }
    AdminResponse answer =
        allowed.isEmpty()
            ? AdminResponse.problem(HttpResponseStatus.NOT_FOUND, "there is nothing at this path")
            : AdminResponse.problem(
                    HttpResponseStatus.METHOD_NOT_ALLOWED,
                    "this path takes " + String.join(", ", allowed))
                .with(HttpHeaderNames.ALLOW, String.join(", ", allowed));
    return request -> CompletableFuture.completedFuture(answer);
  }

  /** Every request that is answered, as method and path: {@code GET /api/v1/tenants/*}. */
  List<String> requests() {
    return routes.stream()
        .map(route -> route.method.name() + " /" + String.join("/", route.pattern))
        .toList();
  }

  /** The segments of a path that isn't encoded; none for {@code /}. */
  private static List<String> segments(String path) {
    return path.equals("/") ? List.of() : List.of(path.substring(1).split("/", -1));
  }
}
