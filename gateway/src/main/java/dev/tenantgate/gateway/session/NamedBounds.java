package dev.tenantgate.gateway.session;

import dev.tenantgate.config.PoolOverrides;
import dev.tenantgate.config.PoolOverrides.Bound;
import dev.tenantgate.config.PoolOverrides.Scope;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.pool.PoolServices;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The limits of single users, databases and tenants that are in force, and how much of each is
 * used. Of {@code *} the name counts that has most. Thread-safe.
 */
public final class NamedBounds {

  private static final String OTHERS = "*";

  private final Supplier<PoolSettings> settings;
  private final ClientCounts clients;
  private final OwnBackends ownBackends;
  private final PoolServices pools;

  /**
   * A limit, and how much of it is used.
   *
   * @param of {@code connections} or {@code backends}
   */
  public record Use(Scope scope, String name, String of, int limit, int used) {}

  NamedBounds(
      Supplier<PoolSettings> settings,
      ClientCounts clients,
      OwnBackends ownBackends,
      PoolServices pools) {
    this.settings = settings;
    this.clients = clients;
    this.ownBackends = ownBackends;
    this.pools = pools;
  }

  /** The bounds in force. */
  public List<Use> all() {
    PoolSettings pool = settings.get();
    PoolOverrides overrides = pool.overrides();
    List<Use> uses = new ArrayList<>();
    for (Scope scope : Scope.values()) {
      for (String name : overrides.names(scope)) {
        add(
            uses,
            scope,
            name,
            "connections",
            each -> overrides.clients(scope, each),
            clients.all(scope));
        if (scope != Scope.TENANT) {
          add(
              uses,
              scope,
              name,
              "backends",
              each -> overrides.backends(scope, each),
              backends(scope));
        }
      }
    }
    return uses;
  }

  /** How many clients one has. */
  public int clients(Scope scope, String name) {
    return clients.of(scope, name);
  }

  /** How many backends each user or database has. */
  public Map<String, Integer> backends(Scope scope) {
    return settings.get().mode() == PoolSettings.Mode.SESSION
        ? ownBackends.all(scope)
        : pools.backends(scope);
  }

  private static void add(
      List<Use> uses,
      Scope scope,
      String name,
      String of,
      Function<String, Bound> bounds,
      Map<String, Integer> used) {
    Bound bound = bounds.apply(name);
    if (bound.most() > 0 && PoolOverrides.isOwn(bound, scope, name)) {
      int most =
          name.equals(OTHERS)
              ? used.entrySet().stream()
                  .filter(each -> bounds.apply(each.getKey()).equals(bound))
                  .mapToInt(Map.Entry::getValue)
                  .max()
                  .orElse(0)
              : used.getOrDefault(name, 0);
      uses.add(new Use(scope, name, of, bound.most(), most));
    }
  }
}
