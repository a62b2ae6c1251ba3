package dev.tenantgate.gateway.session;

import dev.tenantgate.config.PoolOverrides;
import dev.tenantgate.config.PoolOverrides.Bound;
import dev.tenantgate.config.PoolOverrides.Scope;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.gateway.startup.SessionRequest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One client's place among those of its user, its database and its tenant: taken once it has proved
 * who it is, and known where it goes, before it can wait at the gate. Event-loop confined.
 */
final class ClientPlace {

  private final SessionServices services;
  private @Nullable SessionRequest request;
  private @Nullable String tenant;

  ClientPlace(SessionServices services) {
    this.services = services;
  }

  private PoolSettings pool() {
    return services.settings().pool();
  }

  /**
   * The client has proved to be its user.
   *
   * @return why there is no place for it; null if there is
   */
  @Nullable Report enter(SessionRequest who) {
    if (request != null) {
      return null;
    }
    PoolOverrides overrides = pool().overrides();
    Report refusal = enter(Scope.USER, who.user(), overrides);
    if (refusal == null) {
      refusal = enter(Scope.DATABASE, who.database(), overrides);
      if (refusal == null) {
        request = who;
      } else {
        services.counts().leave(Scope.USER, who.user());
      }
    }
    return refusal;
  }

  private @Nullable Report enter(Scope scope, String name, PoolOverrides overrides) {
    Bound bound = overrides.clients(scope, name);
    return services.counts().enter(scope, name, bound) ? null : full(scope, name, bound);
  }

  /**
   * It is known where the client goes.
   *
   * @param name the tenant's; null for nobody's
   * @return why there is no place for it; null if there is
   */
  @Nullable Report enterTenant(@Nullable String name) {
    if (name == null || name.equals(tenant)) {
      return null;
    }
    Bound bound = pool().overrides().clients(Scope.TENANT, name);
    if (!services.counts().enter(Scope.TENANT, name, bound)) {
      return full(Scope.TENANT, name, bound);
    }
    leaveTenant();
    tenant = name;
    return null;
  }

  /** Why the client may not go to another tenant; null if it may. */
  @Nullable Report objection(@Nullable String other) {
    PoolOverrides overrides = pool().overrides();
    if (other == null || other.equals(tenant) || overrides.values().isEmpty()) {
      return null;
    }
    Bound bound = overrides.clients(Scope.TENANT, other);
    boolean admits = bound.admits(services.counts().of(Scope.TENANT, other) + 1);
    return admits ? null : full(Scope.TENANT, other, bound).asError();
  }

  /** The client has gone to another tenant; null for nobody's. */
  void moveTo(@Nullable String other) {
    if (request != null && !Objects.equals(other, tenant)) {
      leaveTenant();
      if (other != null) {
        tenant = other;
        services.counts().enter(Scope.TENANT, other, Bound.NONE);
      }
    }
  }

  private void leaveTenant() {
    String left = tenant;
    if (left != null) {
      tenant = null;
      services.counts().leave(Scope.TENANT, left);
    }
  }

  /** The session is over. */
  void leave() {
    leaveTenant();
    SessionRequest who = request;
    if (who != null) {
      request = null;
      services.counts().leave(Scope.USER, who.user());
      services.counts().leave(Scope.DATABASE, who.database());
    }
  }

  private static Report full(Scope scope, String name, Bound bound) {
    String whose =
        switch (scope) {
          case USER -> "user \"" + name + "\"";
          case DATABASE -> "database \"" + name + "\"";
          case TENANT -> "tenant " + name;
        };
    return Report.fatal(
        SqlState.TOO_MANY_CONNECTIONS,
        "too many connections for %s: there may be %d (%s)"
            .formatted(whose, bound.most(), bound.key()));
  }
}
