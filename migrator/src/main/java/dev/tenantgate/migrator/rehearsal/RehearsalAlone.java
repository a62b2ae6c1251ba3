package dev.tenantgate.migrator.rehearsal;

import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A dry run of migrations that can't share a transaction: each is committed, in a scratch schema
 * that has what the history claims, and no rows of the tenant's. Confined to one thread.
 */
final class RehearsalAlone {

  private final Sessions sessions;
  private final WorkerSession session;
  private final Changelog changelog;
  private final SchemaHistory history;
  private final List<String> notTried = new ArrayList<>();

  RehearsalAlone(
      Sessions sessions, WorkerSession session, Changelog changelog, SchemaHistory history) {
    this.sessions = sessions;
    this.session = session;
    this.changelog = changelog;
    this.history = history;
  }

  /** The steps that couldn't be tried, or not as they will be run; in words. */
  List<String> notTried() {
    return notTried;
  }

  /**
   * Tries the steps.
   *
   * @param shared their failure in one transaction
   * @return their failure, naming the file; null if they don't fail, or that can't be told
   */
  @Nullable MigrationFailedException failureOf(List<Step> steps, SqlFailure shared)
      throws SQLException {
    List<MigrationPart> claimed = claimed();
    if (claimed == null || !steps.stream().allMatch(RehearsalAlone::applies)) {
      cannot(shared, "what is applied can't be built anew");
      return null;
    }
    try {
      return ScratchSchema.<Optional<MigrationFailedException>>with(
              sessions,
              session,
              (scratch, alone) -> {
                for (MigrationPart part : claimed) {
                  alone.runNaming(part);
                }
                return Optional.ofNullable(failureOf(steps, alone, shared));
              })
          .orElse(null);
    } catch (MigrationFailedException e) {
      cannot(shared, "what is applied can't be built anew: " + e.describe());
      return null;
    }
  }

  private static boolean applies(Step step) {
    return step instanceof Step.Apply || step instanceof Step.FromCheckpoint;
  }

  private @Nullable MigrationFailedException failureOf(
      List<Step> steps, EachAlone alone, SqlFailure shared) throws SQLException {
    for (Step step : steps) {
      MigrationPart part = step.part();
      try {
        if (part != null) {
          alone.runNaming(part);
        }
      } catch (MigrationFailedException e) {
        if (!ScratchSchema.OUTSIDE.equals(e.failure().sqlState())) {
          return e;
        }
        cannot(shared, "%s %s: %s".formatted(step.version(), step.name(), e.failure().text()));
        return null;
      }
    }
    notTried.add(
        "these migrations can't share a transaction (%s), as a run of all would find out too and"
                .formatted(shared.text())
            + " take them one by one; so they were tried, in a schema without the tenant's rows");
    return null;
  }

  private void cannot(SqlFailure shared, String why) {
    notTried.add(
        "these migrations can't share a transaction (%s), as a run of all would find out too and"
                .formatted(shared.text())
            + " take them one by one; what follows wasn't tried: "
            + why);
  }

  /** The migrations of the history; null if some are in no file. */
  private @Nullable List<MigrationPart> claimed() {
    List<MigrationPart> parts = new ArrayList<>();
    for (HistoryEntry entry : history.entries()) {
      Optional<Migration> migration = changelog.find(entry.version());
      if (entry.succeeded() && migration.isEmpty()) {
        return null;
      }
      if (entry.succeeded()) {
        parts.add(migration.get().up());
      }
    }
    return parts;
  }
}
