package dev.tenantgate.migrator.foreign;

import java.time.LocalDateTime;
import org.jspecify.annotations.Nullable;

/**
 * One migration that another tool's history has as applied. Immutable.
 *
 * @param version as the tool has it: {@code 20240131120000}, {@code 1.2}; null where it keeps names
 * @param name as the tool has it: {@code 001_create_users.sql}, {@code 0001_initial}; null where it
 *     keeps versions
 * @param group what the name is unique in: Django's app, Liquibase's file and author; else null
 * @param appliedAt when, in UTC where the tool keeps a zone, else as it stands there; null where it
 *     keeps no time
 * @param tag what Liquibase calls the state that was reached with it; else null
 * @param repeatable of a repeatable migration of Flyway's, its checksum there; else null
 */
public record AppliedMigration(
    @Nullable String version,
    @Nullable String name,
    @Nullable String group,
    @Nullable LocalDateTime appliedAt,
    @Nullable String tag,
    @Nullable String repeatable) {

  /** Whether it is applied again whenever its file has changed. */
  public boolean isRepeatable() {
    return repeatable != null;
  }

  /** As people find it in the old history. */
  @Override
  public String toString() {
    String own =
        version == null ? String.valueOf(name) : name == null ? version : version + " " + name;
    return group == null ? own : group + ": " + own;
  }
}
