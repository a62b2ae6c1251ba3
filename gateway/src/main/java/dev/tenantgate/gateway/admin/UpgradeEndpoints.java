package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.gateway.gate.FleetUpgrade;
import dev.tenantgate.gateway.gate.FleetUpgrade.Which;
import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.gate.Rollout;
import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.fleet.FleetRequest.Resumption;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Upgrades of one tenant or of all, and what became of them; and the reload. Thread-safe. */
final class UpgradeEndpoints {

  private final GateService gateService;
  private final Reloader reloader;
  private final OperationBook operations;

  UpgradeEndpoints(AdminServices services, OperationBook operations) {
    this.gateService = services.gateService();
    this.operations = operations;
    this.reloader = services.reloader();
  }

  void addTo(Routes routes) {
    routes
        .add(HttpMethod.POST, "/api/v1/tenants/*/upgrade", this::upgradeOne)
        .add(HttpMethod.POST, "/api/v1/upgrade", this::upgradeAll)
        .add(HttpMethod.POST, "/api/v1/reload", Endpoint.immediate(request -> reload()));
  }

  private CompletionStage<AdminResponse> upgradeOne(AdminRequest request) {
    SchemaRef schema = gateService.migrator().tenants().schemaOf(request.segments().get(3));
    boolean wait = request.flag("wait");
    return gateService
        .directory()
        .refresh(schema)
        .handle(
            (snapshot, error) -> {
              if (error != null) {
                return CompletableFuture.completedFuture(Problems.unreachable(gateService, error));
              }
              return snapshot.exists()
                  ? upgradeOne(schema, request.by(), wait)
                  : CompletableFuture.completedFuture(Problems.noSuchTenant(schema));
            })
        .thenCompose(answer -> answer);
  }

  private CompletionStage<AdminResponse> upgradeOne(SchemaRef schema, String by, boolean wait) {
    AdminResponse refused = Problems.notRunnable(gateService);
    if (refused != null) {
      return CompletableFuture.completedFuture(refused);
    }
    Operation operation = operations.begin(schema.tenant(), by, 1);
    operation.cancelBy(() -> gateService.migrator().runs().cancel(schema));
    CompletionStage<SchemaOutcome> upgrade =
        gateService
            .upgrade(schema)
            .thenApply(
                outcome -> {
                  operation.add(outcome);
                  operation.end();
                  operations.ended(operation);
                  return outcome;
                });
    return wait
        ? upgrade.thenApply(UpgradeEndpoints::ended)
        : CompletableFuture.completedFuture(accepted(operation));
  }

  private CompletionStage<AdminResponse> upgradeAll(AdminRequest request) {
    boolean wait = request.flag("wait");
    Resumption resumption = request.flag("resume") ? Resumption.CHANGED : Resumption.NONE;
    AdminResponse refused = Problems.notRunnable(gateService);
    if (refused != null) {
      return CompletableFuture.completedFuture(refused);
    }
    return gateService
        .fleet()
        .survey()
        .handle(
            (view, error) ->
                error == null
                    ? upgradeAll(view, resumption, request.by(), wait)
                    : CompletableFuture.completedFuture(Problems.unreachable(gateService, error)))
        .thenCompose(answer -> answer);
  }

  private CompletionStage<AdminResponse> upgradeAll(
      FleetView view, Resumption resumption, String by, boolean wait) {
    Operation operation =
        operations.begin(null, by, FleetUpgrade.lagging(view, Which.BEHIND_OR_FAILED));
    Rollout rollout =
        gateService.upgradeAll(Which.BEHIND_OR_FAILED, resumption, observer(operation));
    operation.cancelBy(rollout.cancel());
    CompletionStage<AdminResponse> end =
        rollout
            .outcome()
            .handle(
                (outcome, error) -> {
                  operation.end(outcome, error);
                  operations.ended(operation);
                  return ended(operation);
                });
    return wait ? end : CompletableFuture.completedFuture(accepted(operation));
  }

  private static FleetUpgrade.Observer observer(Operation operation) {
    return new FleetUpgrade.Observer() {
      @Override
      public void planned(int schemas) {
        operation.expect(schemas);
      }

      @Override
      public void ended(SchemaOutcome outcome) {
        operation.add(outcome);
      }
    };
  }

  static AdminResponse accepted(Operation operation) {
    return AdminResponse.json(HttpResponseStatus.ACCEPTED, operation.json()).at(operation.path());
  }

  static AdminResponse ended(SchemaOutcome outcome) {
    return outcome.succeeded()
        ? AdminResponse.json(HttpResponseStatus.OK, TenantJson.outcome(outcome))
        : AdminResponse.problem(
            status(outcome), TenantJson.error(outcome), TenantJson.outcome(outcome));
  }

  private static AdminResponse ended(Operation operation) {
    List<SchemaOutcome> failures = operation.failures();
    String refusal = operation.refusal();
    if (refusal != null) {
      return AdminResponse.problem(
          operation.isConflict()
              ? HttpResponseStatus.CONFLICT
              : HttpResponseStatus.SERVICE_UNAVAILABLE,
          refusal,
          operation.json());
    }
    if (failures.isEmpty()) {
      return AdminResponse.json(HttpResponseStatus.OK, operation.json());
    }
    // Busy ones will be up to date soon; any other failure says more.
    HttpResponseStatus status =
        failures.stream()
            .map(UpgradeEndpoints::status)
            .filter(each -> !each.equals(HttpResponseStatus.CONFLICT))
            .findFirst()
            .orElse(HttpResponseStatus.CONFLICT);
    return AdminResponse.problem(status, TenantJson.error(failures.get(0)), operation.json());
  }

  private static HttpResponseStatus status(SchemaOutcome outcome) {
    if (outcome instanceof SchemaOutcome.Busy
        || outcome instanceof SchemaOutcome.PutOff
        || outcome instanceof SchemaOutcome.Unmanaged) {
      return HttpResponseStatus.CONFLICT;
    }
    if (outcome instanceof SchemaOutcome.NoSuchSchema) {
      return HttpResponseStatus.NOT_FOUND;
    }
    return outcome instanceof SchemaOutcome.Failed
        ? HttpResponseStatus.INTERNAL_SERVER_ERROR
        : HttpResponseStatus.SERVICE_UNAVAILABLE;
  }

  private AdminResponse reload() {
    Reloader.Reload reload = reloader.reload();
    if (reload instanceof Reloader.Reload.Refused refused) {
      ObjectNode members = Json.object();
      ArrayNode errors = members.putArray("errors");
      refused.errors().forEach(errors::add);
      return AdminResponse.problem(
          HttpResponseStatus.UNPROCESSABLE_ENTITY,
          "the new settings or migrations can't be used; the old ones stay in force",
          members);
    }
    ObjectNode json = Json.object();
    json.put("status", "reloaded");
    ArrayNode notes = json.putArray("notes");
    ((Reloader.Reload.Done) reload).notes().forEach(notes::add);
    return AdminResponse.json(HttpResponseStatus.OK, json);
  }
}
