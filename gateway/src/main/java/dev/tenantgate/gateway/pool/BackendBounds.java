package dev.tenantgate.gateway.pool;

import dev.tenantgate.config.PoolOverrides;
import dev.tenantgate.config.PoolOverrides.Scope;
import dev.tenantgate.config.PoolSettings;
import dev.tenantgate.gateway.backend.PoolKey;

/**
 * How many backends there may be, as one pool has to keep to it. Immutable.
 *
 * @param ofPool of its database and user
 * @param ofUser of its user, in all databases; 0 is without limit
 * @param ofDatabase of its database, of all users; 0 is without limit
 * @param ofAll of all pools
 */
record BackendBounds(int ofPool, int ofUser, int ofDatabase, int ofAll) {

  /** The bounds of a database and user. */
  static BackendBounds of(PoolSettings rules, PoolKey key) {
    PoolOverrides overrides = rules.overrides();
    return new BackendBounds(
        rules.size(),
        overrides.backends(Scope.USER, key.user()).most(),
        overrides.backends(Scope.DATABASE, key.database()).most(),
        rules.maxBackends());
  }
}
