package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.tenant.Fleet;
import dev.tenantgate.gateway.tenant.HistorySnapshot;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ExternalTool;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Tenants: all, one, a new one. Thread-safe. */
final class TenantEndpoints {

  private final GateService gateService;

  TenantEndpoints(GateService gateService) {
    this.gateService = gateService;
  }

  void addTo(Routes routes) {
    routes
        .add(HttpMethod.GET, "/api/v1/tenants", this::list)
        .add(HttpMethod.POST, "/api/v1/tenants", Endpoint.immediate(this::create))
        // Where applications made tenants themselves before, this is what they called.
        .add(HttpMethod.POST, "/api/tenants/create", Endpoint.immediate(this::create))
        .add(HttpMethod.GET, "/api/v1/tenants/*", this::show);
  }

  private CompletionStage<AdminResponse> list(AdminRequest request) {
    TenantQuery query;
    try {
      query = TenantQuery.of(request);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture(Problems.badRequest(String.valueOf(e.getMessage())));
    }
    Fleet fleet = gateService.fleet();
    return (request.flag("refresh") ? fleet.survey() : fleet.known())
        .handle(
            (view, error) ->
                error == null
                    ? tenants().answer(view, query)
                    : Problems.unreachable(gateService, error));
  }

  private TenantList tenants() {
    return new TenantList(
        gateService.gate()::held,
        gateService.gate().held(),
        gateService.migrator().tenants()::schemaOf,
        required());
  }

  private CompletionStage<AdminResponse> show(AdminRequest request) {
    String tenant = request.segments().get(3);
    SchemaRef schema = gateService.migrator().tenants().schemaOf(tenant);
    return gateService
        .directory()
        .refresh(schema)
        .handle(
            (snapshot, error) ->
                error == null
                    ? show(schema, snapshot)
                    : CompletableFuture.completedFuture(Problems.unreachable(gateService, error)))
        .thenCompose(answer -> answer);
  }

  private CompletionStage<AdminResponse> show(SchemaRef schema, HistorySnapshot snapshot) {
    return SessionEndpoints.ofTenant(gateService.sessions(), String.valueOf(schema.tenant()))
        .thenApply(sessions -> show(schema, snapshot, sessions));
  }

  private AdminResponse show(SchemaRef schema, HistorySnapshot snapshot, ArrayNode sessions) {
    if (!snapshot.exists()) {
      return Problems.noSuchTenant(schema);
    }
    TenantState known = gateService.fleet().state(schema);
    TenantState read = snapshot.state(gateService.changelog(), gateService.target());
    ObjectNode json =
        tenants().withHeld(known instanceof TenantState.Migrating migrating ? migrating : read);
    json.put("required", required());
    json.set("pending_migrations", TenantJson.pending(read));
    json.set("in_transaction", sessions);
    json.set("history", TenantJson.history(snapshot.history()));
    return AdminResponse.json(HttpResponseStatus.OK, json);
  }

  private AdminResponse create(AdminRequest request) {
    TenantRequest wanted;
    try {
      wanted = TenantRequest.read(request.body());
    } catch (IllegalArgumentException e) {
      return Problems.badRequest(String.valueOf(e.getMessage()));
    }
    AdminResponse refused = Problems.notRunnable(gateService);
    return refused == null
        ? created(gateService.createTenant(wanted.tenant(), wanted.values()))
        : refused;
  }

  private static AdminResponse created(TenantCreation creation) {
    if (creation instanceof TenantCreation.Created done) {
      ObjectNode json = Json.object();
      json.put("tenant", done.schema().tenant());
      json.put("schema", done.schema().schema());
      ArrayNode applied = json.putArray("applied");
      done.applied().forEach(version -> applied.add(version.toString()));
      json.put("elapsed_ms", done.elapsed().toMillis());
      return AdminResponse.json(HttpResponseStatus.CREATED, json)
          .at(path(String.valueOf(done.schema().tenant())));
    }
    if (creation instanceof TenantCreation.AlreadyExists there) {
      return AdminResponse.problem(
          HttpResponseStatus.CONFLICT,
          "schema \"%s\" exists already".formatted(there.schema().schema()));
    }
    if (creation instanceof TenantCreation.InvalidName invalid) {
      return Problems.badRequest(
          "\"%s\" can't be a tenant's name: %s".formatted(invalid.tenant(), invalid.reason()));
    }
    if (creation instanceof TenantCreation.Incomplete incomplete) {
      return Problems.badRequest(incomplete.reason());
    }
    if (creation instanceof TenantCreation.Failed failed) {
      ObjectNode members = Json.object();
      members.put(
          "migration", failed.migration() == null ? null : failed.migration().version().toString());
      members.put("sqlstate", failed.sqlState());
      return AdminResponse.problem(
          HttpResponseStatus.INTERNAL_SERVER_ERROR, failed.error(), members);
    }
    return AdminResponse.problem(
        HttpResponseStatus.SERVICE_UNAVAILABLE, ((TenantCreation.Unreachable) creation).error());
  }

  private static String path(String tenant) {
    return "/api/v1/tenants/"
        + URLEncoder.encode(tenant, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private @Nullable String required() {
    ExternalTool external = gateService.changelog().external();
    if (external != null) {
      return external.requirement().toString();
    }
    return gateService.target() instanceof Target.UpTo upTo
        ? upTo.version().toString()
        : gateService.changelog().latest().map(Version::toString).orElse(null);
  }
}
