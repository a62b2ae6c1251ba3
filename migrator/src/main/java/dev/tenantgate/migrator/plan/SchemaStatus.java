package dev.tenantgate.migrator.plan;

import dev.tenantgate.config.UnmanagedPolicy.Baseline;
import dev.tenantgate.config.UnmanagedPolicy.Migrate;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ExternalTool;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.ExternalHistory;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.HistoryStatus;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.Unmanaged;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A schema's history held against the changelog and a required version. Immutable.
 *
 * @param schema the schema
 * @param state where it stands
 * @param version the highest version applied without a gap before it; null if there is none
 * @param applied how many migrations are applied
 * @param pending what it still needs to reach the required version, by rising version; its size is
 *     the lag
 * @param error why it failed or can't be trusted (failed migration, changed checksum), naming the
 *     migration; else null. A changed checksum is told even of a schema that lacks nothing.
 * @param unmanaged what is in an unmanaged schema, and what to do; null of any other
 * @param external where it stands with the tool that migrates it; null where this migrator does
 */
public record SchemaStatus(
    SchemaRef schema,
    SchemaState state,
    @Nullable Version version,
    int applied,
    List<Migration> pending,
    @Nullable String error,
    @Nullable Unmanaged unmanaged,
    @Nullable ExternalStanding external) {

  public SchemaStatus {
    pending = List.copyOf(pending);
  }

  /** Where a schema stands that isn't unmanaged. */
  public SchemaStatus(
      SchemaRef schema,
      SchemaState state,
      @Nullable Version version,
      int applied,
      List<Migration> pending,
      @Nullable String error) {
    this(schema, state, version, applied, pending, error, null, null);
  }

  /**
   * Holds a history against a changelog. Pure, and linear in the number of migrations.
   *
   * <p>A recorded failure counts only while the file is still the one that failed: an edited file
   * makes the schema merely behind, and so does one that was interrupted between its statements. A
   * migration that was changed after it was applied makes a schema that still needs others failed,
   * since what they build on isn't known.
   */
  public static SchemaStatus of(SchemaHistory history, Changelog changelog, Target target) {
    SchemaRef schema = history.schema();
    boolean asksNothing = changelog.of(schema).isEmpty();
    if (schema.isPublic() && asksNothing) {
      // It may be missing, or belong to another tool altogether.
      return new SchemaStatus(schema, SchemaState.CURRENT, null, 0, List.of(), null);
    }
    if (!history.exists()) {
      return new SchemaStatus(
          schema, SchemaState.UNKNOWN, null, 0, List.of(), "there is no schema " + schema);
    }
    ExternalTool external = changelog.external();
    if (external != null && !asksNothing) {
      return ExternalStatus.of(history, external, changelog, target);
    }
    Unmanaged unmanaged = history.unmanagedBy(changelog);
    if (unmanaged != null && !asksNothing && !(changelog.unmanaged() instanceof Migrate)) {
      if (changelog.unmanaged() instanceof Baseline baseline && unmanaged.tool() == null) {
        return yetToBeRecorded(history, changelog, target, new Version(baseline.version()));
      }
      return new SchemaStatus(
          schema, SchemaState.UNMANAGED, null, 0, List.of(), unmanaged.what(), unmanaged, null);
    }
    String unreadable = history.unreadable();
    if (unreadable != null) {
      return new SchemaStatus(schema, SchemaState.UNKNOWN, null, 0, List.of(), unreadable);
    }
    return new Comparison(history, changelog, target).status();
  }

  /**
   * Where a schema stands while there is no migration to hold it against: what is in it counts, and
   * others' histories of it.
   */
  public static SchemaStatus withoutMigrations(SchemaHistory history, Changelog none) {
    Unmanaged unmanaged = history.unmanagedBy(none);
    return unmanaged == null
        ? of(history, none, new Target.Latest())
        : new SchemaStatus(
            history.schema(),
            SchemaState.UNMANAGED,
            null,
            0,
            List.of(),
            unmanaged.what(),
            unmanaged,
            null);
  }

  /**
   * A schema that counts as having everything up to a version, as soon as that is recorded. It lags
   * until then, even where that makes it lack nothing.
   */
  private static SchemaStatus yetToBeRecorded(
      SchemaHistory history, Changelog changelog, Target target, Version baseline) {
    List<Migration> pending =
        changelog.of(history.schema()).stream()
            .filter(migration -> migration.version().compareTo(baseline) > 0)
            .filter(migration -> target.includes(migration, changelog))
            .toList();
    boolean recorded =
        changelog.of(history.schema()).stream()
            .noneMatch(migration -> migration.version().compareTo(baseline) <= 0);
    SchemaState state = recorded && pending.isEmpty() ? SchemaState.CURRENT : SchemaState.BEHIND;
    return new SchemaStatus(history.schema(), state, null, 0, pending, null);
  }

  /**
   * The error about the first applied migration that differs from the changelog's; null if there is
   * none. A schema that has one isn't migrated.
   */
  public static @Nullable String changedMigration(SchemaHistory history, Changelog changelog) {
    return new Comparison(history, changelog, new Target.Latest()).changed;
  }

  /** The highest version that is a number of what another tool has applied; null if none is. */
  public static @Nullable Version highestOf(ExternalHistory external) {
    return ExternalStatus.highestNumber(external);
  }

  /** Whether nothing needs to be done to the schema. */
  public boolean hasAllThatIsRequired() {
    return state == SchemaState.CURRENT || state == SchemaState.AHEAD;
  }

  /** The state while a run is going on, which only those who see the leases know. */
  public SchemaStatus migrating() {
    return new SchemaStatus(
        schema, SchemaState.MIGRATING, version, applied, pending, error, unmanaged, external);
  }

  /** The error about an applied migration that differs from the changelog's. */
  private static @Nullable String changed(Map<Version, HistoryEntry> entries, Migration migration) {
    HistoryEntry entry = entries.get(migration.version());
    return entry == null || !entry.succeeded() || entry.checksum().equals(migration.checksum())
        ? null
        : ("migration %s was changed after it was applied: its checksum was %s, that of %s is %s;"
                + " put the file back, or take it as it is: migrate repair --adopt-checksums")
            .formatted(
                migration,
                shortened(entry.checksum()),
                migration.source().getFileName(),
                shortened(migration.checksum()));
  }

  private static String shortened(String checksum) {
    return checksum.length() > 12 ? checksum.substring(0, 12) + "…" : checksum;
  }

  /** One history against one changelog, while they are compared. */
  private static final class Comparison {

    private final SchemaHistory history;
    private final Changelog changelog;
    private final Map<Version, HistoryEntry> entries = new HashMap<>();
    private final List<Migration> pending = new ArrayList<>();
    private @Nullable Version contiguous;
    private boolean gap;
    private @Nullable String changed;

    Comparison(SchemaHistory history, Changelog changelog, Target target) {
      this.history = history;
      this.changelog = changelog;
      for (HistoryEntry entry : history.entries()) {
        entries.put(entry.version(), entry);
      }
      for (Migration migration : changelog.of(history.schema())) {
        compare(migration, target);
      }
    }

    private void compare(Migration migration, Target target) {
      HistoryEntry entry = entries.get(migration.version());
      if (migration.isRepeatable()) {
        boolean done =
            entry != null && entry.succeeded() && entry.checksum().equals(migration.checksum());
        if (!done && target.includes(migration, changelog)) {
          pending.add(migration);
        }
        return;
      }
      if (entry != null && entry.succeeded()) {
        if (!gap) {
          contiguous = migration.version();
        }
        if (changed == null) {
          changed = changed(entries, migration);
        }
      } else {
        gap = true;
        if (target.includes(migration.version())) {
          pending.add(migration);
        }
      }
    }

    SchemaStatus status() {
      int applied = 0;
      boolean unknown = false;
      Version highest = null;
      for (HistoryEntry entry : history.entries()) {
        if (entry.succeeded()) {
          applied++;
          if (entry.version().isRepeatable()) {
            continue;
          }
          highest = entry.version();
          unknown |= changelog.find(entry.version()).isEmpty();
        }
      }
      Version version = gap ? contiguous : highest;
      if (pending.isEmpty()) {
        SchemaState state = unknown ? SchemaState.AHEAD : SchemaState.CURRENT;
        return new SchemaStatus(history.schema(), state, version, applied, pending, changed);
      }
      String error = changed != null ? changed : failure(pending.get(0));
      SchemaState state = error == null ? SchemaState.BEHIND : SchemaState.FAILED;
      return new SchemaStatus(history.schema(), state, version, applied, pending, error);
    }

    private @Nullable String failure(Migration first) {
      HistoryEntry entry = entries.get(first.version());
      return entry == null
              || entry.status() != HistoryStatus.FAILED
              || !entry.checksum().equals(first.checksum())
          ? null
          : "migration %s failed: %s".formatted(first, entry.failure());
    }
  }
}
