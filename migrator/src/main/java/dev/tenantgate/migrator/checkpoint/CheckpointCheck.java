package dev.tenantgate.migrator.checkpoint;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.catalog.NotDumpedException;
import dev.tenantgate.migrator.catalog.SchemaDump;
import dev.tenantgate.migrator.catalog.SchemaRows;
import dev.tenantgate.migrator.catalog.SchemaRows.Column;
import dev.tenantgate.migrator.catalog.SchemaSnapshot;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Checkpoint;
import dev.tenantgate.migrator.changelog.CheckpointRecord;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.plan.NewSchema;
import dev.tenantgate.migrator.plan.SchemaPlan;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.rehearsal.ScratchSchema;
import dev.tenantgate.migrator.rehearsal.ScratchState;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.verify.Drift;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Makes checkpoints, and holds the one that new tenants are created from against what all
 * migrations come to: catalog, rows, positions of sequences. Both are made in scratch schemas that
 * are gone afterwards. Confined to one thread.
 */
public final class CheckpointCheck {

  /** The schema that is named in a checkpoint's file; it never exists for anybody else. */
  private static final SchemaRef NAMED = new SchemaRef("tenantgate_checkpoint", "");

  private final Sessions sessions;
  private final Templates templates;

  private record State(SchemaSnapshot snapshot, SchemaRows rows) {}

  public CheckpointCheck(Sessions sessions, Templates templates) {
    this.templates = templates;
    this.sessions = sessions;
  }

  /** Work over a connection. */
  private interface Work<T> {
    T over(WorkerSession session) throws SQLException, MigrationFailedException;
  }

  private <T> T connected(Work<T> work) throws SQLException, MigrationFailedException {
    try (Connection connection = sessions.connections().borrow()) {
      WorkerSession session = sessions.session(connection, new RunControl());
      try {
        return work.over(session);
      } finally {
        if (!session.isClean()) {
          sessions.connections().end(connection);
        }
      }
    }
  }

  /**
   * Writes what all migrations up to a version come to.
   *
   * @param version one of a tenant's migration
   * @throws CheckpointNotMadeException if they fail, or can't be written down
   */
  public String dump(Changelog changelog, Version version)
      throws SQLException, CheckpointNotMadeException {
    List<Migration> covered =
        changelog.of(NAMED).stream()
            .filter(m -> !m.isRepeatable() && m.version().compareTo(version) <= 0)
            .toList();
    List<MigrationPart> parts = covered.stream().map(Migration::up).toList();
    NotDumpedException[] refused = new NotDumpedException[1];
    String text;
    try {
      text =
          connected(
              session ->
                  ScratchState.of(
                      sessions,
                      session,
                      NAMED,
                      parts,
                      (connection, scratch) -> {
                        try {
                          return SchemaDump.of(
                              connection, sessions.historyName(), scratch.schema());
                        } catch (NotDumpedException e) {
                          refused[0] = e;
                          return "";
                        }
                      }));
    } catch (MigrationFailedException e) {
      throw new CheckpointNotMadeException(e.describe());
    }
    if (refused[0] != null) {
      throw new CheckpointNotMadeException(String.valueOf(refused[0].getMessage()));
    }
    return CheckpointRecord.comments(version, covered) + "\n" + text;
  }

  /**
   * Compares the checkpoint with the migrations that it stands for.
   *
   * @return the differences, of a schema that is called as the checkpoint is; empty if there is no
   *     checkpoint
   */
  public Optional<Drift> check(Changelog unread) throws SQLException {
    Changelog changelog = templates.resolved(unread);
    Checkpoint checkpoint = changelog.checkpoint();
    return checkpoint == null ? Optional.empty() : Optional.of(check(changelog, checkpoint));
  }

  private Drift check(Changelog changelog, Checkpoint checkpoint) throws SQLException {
    SchemaRef named = new SchemaRef("checkpoint " + checkpoint.version(), "");
    SchemaPlan plan = NewSchema.planOf(NAMED, changelog);
    String objection = plan.objection();
    if (objection != null) {
      return Drift.unknown(named, objection);
    }
    List<MigrationPart> shorter = new ArrayList<>();
    for (Step step : plan.steps()) {
      MigrationPart part = step.part();
      if (part != null) {
        shorter.add(part);
      }
    }
    List<MigrationPart> all = changelog.of(NAMED).stream().map(Migration::up).toList();
    try {
      State longWay = state(all);
      State byCheckpoint = state(shorter);
      SortedSet<String> missing = unlike(longWay.snapshot, byCheckpoint.snapshot);
      SortedSet<String> extra = unlike(byCheckpoint.snapshot, longWay.snapshot);
      if (!longWay.rows.equals(byCheckpoint.rows)) {
        Set<Column> unsteady = longWay.rows.unsteady(state(all).rows);
        missing.addAll(longWay.rows.linesUnlike(byCheckpoint.rows, unsteady));
        extra.addAll(byCheckpoint.rows.linesUnlike(longWay.rows, unsteady));
      }
      return new Drift(named, List.copyOf(missing), List.copyOf(extra), null);
    } catch (MigrationFailedException e) {
      return Drift.unknown(named, "no reference could be built: " + e.describe());
    }
  }

  private State state(List<MigrationPart> parts) throws SQLException, MigrationFailedException {
    return connected(
        session ->
            ScratchState.of(
                sessions,
                session,
                ScratchSchema.newName(),
                parts,
                (connection, scratch) ->
                    new State(
                        SchemaSnapshot.readInOrder(connection, sessions.historyName(), scratch)
                            .withoutNameOf(scratch),
                        SchemaRows.read(connection, sessions.historyName(), scratch))));
  }

  private static SortedSet<String> unlike(SchemaSnapshot one, SchemaSnapshot other) {
    SortedSet<String> lines = new TreeSet<>(one.lines());
    lines.removeAll(other.lines());
    return lines;
  }
}
