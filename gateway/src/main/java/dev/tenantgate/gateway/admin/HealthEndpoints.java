package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.gateway.metrics.GatewayMeters;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Whether the gateway lives, whether it is ready, and what it measures. Thread-safe. */
final class HealthEndpoints {

  private static final long DATABASE_TIMEOUT_SECONDS = 3;

  private final AdminServices services;
  private final SharedCheck<String> database;
  private final SharedCheck<List<String>> liveness;

  HealthEndpoints(AdminServices services, Executor blocking) {
    this.services = services;
    this.database = new SharedCheck<>(this::databaseError, blocking);
    this.liveness = new SharedCheck<>(services.liveness()::check, blocking);
  }

  /** Adds what the status port answers as well. */
  void addStatusTo(Routes routes) {
    routes
        .add(HttpMethod.GET, "/livez", request -> live())
        .add(HttpMethod.GET, "/readyz", request -> ready())
        .add(
            HttpMethod.GET,
            "/metrics",
            Endpoint.immediate(
                request ->
                    AdminResponse.text(
                        GatewayMeters.contentType(request.accept()),
                        services.metrics().apply(request.accept()))));
  }

  private CompletionStage<AdminResponse> live() {
    return liveness
        .result()
        .thenApply(
            failures -> {
              ObjectNode json = Json.object();
              json.put("status", failures.isEmpty() ? "ok" : "unavailable");
              if (!failures.isEmpty()) {
                json.put("error", String.join("; ", failures));
              }
              return answer(failures.isEmpty(), json);
            });
  }

  private CompletionStage<AdminResponse> ready() {
    return database().thenCombine(liveness.result(), this::ready);
  }

  private AdminResponse ready(String databaseError, List<String> failures) {
    List<String> changelogErrors = services.changelogErrors().get();
    boolean stopping =
        services.leaving().getAsBoolean() || services.gateService().gate().isClosed();
    boolean ok =
        databaseError.isEmpty() && changelogErrors.isEmpty() && failures.isEmpty() && !stopping;
    ObjectNode json = Json.object();
    json.put("status", ok ? "ok" : "unavailable");
    ObjectNode checks = json.putObject("checks");
    check(checks.putObject("settings"), "");
    ObjectNode database = checks.putObject("database");
    check(database, databaseError);
    if (services.gateService().drains().isReadOnly()) {
      database.put("read_only", true);
    }
    check(checks.putObject("changelog"), String.join("; ", changelogErrors));
    check(checks.putObject("admission"), stopping ? "the gateway is shutting down" : "");
    check(checks.putObject("event_loops"), String.join("; ", failures));
    return answer(ok, json);
  }

  private static AdminResponse answer(boolean ok, ObjectNode json) {
    return AdminResponse.json(
        ok ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE, json);
  }

  private static void check(ObjectNode json, String error) {
    json.put("ok", error.isEmpty());
    if (!error.isEmpty()) {
      json.put("error", error);
    }
  }

  /** Why the database can't be reached; empty if it can. */
  private CompletionStage<String> database() {
    return database
        .result()
        .completeOnTimeout(
            "no answer within " + DATABASE_TIMEOUT_SECONDS + " s",
            DATABASE_TIMEOUT_SECONDS,
            TimeUnit.SECONDS);
  }

  private String databaseError() {
    try {
      services.gateService().migrator().checkReachable();
      return "";
    } catch (SQLException e) {
      return services.gateService().settings().database() + ": " + e.getMessage();
    }
  }
}
