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
 * @param status whether it is applied, failed, or is on its way
 * @param failure the error of a migration that failed and was rolled back, how far one came that
 *     was interrupted; null if it was applied
 */
public record HistoryEntry(
    Version version,
    String name,
    String checksum,
    Instant appliedAt,
    int executionMillis,
    HistoryStatus status,
    @Nullable String failure) {

  /** An entry that is applied, or failed with an error. */
  public HistoryEntry(
      Version version,
      String name,
      String checksum,
      Instant appliedAt,
      int executionMillis,
      @Nullable String failure) {
    this(
        version,
        name,
        checksum,
        appliedAt,
        executionMillis,
        failure == null ? HistoryStatus.SUCCESS : HistoryStatus.FAILED,
        failure);
  }

  public boolean succeeded() {
    return status == HistoryStatus.SUCCESS;
  }
}
