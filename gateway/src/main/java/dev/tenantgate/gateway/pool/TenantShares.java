package dev.tenantgate.gateway.pool;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.backend.Standing;
import dev.tenantgate.migrator.SchemaRef;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How many backends of one database and user each tenant has, where that is limited: on all event
 * loops together. A pool whose waiters have to wait for their tenant's share says so, and is called
 * when one is given back. Thread-safe.
 */
final class TenantShares {

  /** Of a lease that isn't counted. */
  private static final Standing.Share UNLIMITED = () -> {};

  private final OwnRules rules;
  private final Map<Object, Share> shares = new ConcurrentHashMap<>();
  private final Set<BackendPool> blocked = ConcurrentHashMap.newKeySet();

  /** How many pools count here. Guarded by {@link PoolServices}. */
  private int pools;

  TenantShares(PoolServices services, PoolKey key) {
    this.rules = new OwnRules(services, key);
  }

  /** Another pool counts here. */
  TenantShares entered() {
    pools++;
    return this;
  }

  /** One does no more; whether another does. */
  boolean left(BackendPool pool) {
    blocked.remove(pool);
    return --pools > 0;
  }

  /**
   * Takes one of a tenant's backends.
   *
   * @return to be ended with the lease; null if the tenant has as many as it may
   */
  Standing.@Nullable Share take(Object tenant) {
    if (!rules.limitsShares()) {
      return UNLIMITED;
    }
    while (true) {
      Share share = shares.computeIfAbsent(tenant, Share::new);
      int lent = share.lent.get();
      if (lent == Share.GONE) {
        continue; // another takes its place
      }
      if (lent >= share.most(rules.get())) {
        return null;
      }
      if (share.lent.compareAndSet(lent, lent + 1)) {
        return share;
      }
    }
  }

  /**
   * Has a pool called when a share is given back.
   *
   * @return whether it has to look once more: one may have been given back meanwhile
   */
  boolean await(BackendPool pool) {
    return blocked.add(pool);
  }

  private void wake() {
    for (BackendPool pool : List.copyOf(blocked)) {
      if (blocked.remove(pool)) {
        pool.eventLoop().execute(pool::serveWaiters);
      }
    }
  }

  /** How many backends one tenant has. */
  private final class Share implements Standing.Share {

    /** Nobody counts here any more. */
    static final int GONE = -1;

    private final Object tenant;
    private final AtomicInteger lent = new AtomicInteger();
    private volatile @Nullable Limit limit;

    /** How many there may be, in which settings. */
    private record Limit(PoolSettings in, int most) {}

    Share(Object tenant) {
      this.tenant = tenant;
    }

    @SuppressWarnings("ReferenceEquality") // other settings are another object
    int most(PoolSettings in) {
      Limit known = limit;
      if (known == null || known.in() != in) {
        String name = tenant instanceof SchemaRef schema ? schema.tenant() : null;
        int most = name == null ? in.sizePerTenant() : in.tenantShare(name).most();
        known = new Limit(in, most == 0 ? Integer.MAX_VALUE : most);
        limit = known;
      }
      return known.most();
    }

    @Override
    public void end() {
      if (lent.decrementAndGet() == 0 && lent.compareAndSet(0, GONE)) {
        shares.remove(tenant, this);
      }
      if (!blocked.isEmpty()) {
        wake();
      }
    }
  }
}
