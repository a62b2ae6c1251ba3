package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a schema's history says, kept up to date while migrations are added to it, so that the
 * registry's row can be written without reading again. Confined to one thread.
 */
final class SchemaProgress {

  private final SchemaRef schema;
  private final Set<Version> failed = new HashSet<>();
  private boolean table;
  private int applied;
  private @Nullable Version highest;

  SchemaProgress(SchemaHistory history) {
    schema = history.schema();
    table = history.table();
    for (HistoryEntry entry : history.entries()) {
      if (entry.succeeded()) {
        add(entry.version());
      } else {
        failed.add(entry.version());
      }
    }
  }

  private SchemaProgress(SchemaProgress other) {
    schema = other.schema;
    table = other.table;
    applied = other.applied;
    highest = other.highest;
    failed.addAll(other.failed);
  }

  SchemaProgress copy() {
    return new SchemaProgress(this);
  }

  /** Whether the history's table is there. */
  boolean hasTable() {
    return table;
  }

  /** Whether a failure of the migration is recorded. */
  boolean hasFailed(Migration migration) {
    return failed.contains(migration.version());
  }

  /** Notes that a migration is applied, and with it that there is a table. */
  void applied(Migration migration) {
    table = true;
    failed.remove(migration.version());
    add(migration.version());
  }

  private void add(Version version) {
    applied++;
    if (highest == null || version.compareTo(highest) > 0) {
      highest = version;
    }
  }

  /** The statement that writes the registry's row as of now. */
  String registryRow() {
    return Registry.record(schema, highest, applied, null, null);
  }

  /** The same after a migration failed. */
  String registryRow(Migration failure, String error) {
    return Registry.record(schema, highest, applied, failure, error);
  }
}
