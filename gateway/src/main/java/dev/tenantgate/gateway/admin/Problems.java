package dev.tenantgate.gateway.admin;

import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.tenant.LookupFailedException;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ExternalTool;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.sql.SQLException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The errors that several endpoints tell. Stateless. */
final class Problems {

  private Problems() {}

  /** Another tool migrates, and there is no command for it; null if anything can be run here. */
  static @Nullable AdminResponse notRunnable(GateService gateService) {
    ExternalTool external = gateService.changelog().external();
    String why = external == null ? null : external.notRunnable();
    return why == null ? null : AdminResponse.problem(HttpResponseStatus.CONFLICT, why);
  }

  static AdminResponse badRequest(String detail) {
    return AdminResponse.problem(HttpResponseStatus.BAD_REQUEST, detail);
  }

  static AdminResponse noSuchTenant(SchemaRef schema) {
    return AdminResponse.problem(
        HttpResponseStatus.NOT_FOUND,
        "there is no tenant \"%s\": schema \"%s\" does not exist"
            .formatted(schema.tenant(), schema.schema()));
  }

  /** The database couldn't be read, or worse. */
  static AdminResponse unreachable(GateService gateService, Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    HttpResponseStatus status =
        cause instanceof SQLException || cause instanceof LookupFailedException
            ? HttpResponseStatus.SERVICE_UNAVAILABLE
            : HttpResponseStatus.INTERNAL_SERVER_ERROR;
    return AdminResponse.problem(
        status, gateService.settings().database() + ": " + cause.getMessage());
  }
}
