package dev.tenantgate.gateway.tenant;

import org.jspecify.annotations.Nullable;

/**
 * The parts of a StartupMessage by which a connection is routed.
 *
 * @param user whose name {@code "$user"} stands for
 * @param database the database, as the startup packet has it
 * @param tenant {@code tenantgate.tenant}; null if it isn't given
 * @param searchPath {@code search_path}, as it was given; null if it isn't
 */
public record RoutingRequest(
    String user, String database, @Nullable String tenant, @Nullable String searchPath) {}
