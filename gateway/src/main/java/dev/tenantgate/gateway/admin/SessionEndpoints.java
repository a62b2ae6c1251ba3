package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.config.DurationText;
import dev.tenantgate.gateway.drain.OpenSessions;
import dev.tenantgate.gateway.drain.SessionInTransaction;
import dev.tenantgate.gateway.drain.SessionInTransaction.Activity;
import dev.tenantgate.gateway.settings.PinReason;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sessions that are in a transaction, or keep their backend beyond it, the longest first.
 * Thread-safe.
 */
final class SessionEndpoints {

  /** More are told by the list of sessions. */
  private static final int MOST_OF_TENANT = 1_000;

  /** The values of {@code pinned=}. */
  private static final List<String> PINNED =
      Stream.concat(Stream.of("", "true"), Arrays.stream(PinReason.values()).map(PinReason::label))
          .toList();

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
    String pinned = request.parameter("pinned");
    if (pinned != null && !PINNED.contains(pinned)) {
      return CompletableFuture.completedFuture(
          AdminResponse.problem(
              HttpResponseStatus.BAD_REQUEST,
              "pinned: must be true or a reason, one of %s, was %s"
                  .formatted(String.join(", ", PINNED.subList(2, PINNED.size())), pinned)));
    }
    Predicate<SessionInTransaction> which =
        session ->
            (atLeast == null
                    || (session.activity() != Activity.STREAMING
                        && session.activity() != Activity.IDLE))
                && session.duration().compareTo(least) >= 0
                && (tenant == null || tenant.equals(session.tenant()))
                && isPinned(session, pinned);
    return (pinned == null ? sessions.inTransaction() : sessions.pinned())
        .thenApply(
            all ->
                AdminResponse.list(
                    Json.object(), "sessions", longestFirst(all, which), SessionEndpoints::json));
  }

  private static boolean isPinned(SessionInTransaction session, @Nullable String as) {
    SessionInTransaction.Pin pin = session.pin();
    return as == null
        || (pin != null && (as.isEmpty() || as.equals("true") || as.equals(pin.reason())));
  }

  private static List<SessionInTransaction> longestFirst(
      List<SessionInTransaction> sessions, Predicate<SessionInTransaction> which) {
    return sessions.stream()
        .filter(which)
        .sorted(Comparator.comparing(SessionInTransaction::duration).reversed())
        .toList();
  }

  /** The first of a tenant's that are in a transaction. */
  static CompletionStage<ArrayNode> ofTenant(OpenSessions sessions, String tenant) {
    return sessions
        .inTransaction()
        .thenApply(
            all -> {
              ArrayNode array = Json.array();
              longestFirst(all, session -> tenant.equals(session.tenant())).stream()
                  .limit(MOST_OF_TENANT)
                  .forEach(session -> array.add(json(session)));
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
    SessionInTransaction.Pin pin = session.pin();
    if (pin != null) {
      json.put("pinned", pin.reason());
      json.put("pinned_ms", pin.duration().toMillis());
    }
    return json;
  }
}
