package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.gateway.traffic.Traffic;
import dev.tenantgate.gateway.traffic.TrafficLevel;
import dev.tenantgate.gateway.traffic.TrafficTotals;
import dev.tenantgate.migrator.GatewayMember;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.plan.SchemaState;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The gateway itself, the others on its database, and its migrations. Thread-safe. */
final class FleetEndpoints {

  /** Stands for each tenant: all have the same migrations. */
  private static final SchemaRef ANY_TENANT = new SchemaRef("tenant", "tenant");

  private final GateService gateService;
  private final Traffic traffic;
  private final String version;
  private final Instant startedAt = Instant.now();

  FleetEndpoints(AdminServices services) {
    this.gateService = services.gateService();
    this.traffic = services.traffic();
    this.version = services.version();
  }

  void addTo(Routes routes) {
    routes
        .add(HttpMethod.GET, "/api/v1/info", Endpoint.immediate(request -> info()))
        .add(HttpMethod.GET, "/api/v1/gateways", Endpoint.immediate(request -> gateways()))
        .add(HttpMethod.GET, "/api/v1/pools", Endpoint.immediate(request -> pools()))
        .add(HttpMethod.GET, "/api/v1/migrations", request -> migrations());
  }

  private AdminResponse info() {
    Changelog changelog = gateService.changelog();
    ObjectNode json = Json.object();
    json.put("version", version);
    json.put("holder", gateService.migrator().operations().holder());
    json.put("started_at", startedAt.toString());
    json.put("database", gateService.settings().database().toString());
    json.put("policy", word(gateService.settings().gate().policy()));
    json.put("trigger", word(gateService.settings().migrations().trigger()));
    json.put("workers", gateService.settings().migrations().workers());
    json.put("pool_mode", word(gateService.settings().pool().mode()));
    json.put("pool_size", gateService.settings().pool().size());
    json.put("migrations", changelog.migrations().size());
    json.put("latest", changelog.latest().map(Version::toString).orElse(null));
    return AdminResponse.json(HttpResponseStatus.OK, json);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private AdminResponse gateways() {
    try {
      String here = gateService.migrator().operations().holder();
      return AdminResponse.list(
          Json.object(),
          "gateways",
          gateService.migrator().gateways().members(),
          member -> json(member, here));
    } catch (SQLException e) {
      return Problems.unreachable(gateService, e);
    }
  }

  private static ObjectNode json(GatewayMember member, String here) {
    ObjectNode json = Json.object();
    json.put("holder", member.id());
    json.put("host", member.host());
    json.put("started_at", member.startedAt().toString());
    json.put("here", member.id().equals(here));
    return json;
  }

  private AdminResponse pools() {
    List<PoolKey> keys =
        traffic.keys().stream()
            .sorted(Comparator.comparing(PoolKey::database).thenComparing(PoolKey::user))
            .toList();
    return AdminResponse.list(Json.object(), "pools", keys, this::json);
  }

  private ObjectNode json(PoolKey key) {
    TrafficTotals totals = traffic.totals(key);
    long waiting = totals.of(TrafficLevel.CLIENTS_WAITING);
    long longestWait = traffic.longestWaitNanos(key, System.nanoTime());
    ObjectNode json = Json.object();
    json.put("database", key.database());
    json.put("user", key.user());
    json.put("clients_active", Math.max(0, totals.of(TrafficLevel.CLIENTS) - waiting));
    json.put("clients_waiting", waiting);
    json.put("longest_wait_ms", TimeUnit.NANOSECONDS.toMillis(longestWait));
    json.put("servers_active", totals.of(TrafficLevel.SERVERS_ACTIVE));
    json.put("servers_idle", totals.of(TrafficLevel.SERVERS_IDLE));
    json.put("servers_connecting", totals.of(TrafficLevel.SERVERS_OPENING));
    return json;
  }

  private CompletionStage<AdminResponse> migrations() {
    return gateService
        .fleet()
        .known()
        .handle(
            (view, error) ->
                error == null ? migrations(view) : Problems.unreachable(gateService, error));
  }

  private AdminResponse migrations(FleetView view) {
    Map<Version, Integer> pending = new HashMap<>();
    int known = 0;
    for (TenantState tenant : view.tenants()) {
      if (tenant.name() != SchemaState.UNKNOWN && tenant.name() != SchemaState.UNMANAGED) {
        known++;
        for (Migration each : tenant.status().pending()) {
          pending.merge(each.version(), 1, Integer::sum);
        }
      }
    }
    int ofTenants = known;
    List<Migration> latestFirst =
        gateService.changelog().migrations().stream()
            .sorted((a, b) -> b.version().compareTo(a.version()))
            .toList();
    return AdminResponse.list(
        Json.object(),
        "migrations",
        latestFirst,
        migration ->
            json(
                migration, ofTenants, pending.getOrDefault(migration.version(), 0), view.shared()));
  }

  private ObjectNode json(
      Migration migration, int tenants, int pending, @Nullable TenantState shared) {
    ObjectNode json = Json.object();
    json.put("version", migration.version().toString());
    json.put("name", migration.name());
    json.put("scope", word(migration.scope()));
    json.put("description", migration.description());
    json.put("source", String.valueOf(migration.source().getFileName()));
    boolean ofTenants = gateService.changelog().of(ANY_TENANT).contains(migration);
    json.put("tenants_applied", ofTenants ? tenants - pending : 0);
    json.put("tenants_pending", ofTenants ? pending : 0);
    json.put("public", ofPublic(migration, shared));
    return json;
  }

  private @Nullable String ofPublic(Migration migration, @Nullable TenantState shared) {
    if (shared == null || !gateService.changelog().of(shared.schema()).contains(migration)) {
      return null;
    }
    return shared.status().pending().contains(migration) ? "pending" : "applied";
  }
}
