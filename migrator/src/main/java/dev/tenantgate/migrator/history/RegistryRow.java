package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The registry's row of one schema. Written in the same transaction as the schema's history; an
 * index of the histories, never the truth.
 *
 * @param schema the schema
 * @param version the highest version that its history had as applied; null if there was none
 * @param applied how many migrations its history had as applied
 * @param failedVersion the migration that failed when it was last tried; null if none did
 * @param error its error; null if none failed
 * @param changedAt when the row was written
 * @param digest the {@link HistoryDigest} of its history; null if an earlier version wrote the row
 * @param mark the {@link HistoryMark} that its history had with that digest; null if it isn't known
 */
public record RegistryRow(
    SchemaRef schema,
    @Nullable Version version,
    int applied,
    @Nullable Version failedVersion,
    @Nullable String error,
    Instant changedAt,
    @Nullable String digest,
    @Nullable String mark) {}
