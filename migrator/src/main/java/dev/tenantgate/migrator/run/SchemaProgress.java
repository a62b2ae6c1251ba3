package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.HistoryDigest;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Step;
import java.util.HashSet;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a schema's history says, kept up to date while migrations are added to it, so that the
 * registry's row can be written without reading again. Confined to one thread.
 */
final class SchemaProgress {

  private final SchemaRef schema;
  private final Set<Version> failed = new HashSet<>();
  private final NavigableSet<Version> applied = new TreeSet<>();
  private final HistoryDigest digest;
  private boolean table;

  SchemaProgress(SchemaHistory history) {
    digest = new HistoryDigest();
    history.entries().forEach(digest::add);
    schema = history.schema();
    table = history.table();
    for (HistoryEntry entry : history.entries()) {
      (entry.succeeded() ? applied : failed).add(entry.version());
    }
  }

  private SchemaProgress(SchemaProgress other) {
    schema = other.schema;
    digest = other.digest.copy();
    table = other.table;
    applied.addAll(other.applied);
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
  boolean hasFailed(Version version) {
    return failed.contains(version);
  }

  /** Notes that a step was taken, and with it that there is a table. */
  void done(Step step) {
    table = true;
    if (step instanceof Step.Revert) {
      applied.remove(step.version());
      digest.remove(step.version());
    } else if (step instanceof Step.ClearFailure) {
      failed.remove(step.version());
      digest.remove(step.version());
    } else {
      Migration migration = step.about();
      if (!(step instanceof Step.AdoptChecksum)) {
        failed.remove(step.version());
        applied.add(step.version());
      }
      if (migration != null) {
        digest.put(step.version(), migration.checksum(), true);
      }
    }
  }

  /** The statement that writes the registry's row as of now. */
  String registryRow() {
    return Registry.record(
        schema,
        applied.isEmpty() ? null : applied.last(),
        applied.size(),
        null,
        null,
        digest.text());
  }

  /** The same after a migration failed. */
  String registryRow(Migration failure, String error) {
    HistoryDigest withFailure = digest.copy();
    withFailure.put(failure.version(), failure.checksum(), false);
    return Registry.record(
        schema,
        applied.isEmpty() ? null : applied.last(),
        applied.size(),
        failure,
        error,
        withFailure.text());
  }
}
