package dev.tenantgate.gateway.admin;

import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.tenant.HistorySnapshot;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The way back of one tenant, as {@code tenantgate migrate down --to V} and {@code rollback --steps
 * N} have it. Thread-safe.
 */
final class RollbackEndpoint {

  private final GateService gateService;
  private final OperationBook operations;

  RollbackEndpoint(GateService gateService, OperationBook operations) {
    this.gateService = gateService;
    this.operations = operations;
  }

  void addTo(Routes routes) {
    routes.add(HttpMethod.POST, "/api/v1/tenants/*/rollback", this::rollBack);
  }

  /**
   * How far back.
   *
   * @param steps so many of the newest migrations; 0 where there is a version
   * @param to the highest version that stays; null for none
   */
  private record Way(int steps, @Nullable Version to) {

    /**
     * Reads {@code to} or {@code steps}.
     *
     * @throws IllegalArgumentException if it is neither or both, or no such thing
     */
    static Way of(AdminRequest request) {
      String to = request.parameter("to");
      String steps = request.parameter("steps");
      if ((to == null) == (steps == null)) {
        throw new IllegalArgumentException(
            "to or steps is needed: the highest version that stays, 0 for none; or how many"
                + " migrations are taken back");
      }
      return to == null ? new Way(steps(steps), null) : new Way(0, version(to));
    }

    private static int steps(@Nullable String text) {
      try {
        int steps = Integer.parseInt(String.valueOf(text));
        if (steps > 0) {
          return steps;
        }
      } catch (NumberFormatException e) {
        // The same remedy as for a number that is none of migrations.
      }
      throw new IllegalArgumentException(
          "steps: must be a whole number from 1 on, was \"%s\"".formatted(text));
    }

    private static @Nullable Version version(String text) {
      boolean zero = !text.isEmpty() && text.chars().allMatch(c -> c == '0');
      try {
        return zero ? null : Version.parse(text);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("to: " + e.getMessage(), e);
      }
    }

    Goal.Down goal(HistorySnapshot snapshot) {
      return steps == 0 ? new Goal.Down(to) : Goal.Down.by(steps, List.of(snapshot.history()));
    }
  }

  private CompletionStage<AdminResponse> rollBack(AdminRequest request) {
    Way way;
    try {
      way = Way.of(request);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture(Problems.badRequest(String.valueOf(e.getMessage())));
    }
    if (way.to() != null && gateService.changelog().find(way.to()).isEmpty()) {
      return CompletableFuture.completedFuture(
          Problems.badRequest("to: there is no migration " + way.to()));
    }
    if (gateService.changelog().external() != null) {
      return CompletableFuture.completedFuture(
          AdminResponse.problem(
              HttpResponseStatus.CONFLICT,
              "another tool migrates (migrations.tool: external): it alone takes migrations back"));
    }
    SchemaRef schema = gateService.migrator().tenants().schemaOf(request.segments().get(3));
    return gateService
        .directory()
        .refresh(schema)
        .handle(
            (snapshot, error) -> {
              if (error != null) {
                return CompletableFuture.completedFuture(Problems.unreachable(gateService, error));
              }
              return snapshot.exists()
                  ? begin(schema, way.goal(snapshot), request)
                  : CompletableFuture.completedFuture(Problems.noSuchTenant(schema));
            })
        .thenCompose(answer -> answer);
  }

  private CompletionStage<AdminResponse> begin(
      SchemaRef schema, Goal.Down goal, AdminRequest request) {
    Operation operation = operations.begin(schema.tenant(), request.by(), 1);
    operation.cancelBy(() -> gateService.migrator().runs().cancel(schema));
    CompletionStage<SchemaOutcome> end =
        gateService
            .rollBack(schema, goal)
            .thenApply(
                outcome -> {
                  operation.add(outcome);
                  operation.end();
                  operations.ended(operation);
                  return outcome;
                });
    return request.flag("wait")
        ? end.thenApply(UpgradeEndpoints::ended)
        : CompletableFuture.completedFuture(UpgradeEndpoints.accepted(operation));
  }
}
