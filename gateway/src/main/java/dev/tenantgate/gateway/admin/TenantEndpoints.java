package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.gateway.tenant.HistorySnapshot;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ExternalTool;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.provision.TenantCreation;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tenants: all, one, a new one. Thread-safe. */
final class TenantEndpoints {

  /** A list is no older than this. */
  private static final long MAX_AGE_NANOS = Duration.ofMillis(500).toNanos();

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
    String filter = request.parameter("state");
    SchemaState state = filter == null ? null : state(filter);
    if (filter != null && state == null) {
      String known =
          Arrays.stream(SchemaState.values())
              .map(SchemaState::label)
              .collect(Collectors.joining(", "));
      return CompletableFuture.completedFuture(
          AdminResponse.problem(
              HttpResponseStatus.BAD_REQUEST,
              "there is no state \"%s\"; the states are %s".formatted(filter, known)));
    }
    return gateService
        .fleet()
        .surveyed(MAX_AGE_NANOS)
        .handle(
            (view, error) ->
                error == null ? list(view, state) : Problems.unreachable(gateService, error));
  }

  private AdminResponse list(FleetView view, @Nullable SchemaState only) {
    ObjectNode json = Json.object();
    json.put("required", required());
    if (view.shared() == null) {
      json.putNull("public");
    } else {
      json.set("public", TenantJson.state(view.shared()));
    }
    json.put("held", gateService.gate().held());
    List<TenantState> tenants =
        only == null
            ? view.tenants()
            : view.tenants().stream().filter(tenant -> tenant.name() == only).toList();
    return AdminResponse.list(json, "tenants", tenants, this::withHeld);
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
    ObjectNode json = withHeld(known instanceof TenantState.Migrating migrating ? migrating : read);
    json.put("required", required());
    json.set("in_transaction", sessions);
    json.set("history", TenantJson.history(snapshot.history()));
    return AdminResponse.json(HttpResponseStatus.OK, json);
  }

  private ObjectNode withHeld(TenantState tenant) {
    ObjectNode json = TenantJson.state(tenant);
    json.put("held", gateService.gate().held(tenant.schema()));
    return json;
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

  private static @Nullable SchemaState state(String label) {
    String wanted = label.toLowerCase(Locale.ROOT);
    return Arrays.stream(SchemaState.values())
        .filter(state -> state.label().equals(wanted))
        .findFirst()
        .orElse(null);
  }
}
