package dev.tenantgate.migrator.foreign;

import dev.tenantgate.migrator.SchemaRef;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Another tool's history of one schema. Immutable.
 *
 * @param table where it stands
 * @param place whose it is
 * @param applied what it has as applied, in the order in which that was done; empty for a tool that
 *     keeps but one version
 * @param upTo everything up to this version counts as applied, by a tool that keeps but one, or by
 *     its baseline; null if there is none
 * @param fingerprint of its rows: how many, and a number that changes with any of them
 * @param fault why it can't be gone by: a migration that failed or didn't end, rows that can't be
 *     read. Null if it can.
 */
public record ForeignHistory(
    ForeignTable table,
    Place place,
    List<AppliedMigration> applied,
    @Nullable String upTo,
    String fingerprint,
    @Nullable String fault) {

  /** The place of a history, which tells whose it is. */
  public enum Place {
    /** The schema's own, inside it. */
    OWN,
    /** A table for all tenants; these rows are the schema's. */
    ROWS,
    /** A table for all schemas alike. */
    COMMON
  }

  public ForeignHistory {
    applied = List.copyOf(applied);
  }

  /**
   * A query that still has the history's fingerprint as its result if none of its rows changed.
   *
   * @param schema whose history it is
   */
  public String fingerprintQuery(SchemaRef schema) {
    List<String> tenants = new ArrayList<>(List.of(schema.schema()));
    if (schema.tenant() != null) {
      tenants.add(schema.tenant());
    }
    return ForeignSelect.fingerprint(table, place == Place.ROWS ? tenants : null);
  }

  /** Why a table isn't read that somebody has locked. */
  static final String LOCKED = "it is locked by another session";

  /** Whether its table is locked, as its tool may do while it is at work. */
  public boolean isLocked() {
    return LOCKED.equals(fault);
  }

  /** Whether its rows aren't known, or can't be those of the tool; else its fault is the tool's. */
  public boolean isUnreadable() {
    return fault != null && fault.startsWith("it ");
  }

  /** Whether it says that anything was applied. */
  public boolean tellsOfMigrations() {
    return !applied.isEmpty() || upTo != null;
  }

  /** Its latest version or name, as the tool writes it; null if it tells of none. */
  public @Nullable String latest() {
    List<AppliedMigration> versioned =
        applied.stream().filter(each -> !each.isRepeatable()).toList();
    if (versioned.isEmpty() && (upTo != null || applied.isEmpty())) {
      return upTo;
    }
    List<AppliedMigration> of = versioned.isEmpty() ? applied : versioned;
    AppliedMigration last = of.get(of.size() - 1);
    return last.version() == null ? last.name() : last.version();
  }

  /** Tool, place, and where it stands, in a phrase. */
  public String describe() {
    String state;
    if (fault != null) {
      state = fault;
    } else if (!tellsOfMigrations()) {
      state = "no migration applied";
    } else if (applied.isEmpty()) {
      state = "at version " + upTo;
    } else {
      state = "%d applied, the last is %s".formatted(applied.size(), latest());
    }
    String whose =
        switch (place) {
          case OWN -> "";
          case ROWS -> ", its rows there";
          case COMMON -> ", for all schemas";
        };
    return "%s (%s%s): %s".formatted(table.label(), table, whose, state);
  }

  @Override
  public String toString() {
    return describe();
  }
}
