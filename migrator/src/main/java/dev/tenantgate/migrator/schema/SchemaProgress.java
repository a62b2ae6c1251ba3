package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.Bookkeeping;
import dev.tenantgate.migrator.history.GroupFunctions;
import dev.tenantgate.migrator.history.HistoryDigest;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.HistoryMark;
import dev.tenantgate.migrator.history.HistoryStatus;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.StatementProgress;
import dev.tenantgate.migrator.plan.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The state of a schema's history, kept up to date while migrations are added to it, so that the
 * registry's row can be written without reading again. Confined to one thread.
 */
public final class SchemaProgress {

  private final SchemaRef schema;
  private final Set<Version> failed = new HashSet<>();
  private final NavigableSet<Version> applied = new TreeSet<>();
  private final Map<Version, Begun> begun = new HashMap<>();
  private final HistoryDigest digest;
  private boolean table;
  private boolean blank;

  /** Whether there is no history of ours any more. */
  private boolean gone;

  /** How far a migration came whose statements are committed one by one, and why no further. */
  record Begun(HistoryStatus status, StatementProgress progress, @Nullable String error) {}

  public SchemaProgress(SchemaHistory history) {
    digest = new HistoryDigest();
    history.entries().forEach(digest::add);
    schema = history.schema();
    table = history.table();
    blank = history.blank();
    for (HistoryEntry entry : history.entries()) {
      (entry.succeeded() ? applied : failed).add(entry.version());
      StatementProgress.read(entry.failure())
          .ifPresent(
              done -> begun.put(entry.version(), new Begun(entry.status(), done, entry.failure())));
    }
  }

  private SchemaProgress(SchemaProgress other, SchemaRef of) {
    schema = of;
    digest = other.digest.copy();
    table = other.table;
    blank = other.blank;
    applied.addAll(other.applied);
    failed.addAll(other.failed);
    begun.putAll(other.begun);
  }

  /** The progress of another schema that has the same history. */
  public SchemaProgress copyFor(SchemaRef other) {
    return new SchemaProgress(this, other);
  }

  /** Identifies the history: versions, checksums, and which of them failed. */
  public String digest() {
    return digest.text();
  }

  /** Whether the statements of a migration are done in part. */
  public boolean hasBegun() {
    return !begun.isEmpty();
  }

  SchemaProgress copy() {
    return new SchemaProgress(this, schema);
  }

  /** Whether nothing was in the schema when that was looked for, and nothing was done since. */
  public boolean isBlank() {
    return blank;
  }

  /** Notes that something was done. */
  void noLongerBlank() {
    blank = false;
  }

  /** Whether the history's table is there. */
  public boolean hasTable() {
    return table;
  }

  /** Notes that the history's table is there by now. */
  void tableIsThere() {
    table = true;
  }

  /** How far the migration came before; null if nothing of it is done that would be on record. */
  @Nullable Begun begun(Version version) {
    return begun.get(version);
  }

  /** Whether a failure of the migration is recorded, or how far it came. */
  boolean hasFailed(Version version) {
    return failed.contains(version);
  }

  /** Whether the history has a row of the migration. */
  public boolean isRecorded(Version version) {
    return failed.contains(version) || applied.contains(version);
  }

  /** Notes that a step was taken, and with it that there is a table. */
  public void done(Step step) {
    table = true;
    begun.remove(step.version());
    if (step instanceof Step.Adopt adopt) {
      adopt.taken().forEach(taken -> add(taken.migration()));
      return;
    }
    if (step instanceof Step.FromCheckpoint) {
      failed.removeAll(step.versions());
      begun.keySet().removeAll(step.versions());
      step.migrations().forEach(this::add);
      return;
    }
    if (step instanceof Step.GiveBack) {
      gone = true;
      return;
    }
    if (step instanceof Step.Revert || step instanceof Step.Forget) {
      applied.remove(step.version());
      failed.remove(step.version());
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

  /** The highest version that is applied; a repeatable migration has none. */
  private @Nullable Version version() {
    Version last = applied.isEmpty() ? null : applied.last();
    while (last != null && last.isRepeatable()) {
      last = applied.lower(last);
    }
    return last;
  }

  private void add(Migration migration) {
    applied.add(migration.version());
    digest.put(migration.version(), migration.checksum(), true);
  }

  /** The statement that writes the registry's row as of now. */
  public String registryRow(Bookkeeping bookkeeping) {
    return gone
        ? Registry.forget(schema)
        : bookkeeping.recordState(schema, version(), applied.size(), digest.text());
  }

  /**
   * The same for all schemas that have come so far together, and gives their leases back.
   *
   * @param marks what marks their histories then; null of one not known
   * @param tokens those of the leases
   */
  public String registryRows(
      List<SchemaRef> schemas,
      List<@Nullable HistoryMark> marks,
      List<Long> tokens,
      String holder) {
    String text = digest.text();
    List<@Nullable String> texts = new ArrayList<>();
    marks.forEach(mark -> texts.add(mark == null ? null : mark.text(text)));
    return GroupFunctions.recordStates(
        schemas, texts, tokens, holder, version(), applied.size(), text, SqlFailure.LEASE_LOST);
  }

  /** The same after a migration failed. */
  public String registryRow(Migration failure, String error) {
    HistoryDigest withFailure = digest.copy();
    withFailure.put(failure.version(), failure.checksum(), false);
    return Registry.record(schema, version(), applied.size(), failure, error, withFailure.text());
  }
}
