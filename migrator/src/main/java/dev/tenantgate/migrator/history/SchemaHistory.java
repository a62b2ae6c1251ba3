package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.foreign.ForeignHistory;
import dev.tenantgate.migrator.foreign.HistoryMatch;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The history of a schema, as its own table has it. Immutable.
 *
 * @param schema the schema
 * @param exists whether the schema exists at all
 * @param table whether its history table is there
 * @param entries by rising version; empty if there is no table
 * @param unreadable why the history can't be read, such as a table of the same name that belongs to
 *     another tool; such a schema's history is never written to. Null if it can.
 * @param unmanaged what is in the schema that no history tells of; null if there is nothing, or the
 *     history tells that migrations were applied
 * @param blank whether nothing was applied, as far as is known, and nothing is in the schema either
 * @param external what another tool's history says, where that one migrates; null where this
 *     migrator does
 */
public record SchemaHistory(
    SchemaRef schema,
    boolean exists,
    boolean table,
    List<HistoryEntry> entries,
    @Nullable String unreadable,
    @Nullable Unmanaged unmanaged,
    boolean blank,
    @Nullable ExternalHistory external) {

  public SchemaHistory {
    entries = List.copyOf(entries);
  }

  /** The history of a schema that was made by migrations, or nobody has looked into. */
  public SchemaHistory(
      SchemaRef schema,
      boolean exists,
      boolean table,
      List<HistoryEntry> entries,
      @Nullable String unreadable) {
    this(schema, exists, table, entries, unreadable, null, false, null);
  }

  /** A history that can be read. */
  public SchemaHistory(SchemaRef schema, boolean exists, List<HistoryEntry> entries) {
    this(schema, exists, exists && !entries.isEmpty(), entries, null);
  }

  static SchemaHistory noSchema(SchemaRef schema) {
    return new SchemaHistory(schema, false, false, List.of(), null);
  }

  /** The history of a schema that another tool migrates. */
  public static SchemaHistory of(SchemaRef schema, ExternalHistory external) {
    boolean table = !external.histories().isEmpty();
    return new SchemaHistory(schema, true, table, List.of(), null, null, false, external);
  }

  public static SchemaHistory noTable(SchemaRef schema) {
    return new SchemaHistory(schema, true, false, List.of(), null);
  }

  static SchemaHistory unreadable(SchemaRef schema, String why) {
    return new SchemaHistory(schema, true, true, List.of(), why);
  }

  /**
   * Whether it tells of anything that migrations have done to the schema: one that is applied, or
   * was begun. Failures that were rolled back tell of nothing.
   */
  public boolean tellsOfMigrations() {
    for (HistoryEntry entry : entries) {
      if (entry.status() != HistoryStatus.FAILED
          || StatementProgress.read(entry.failure()).filter(p -> p.done() > 0).isPresent()) {
        return true;
      }
    }
    return false;
  }

  /**
   * The same, once these migrations are applied as well, as far as that is known without a look at
   * it: not how long each took.
   *
   * @param when they were, more or less
   */
  public SchemaHistory with(List<Migration> applied, Instant when) {
    Map<Version, HistoryEntry> after = new TreeMap<>();
    entries.forEach(entry -> after.put(entry.version(), entry));
    for (Migration each : applied) {
      after.put(
          each.version(),
          new HistoryEntry(each.version(), each.name(), each.checksum(), when, -1, null));
    }
    return new SchemaHistory(schema, true, true, List.copyOf(after.values()), null);
  }

  /** The same, of a schema that is empty. */
  SchemaHistory ofNothing() {
    return new SchemaHistory(schema, exists, table, entries, unreadable, null, true, null);
  }

  /**
   * Why nothing is run on the schema by itself, as far as these migrations go: a history for all
   * schemas beside an empty {@code public} counts only if it tells of some of them.
   */
  public @Nullable Unmanaged unmanagedBy(Changelog changelog) {
    Unmanaged found = unmanaged;
    return found != null
            && blank
            && found.histories().stream()
                .allMatch(
                    each -> HistoryMatch.of(each, schema, changelog, List.of()).taken().isEmpty())
        ? null
        : found;
  }

  /** The same, of an empty schema that histories elsewhere may be about. */
  SchemaHistory toldOfElsewhere(HistoryName ours, List<ForeignHistory> histories) {
    Unmanaged found =
        new Unmanaged(
            schema, ours, "nothing in it, since that stands in other schemas", null, histories);
    return new SchemaHistory(schema, exists, table, entries, unreadable, found, true, null);
  }

  /** The same, of a schema with something in it. */
  SchemaHistory of(Unmanaged found) {
    return new SchemaHistory(schema, exists, table, entries, unreadable, found, false, null);
  }
}
