package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.config.DurationText;
import dev.tenantgate.gateway.drain.OpenSessions;
import dev.tenantgate.gateway.drain.SessionInTransaction;
import dev.tenantgate.gateway.drain.SessionInTransaction.Activity;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/** Sessions that are in a transaction, the longest first. Thread-safe. */
final class SessionEndpoints {

  /** More are told by the list of sessions. */
  private static final int MOST_OF_TENANT = 1_000;

  private final OpenSessions sessions;

  SessionEndpoints(OpenSessions sessions) {
    this.sessions = sessions;
  }

  void addTo(Routes routes) {
    routes.add(HttpMethod.GET, "/api/v1/sessions", this::list);
  }

  private CompletionStage<AdminResponse> list(AdminRequest request) {
    String atLeast = request.parameter("in_transaction");
    Duration least;
    try {
      least = atLeast == null || atLeast.isEmpty() ? Duration.ZERO : DurationText.read(atLeast);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture(
          AdminResponse.problem(
              HttpResponseStatus.BAD_REQUEST, "in_transaction: " + e.getMessage()));
    }
    String tenant = request.parameter("tenant");
    return inTransaction(
            sessions,
            session ->
                (atLeast == null || session.activity() != Activity.STREAMING)
                    && session.duration().compareTo(least) >= 0
                    && (tenant == null || tenant.equals(session.tenant())))
        .thenApply(
            found -> {
              ObjectNode json = Json.object();
              json.put("count", found.size());
              return AdminResponse.list(json, "sessions", found, SessionEndpoints::json);
            });
  }

  /** Those in a transaction that are asked for, the longest first. */
  private static CompletionStage<List<SessionInTransaction>> inTransaction(
      OpenSessions sessions, Predicate<SessionInTransaction> which) {
    return sessions
        .inTransaction()
        .thenApply(
            all ->
                all.stream()
                    .filter(which)
                    .sorted(Comparator.comparing(SessionInTransaction::duration).reversed())
                    .toList());
  }

  /** The first of those of a tenant, as JSON. */
  static CompletionStage<ArrayNode> ofTenant(OpenSessions sessions, String tenant) {
    return inTransaction(sessions, session -> tenant.equals(session.tenant()))
        .thenApply(
            found -> {
              ArrayNode array = Json.array();
              found.stream().limit(MOST_OF_TENANT).forEach(session -> array.add(json(session)));
              return array;
            });
  }

  private static ObjectNode json(SessionInTransaction session) {
    ObjectNode json = Json.object();
    json.put("tenant", session.tenant());
    json.put("user", session.user());
    json.put("application_name", session.application());
    json.put("client", session.client());
    json.put("backend_pid", session.backend());
    json.put("state", session.activity().label());
    json.put("in_transaction_ms", session.duration().toMillis());
    return json;
  }
}
