package dev.tenantgate.migrator;

import java.time.Instant;

/**
 * A gateway among those on the database. Immutable.
 *
 * @param id its process, as leases name it
 * @param host its machine
 * @param startedAt when it took its place
 */
public record GatewayMember(String id, String host, Instant startedAt) {}
