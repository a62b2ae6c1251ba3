package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.gateway.metrics.GatewayMeters;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Whether the gateway lives, whether it is ready, what it measures, and its page. Thread-safe. */
final class HealthEndpoints {

  private static final long DATABASE_TIMEOUT_SECONDS = 3;

  private final AdminServices services;
  private final Executor blocking;
  private final String page = readPage();
  private final Object lock = new Object();

  /** The check of the database under way, for all who ask meanwhile. Guarded by lock. */
  private @Nullable CompletableFuture<String> databaseCheck;

  HealthEndpoints(AdminServices services, Executor blocking) {
    this.services = services;
    this.blocking = blocking;
  }

  void addTo(Routes routes) {
    routes
        .add(HttpMethod.GET, "/livez", Endpoint.immediate(request -> live()))
        .add(HttpMethod.GET, "/readyz", request -> ready())
        .add(
            HttpMethod.GET,
            "/metrics",
            Endpoint.immediate(
                request ->
                    AdminResponse.text(GatewayMeters.CONTENT_TYPE, services.metrics().get())))
        .add(HttpMethod.GET, "/", Endpoint.immediate(request -> page()));
  }

  private static AdminResponse live() {
    ObjectNode json = Json.object();
    json.put("status", "ok");
    return AdminResponse.json(HttpResponseStatus.OK, json);
  }

  private CompletionStage<AdminResponse> ready() {
    return database()
        .thenApply(
            databaseError -> {
              List<String> changelogErrors = services.changelogErrors().get();
              ObjectNode json = Json.object();
              boolean stopping = services.gatehouse().gate().isClosed();
              boolean ok = databaseError.isEmpty() && changelogErrors.isEmpty() && !stopping;
              json.put("status", ok ? "ok" : "unavailable");
              ObjectNode checks = json.putObject("checks");
              check(checks.putObject("settings"), "");
              check(checks.putObject("database"), databaseError);
              check(checks.putObject("changelog"), String.join("; ", changelogErrors));
              check(checks.putObject("admission"), stopping ? "the gateway is shutting down" : "");
              return AdminResponse.json(
                  ok ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE, json);
            });
  }

  private static void check(ObjectNode json, String error) {
    json.put("ok", error.isEmpty());
    if (!error.isEmpty()) {
      json.put("error", error);
    }
  }

  /** Why the database can't be reached; empty if it can. */
  private CompletionStage<String> database() {
    CompletableFuture<String> check;
    synchronized (lock) {
      if (databaseCheck == null || databaseCheck.isDone()) {
        databaseCheck = CompletableFuture.supplyAsync(this::databaseError, blocking);
      }
      check = databaseCheck;
    }
    return check
        .copy()
        .completeOnTimeout(
            "no answer within " + DATABASE_TIMEOUT_SECONDS + " s",
            DATABASE_TIMEOUT_SECONDS,
            TimeUnit.SECONDS);
  }

  private String databaseError() {
    try {
      services.gatehouse().migrator().checkReachable();
      return "";
    } catch (SQLException e) {
      return services.gatehouse().settings().database() + ": " + e.getMessage();
    }
  }

  private AdminResponse page() {
    return AdminResponse.text("text/html; charset=utf-8", page)
        .with(
            HttpHeaderNames.CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
                + " connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none';"
                + " frame-ancestors 'none'");
  }

  private static String readPage() {
    try (InputStream page = HealthEndpoints.class.getResourceAsStream("index.html")) {
      if (page == null) {
        throw new IllegalStateException("index.html is missing beside " + HealthEndpoints.class);
      }
      return new String(page.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
