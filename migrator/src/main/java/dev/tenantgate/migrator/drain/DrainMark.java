package dev.tenantgate.migrator.drain;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A schema that somebody is about to migrate. Immutable.
 *
 * @param schema its name
 * @param token of the lease under which it will be; the next drain of the schema has a higher one
 * @param holder the process that does it, as leases name it
 * @param cancelIn how long transactions under way may still take before they are to be cancelled;
 *     null if they never are
 * @param proof by which the holder is known to announce the end; null if it doesn't
 */
public record DrainMark(
    String schema,
    long token,
    String holder,
    @Nullable Duration cancelIn,
    @Nullable String proof) {}
