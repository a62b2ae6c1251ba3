package dev.tenantgate.gateway.pool;

import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.PoolKey;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the pool as they hold for one database and user, worked out when others come into
 * force. Thread-safe.
 */
final class OwnRules {

  private final PoolServices services;
  private final PoolKey key;
  private volatile @Nullable Found found;

  /** The settings that were found, and those they were found in. */
  private record Found(
      PoolSettings in, PoolSettings rules, boolean limitsShares, BackendBounds bounds) {}

  OwnRules(PoolServices services, PoolKey key) {
    this.services = services;
    this.key = key;
  }

  /** The settings in force. */
  PoolSettings get() {
    return found().rules();
  }

  /** Whether any tenant may have so many backends of a pool only. */
  boolean limitsShares() {
    return found().limitsShares();
  }

  /** How many backends there may be. */
  BackendBounds bounds() {
    return found().bounds();
  }

  @SuppressWarnings("ReferenceEquality") // other settings are another object; asked at each lease
  private Found found() {
    PoolSettings all = services.rules();
    Found known = found;
    if (known == null || known.in() != all) {
      PoolSettings own = all.of(key.database(), key.user());
      known = new Found(all, own, all.limitsTenantShares(), BackendBounds.of(own, key));
      found = known;
    }
    return known;
  }
}
