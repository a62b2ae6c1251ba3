package dev.tenantgate.migrator.checkpoint;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.catalog.NotDumpedException;
import dev.tenantgate.migrator.catalog.SchemaDump;
import dev.tenantgate.migrator.catalog.SchemaFingerprint;
import dev.tenantgate.migrator.catalog.SchemaSnapshot;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Checkpoint;
import dev.tenantgate.migrator.changelog.CheckpointRecord;
import dev.tenantgate.migrator.changelog.Checksum;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.rehearsal.ScratchSchema;
import dev.tenantgate.migrator.rehearsal.ScratchState;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads the schema that new tenants' are copied from ({@code
 * migrations.checkpoint.template-schema}) and makes sure that a copy is the same: once for each
 * state of it. Each time one is needed, its {@link SchemaFingerprint} tells whether the state is
 * still the one that was read. Thread-safe.
 */
public final class Templates {

  /** So many differences are named. */
  private static final int NAMED = 3;

  private final Sessions sessions;

  /** The outcome of its last text. */
  private volatile @Nullable Tried tried;

  private record Tried(String checksum, Checkpoint outcome) {}

  /** The last one that can be copied. */
  private volatile @Nullable Read read;

  /** Taken while one is read, so that tenants that are made at once have it read once. */
  private final Object reading = new Object();

  /**
   * One that was read.
   *
   * @param all the migrations that it was held against
   * @param fingerprint from before it was read: if the schema still has it, nothing has changed
   */
  private record Read(
      Checkpoint.Template template,
      List<Migration> all,
      SchemaFingerprint fingerprint,
      Checkpoint.Ready checkpoint) {}

  public Templates(Sessions sessions) {
    this.sessions = sessions;
  }

  /**
   * The changelog with a checkpoint that can be made, or is known not to be; where schema changes
   * can't be undone, without one: a tenant is made step by step there.
   */
  public Changelog resolved(Changelog changelog) throws SQLException {
    if (changelog.checkpoint() == null) {
      return changelog;
    }
    try (Connection connection = sessions.connections().borrow()) {
      WorkerSession session = sessions.session(connection, new RunControl());
      try {
        return resolved(changelog, session);
      } finally {
        if (!session.isClean()) {
          sessions.connections().end(connection);
        }
      }
    }
  }

  /** The same over a session that is in no transaction. */
  public Changelog resolved(Changelog changelog, WorkerSession session) throws SQLException {
    Checkpoint checkpoint = changelog.checkpoint();
    if (checkpoint != null && !sessions.strategy(session.connection()).hasTransactionalDdl()) {
      return changelog.withCheckpoint(null);
    }
    return checkpoint instanceof Checkpoint.Template template
        ? changelog.withCheckpoint(current(template, changelog, session))
        : changelog;
  }

  private Checkpoint current(
      Checkpoint.Template template, Changelog changelog, WorkerSession session)
      throws SQLException {
    List<Migration> all = changelog.of(template.ref());
    Checkpoint known = known(template, all, session);
    if (known != null) {
      return known;
    }
    synchronized (reading) {
      known = known(template, all, session);
      return known == null ? readAnew(template, all, session) : known;
    }
  }

  /** The last one if it is the same still; else null. */
  private @Nullable Checkpoint known(
      Checkpoint.Template template, List<Migration> all, WorkerSession session)
      throws SQLException {
    Read last = read;
    return last != null
            && last.template.equals(template)
            && last.all.equals(all)
            && last.fingerprint.isStillSo(session.connection())
        ? last.checkpoint
        : null;
  }

  private Checkpoint readAnew(
      Checkpoint.Template template, List<Migration> all, WorkerSession session)
      throws SQLException {
    SchemaFingerprint fingerprint = SchemaFingerprint.of(session.connection(), template.schema());
    Checkpoint checkpoint = read(template, all, session);
    if (fingerprint != null && checkpoint instanceof Checkpoint.Ready ready) {
      read = new Read(template, all, fingerprint, ready);
    }
    return checkpoint;
  }

  private Checkpoint read(Checkpoint.Template template, List<Migration> all, WorkerSession session)
      throws SQLException {
    SchemaHistory history = sessions.histories().read(session.connection(), template.ref());
    if (!history.exists()) {
      return unusable(
          template, "there is no schema %s to copy new tenants from".formatted(template.schema()));
    }
    Map<Version, String> recorded = new HashMap<>();
    for (HistoryEntry entry : history.entries()) {
      if (!entry.succeeded()) {
        return unusable(
            template,
            "migration %s of the schema %s, which new tenants are copied from, isn't done"
                .formatted(entry.version(), template.schema()));
      }
      if (!entry.version().isRepeatable()) {
        recorded.put(entry.version(), entry.checksum());
      }
    }
    List<Migration> has =
        all.stream()
            .filter(migration -> !migration.isRepeatable())
            .filter(
                migration ->
                    template.covered().contains(migration)
                        || recorded.containsKey(migration.version()))
            .toList();
    List<String> faults =
        new CheckpointRecord(recorded)
            .faults("the schema " + template.schema(), template.version(), has);
    if (!faults.isEmpty()) {
      return unusable(template, String.join("; ", faults));
    }
    return copied(template, has, session);
  }

  private Checkpoint copied(
      Checkpoint.Template template, List<Migration> has, WorkerSession session)
      throws SQLException {
    String text;
    session.send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    try {
      text = SchemaDump.of(session.connection(), sessions.historyName(), template.schema());
    } catch (NotDumpedException e) {
      return unusable(template, String.valueOf(e.getMessage()));
    } finally {
      session.abandonTransaction();
    }
    String checksum = Checksum.of(text) + has;
    Tried before = tried;
    if (before != null && before.checksum.equals(checksum)) {
      return before.outcome;
    }
    Checkpoint outcome = template.read(has, text);
    if (outcome instanceof Checkpoint.Ready ready) {
      String unlike = unlike(template, ready, session);
      outcome = unlike == null ? outcome : unusable(template, unlike);
    }
    tried = new Tried(checksum, outcome);
    return outcome;
  }

  /** The difference of a copy; null if it is the same. */
  private @Nullable String unlike(
      Checkpoint.Template template, Checkpoint.Ready ready, WorkerSession session)
      throws SQLException {
    SchemaRef scratch = ScratchSchema.newName();
    try {
      String difference =
          ScratchState.of(
              sessions,
              session,
              scratch,
              List.of(ready.part()),
              (connection, made) -> {
                SchemaSnapshot copy =
                    SchemaSnapshot.read(connection, sessions.historyName(), made)
                        .withoutNameOf(template.ref());
                SchemaSnapshot original =
                    SchemaSnapshot.read(connection, sessions.historyName(), template.ref())
                        .withoutNameOf(made);
                NavigableSet<String> differing = new TreeSet<>(original.lines());
                differing.removeAll(copy.lines());
                copy.lines().stream()
                    .filter(line -> !original.lines().contains(line))
                    .forEach(differing::add);
                return differing.isEmpty()
                    ? ""
                    : "a copy of the schema %s wouldn't be the same: %s"
                        .formatted(
                            template.schema(),
                            String.join("; ", differing.stream().limit(NAMED).toList()));
              });
      return difference.isEmpty() ? null : difference;
    } catch (MigrationFailedException e) {
      return "the schema %s can't be copied: %s".formatted(template.schema(), e.describe());
    }
  }

  private static Checkpoint unusable(Checkpoint.Template template, String why) {
    return new Checkpoint.Unusable(
        template.version(), why + " (migrations.checkpoint.template-schema)");
  }
}
