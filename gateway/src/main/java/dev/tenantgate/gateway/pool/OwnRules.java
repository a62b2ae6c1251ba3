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

  /** What was found, and in which settings. */
  private record Found(PoolSettings in, PoolSettings rules) {}

  OwnRules(PoolServices services, PoolKey key) {
    this.services = services;
    this.key = key;
  }

  /** Those in force. */
  PoolSettings get() {
    PoolSettings all = services.rules();
    Found known = found;
    if (known == null || known.in() != all) {
      known = new Found(all, all.of(key.database(), key.user()));
      found = known;
    }
    return known.rules();
  }
}
