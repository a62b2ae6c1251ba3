package dev.tenantgate.migrator.lease;

import dev.tenantgate.migrator.SchemaRef;
import java.time.Instant;

/**
 * The right to migrate one schema, as it stands in the database.
 *
 * @param schema the schema
 * @param holder the process that has it: host, process id and a random part
 * @param token grows each time the lease changes hands, so that an earlier holder is told apart
 * @param acquiredAt when it was taken, by the server's clock
 * @param expiresAt until when it is good unless it is extended, by the server's clock
 */
public record MigrationLease(
    SchemaRef schema, String holder, long token, Instant acquiredAt, Instant expiresAt) {}
