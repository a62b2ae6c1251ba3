package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.changelog.Version;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that was done to a schema.
 *
 * @param schema the schema's name
 * @param version the migration that it was done with
 * @param name the migration's name at that time
 * @param action {@code up}, {@code down}, {@code baseline}, {@code clear failure}, {@code adopt
 *     checksum}
 * @param by who did it: {@code user@host as role}
 * @param at when
 * @param millis how long it took; -1 if it ran no statement of a migration
 * @param error why it failed and was rolled back; null if it succeeded
 */
public record JournalEntry(
    String schema,
    Version version,
    String name,
    String action,
    String by,
    Instant at,
    int millis,
    @Nullable String error) {}
