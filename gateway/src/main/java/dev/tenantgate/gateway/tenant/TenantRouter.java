package dev.tenantgate.gateway.tenant;

import static dev.tenantgate.gateway.tenant.Refusal.FEATURE_NOT_SUPPORTED;
import static dev.tenantgate.gateway.tenant.Refusal.INVALID_CATALOG_NAME;
import static dev.tenantgate.gateway.tenant.Refusal.INVALID_PARAMETER_VALUE;
import static dev.tenantgate.gateway.tenant.Refusal.INVALID_SCHEMA_NAME;

import dev.tenantgate.config.PassOrReject;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.TenantSettings;
import dev.tenantgate.gateway.tenant.TenantRoute.Refused;
import dev.tenantgate.gateway.tenant.TenantRoute.Routed;
import dev.tenantgate.migrator.SchemaRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tenant of a connection, and every schema that has to be up to date for it.
 *
 * <p>An explicit tenant ({@code tenantgate.tenant}) comes first. Its schema must be what the {@code
 * search_path} leads to: a path that lacks it gets it put in front, a path that leads to another
 * tenant is refused. Without an explicit tenant the {@code search_path} decides: its first tenant
 * schema is the tenant, and every tenant schema on it is gated. Without either, {@code $user} of
 * the server's default path may still lead to one. Thread-safe.
 */
public final class TenantRouter {

  private static final String HOW_TO_NAME_A_TENANT =
      "Name a tenant with search_path=%s or with options=-ctenantgate.tenant=NAME.";

  /** How many answers are remembered; each is some hundred bytes. */
  private static final int MOST_KNOWN = 4_096;

  /** A longer request isn't remembered. */
  private static final int MOST_KNOWN_CHARS = 256;

  /** Answers to what was asked before: applications that switch tenants ask at each transaction. */
  private final Map<RoutingRequest, TenantRoute> known = new ConcurrentHashMap<>();

  private final TenantSettings tenants;
  private final String database;
  private final PassOrReject others;
  private final PassOrReject replication;

  public TenantRouter(Settings settings) {
    this.tenants = settings.tenants();
    // The server cuts the startup packet's names; what is equal to it must be equal here.
    this.database = Identifier.truncate(settings.database().database());
    this.others = settings.database().others();
    this.replication = settings.database().replication();
  }

  /** Decides for one connection. Never blocks. */
  public TenantRoute route(RoutingRequest request) {
    TenantRoute route = known.get(request);
    if (route == null) {
      route = find(request);
      if (route instanceof Routed && length(request) <= MOST_KNOWN_CHARS) {
        remember(request, route);
      }
    }
    return route;
  }

  /**
   * Decides for a replication connection, which is passed ungated or not at all: what it streams is
   * no tenant's, and a server keeps all that a stream which is held back hasn't taken yet.
   */
  public TenantRoute route(ReplicationRequest request) {
    if (replication == PassOrReject.REJECT) {
      return new Refused(
          new Refusal(
              FEATURE_NOT_SUPPORTED,
              "replication connections are not served by this gateway",
              null,
              "Connect to the server itself for replication."));
    }
    if (request.asksForTenant()) {
      return new Refused(
          new Refusal(
              FEATURE_NOT_SUPPORTED,
              "a replication connection belongs to no tenant",
              "It is passed on to the server, and isn't gated.",
              "Leave out tenantgate.tenant, tenantgate.min_version and tenantgate.max_version."));
    }
    String wanted = request.database();
    return wanted == null || isServed(wanted) || others == PassOrReject.PASS
        ? new Routed(List.of(), null, request.searchPath())
        : notServed(wanted);
  }

  private boolean isServed(String name) {
    return Identifier.truncate(name).equals(database);
  }

  private void remember(RoutingRequest request, TenantRoute route) {
    if (known.size() >= MOST_KNOWN) {
      known.clear();
    }
    known.put(request, route);
  }

  private static int length(RoutingRequest request) {
    return request.user().length()
        + request.database().length()
        + (request.tenant() == null ? 0 : request.tenant().length())
        + (request.searchPath() == null ? 0 : request.searchPath().length());
  }

  private TenantRoute find(RoutingRequest request) {
    if (!isServed(request.database())) {
      return toOtherDatabase(request);
    }
    try {
      return request.tenant() != null
          ? toNamedTenant(request, request.tenant())
          : byPath(request, request.searchPath());
    } catch (InvalidSearchPathException e) {
      return new Refused(
          new Refusal(
              INVALID_PARAMETER_VALUE,
              "invalid value for parameter \"search_path\": \"" + request.searchPath() + "\"",
              "List syntax is invalid: " + e.getMessage() + ".",
              null));
    }
  }

  /**
   * The tenant whose schema this is; empty for {@code public}, the system's schemas, the gateway's
   * own and whatever doesn't fit the pattern.
   */
  public Optional<SchemaRef> tenantSchema(String schema) {
    return isReserved(schema)
        ? Optional.empty()
        : tenants.schema().tenantOf(schema).map(tenant -> new SchemaRef(schema, tenant));
  }

  /** The same of a name as a statement has it, which the server cuts. */
  public Optional<SchemaRef> namedSchema(String name) {
    return tenantSchema(Identifier.truncate(name));
  }

  /** The database that the tenants live in. */
  public String database() {
    return database;
  }

  /**
   * Where a statement is that names schemas of tenants. One that doesn't exist is the server's to
   * refuse.
   *
   * @param schemas of tenants, not empty
   */
  public Routed routeTo(List<String> schemas) {
    List<GatedSchema> gated = new ArrayList<>(schemas.size() + 1);
    gated.add(GatedSchema.of(SchemaRef.PUBLIC));
    SchemaRef first = null;
    for (String schema : schemas) {
      Optional<SchemaRef> tenant = tenantSchema(schema);
      if (tenant.isPresent()) {
        gated.add(new GatedSchema(tenant.get(), true));
        first = first == null ? tenant.get() : first;
      }
    }
    return new Routed(gated, first, null);
  }

  private TenantRoute toOtherDatabase(RoutingRequest request) {
    if (others == PassOrReject.REJECT || request.tenant() != null) {
      return notServed(request.database());
    }
    return new Routed(List.of(), null, request.searchPath());
  }

  private TenantRoute notServed(String name) {
    return new Refused(
        new Refusal(
            INVALID_CATALOG_NAME,
            "database \"" + name + "\" is not served by this gateway",
            others == PassOrReject.REJECT
                ? null
                : "Connections to it are passed on, but it has no tenants.",
            "The tenants live in database \"" + database + "\"."));
  }

  private TenantRoute toNamedTenant(RoutingRequest request, String tenant)
      throws InvalidSearchPathException {
    String schema = tenants.schema().schemaOf(tenant);
    if (tenant.isEmpty() || !canExist(schema)) {
      return new Refused(
          new Refusal(
              INVALID_SCHEMA_NAME,
              "there can be no tenant \"" + printable(tenant) + "\"",
              "Its schema would be \"" + printable(schema) + "\".",
              null));
    }
    SchemaRef named = new SchemaRef(schema, tenant);
    String given = request.searchPath();
    if (given == null) {
      String path = tenants.searchPath().replace("{schema}", Identifier.quote(schema));
      List<SchemaRef> onPath = tenantsOn(SearchPath.parse(path), request.user());
      return routed(with(named, onPath), named, path);
    }
    List<SchemaRef> onPath = tenantsOn(SearchPath.parse(given), request.user());
    if (onPath.contains(named)) {
      return routed(onPath, named, given);
    }
    if (!onPath.isEmpty()) {
      return contradiction(named, onPath.get(0));
    }
    String quoted = Identifier.quote(schema);
    return routed(List.of(named), named, given.isBlank() ? quoted : quoted + ", " + given);
  }

  private TenantRoute byPath(RoutingRequest request, @Nullable String given)
      throws InvalidSearchPathException {
    if (given == null) {
      return byUserName(request);
    }
    List<SchemaRef> onPath = tenantsOn(SearchPath.parse(given), request.user());
    return onPath.isEmpty() ? untenanted(given) : routed(onPath, onPath.get(0), given);
  }

  /** The server's default path begins with {@code "$user"}. */
  private TenantRoute byUserName(RoutingRequest request) {
    Optional<SchemaRef> own = tenantSchema(Identifier.truncate(request.user()));
    if (own.isEmpty()) {
      return untenanted(null);
    }
    boolean optional = tenants.untenanted() == PassOrReject.PASS;
    return new Routed(
        List.of(GatedSchema.of(SchemaRef.PUBLIC), new GatedSchema(own.get(), optional)),
        own.get(),
        null);
  }

  private TenantRoute untenanted(@Nullable String searchPath) {
    return switch (tenants.untenanted()) {
      case PASS -> routed(List.of(), null, searchPath);
      case REJECT ->
          new Refused(
              new Refusal(
                  INVALID_SCHEMA_NAME,
                  "the connection names no tenant",
                  searchPath == null
                      ? null
                      : "No tenant's schema is on its search_path: " + searchPath,
                  HOW_TO_NAME_A_TENANT.formatted(tenants.schema().schemaOf("NAME"))));
    };
  }

  private TenantRoute contradiction(SchemaRef named, SchemaRef onPath) {
    return new Refused(
        new Refusal(
            INVALID_PARAMETER_VALUE,
            "tenantgate.tenant names tenant \"%s\", but search_path leads to tenant \"%s\""
                .formatted(named.tenant(), onPath.tenant()),
            null,
            "Leave one of the two out."));
  }

  private static Routed routed(
      List<SchemaRef> tenants, @Nullable SchemaRef tenant, @Nullable String searchPath) {
    List<GatedSchema> gated = new ArrayList<>(tenants.size() + 1);
    gated.add(GatedSchema.of(SchemaRef.PUBLIC));
    tenants.forEach(schema -> gated.add(GatedSchema.of(schema)));
    return new Routed(gated, tenant, searchPath);
  }

  private List<SchemaRef> tenantsOn(SearchPath path, String user) {
    return path.schemas(user).stream()
        .map(this::tenantSchema)
        .flatMap(Optional::stream)
        .distinct()
        .toList();
  }

  private static List<SchemaRef> with(SchemaRef first, List<SchemaRef> others) {
    List<SchemaRef> all = new ArrayList<>(others.size() + 1);
    all.add(first);
    others.stream().filter(schema -> !schema.equals(first)).forEach(all::add);
    return all;
  }

  private static boolean canExist(String schema) {
    return schema.indexOf('\0') < 0
        && !isReserved(schema)
        && Identifier.utf8Length(schema) <= Identifier.MAX_BYTES;
  }

  /** Never a tenant's, whatever the pattern: the shared, the system's and the gateway's own. */
  private static boolean isReserved(String schema) {
    return schema.equals(SchemaRef.PUBLIC.schema())
        || schema.startsWith("pg_")
        || schema.equals("information_schema")
        || schema.equals("tenantgate");
  }

  private static String printable(String name) {
    return name.length() > 200 ? name.substring(0, 200) + "…" : name.replace('\0', '?');
  }
}
