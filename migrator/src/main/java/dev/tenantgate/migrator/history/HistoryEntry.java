package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.changelog.Version;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One row of a schema's history.
 *
 * @param version the migration
 * @param name the migration's name when it ran
 * @param checksum the migration's checksum when it ran
 * @param appliedAt when
 * @param executionMillis how long; -1 if not known
 * @param failure the error of a migration that failed and was rolled back; null if it was applied
 */
public record HistoryEntry(
    Version version,
    String name,
    String checksum,
    Instant appliedAt,
    int executionMillis,
    @Nullable String failure) {

  public boolean succeeded() {
    return failure == null;
  }
}
