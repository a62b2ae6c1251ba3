package dev.tenantgate.gateway.tenant;

import org.jspecify.annotations.Nullable;

/**
 * The database and the tenant that a replication connection names.
 *
 * @param database the database whose changes it is for (logical replication); null where it is for
 *     the whole server's (physical replication)
 * @param asksForTenant whether it names a tenant, or the versions that it needs
 * @param searchPath {@code search_path}, as it was given; null if it isn't
 */
public record ReplicationRequest(
    @Nullable String database, boolean asksForTenant, @Nullable String searchPath) {}
