package dev.tenantgate.migrator.verify;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.catalog.SchemaSnapshot;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.rehearsal.EachAlone;
import dev.tenantgate.migrator.rehearsal.ScratchSchema;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.MigrationScript;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The schemas that others are compared with: each is a scratch schema to which the same migrations
 * are applied, in a transaction that is rolled back, and made once for all equal histories.
 * Thread-safe.
 */
final class DriftReferences {

  static final SchemaSnapshot NOTHING = new SchemaSnapshot(new TreeSet<>());

  /**
   * Stands for the tenant of a reference of {@code public} that finds extensions there, as its
   * migrations do.
   */
  private static final String BESIDE_PUBLIC = "public";

  /** Whether a transaction has changed a table of public, or has it locked. */
  private static final String TOUCHES_PUBLIC =
      """
      SELECT FROM pg_catalog.pg_locks l
      JOIN pg_catalog.pg_class c ON c.oid = l.relation
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE l.pid = pg_catalog.pg_backend_pid() AND n.nspname = 'public'
      AND c.relkind IN ('r', 'p', 'v', 'm') AND l.mode IN
        ('RowExclusiveLock', 'ShareLock', 'ExclusiveLock', 'AccessExclusiveLock') LIMIT 1\
      """;

  private final Sessions sessions;

  // Guarded by this.
  private final Map<Key, Reference> references = new HashMap<>();

  /**
   * The migrations and the tenant that a reference is made of.
   *
   * @param tenant empty where it is the same for all
   */
  private record Key(List<Version> versions, String tenant) {}

  /**
   * The expected objects of a schema, or the reason why they aren't known.
   *
   * @param beside what other schemas should be that were made for it
   * @param error why that can't be told; empty if it can
   * @param failure the server's word of it; null if there is none
   */
  record Reference(
      SchemaSnapshot snapshot,
      Map<SchemaRef, SchemaSnapshot> beside,
      String error,
      @Nullable SqlFailure failure) {}

  DriftReferences(Sessions sessions) {
    this.sessions = sessions;
  }

  /** There are few, and those who need the same one wait for it. */
  synchronized Reference of(WorkerSession session, SchemaRef schema, List<Migration> claimed)
      throws SQLException {
    List<Version> versions =
        claimed.stream().map(Migration::version).collect(Collectors.toUnmodifiableList());
    String tenant = namesTenant(claimed) ? String.valueOf(schema.tenant()) : "";
    Key key = new Key(versions, tenant);
    Reference reference = references.get(key);
    if (reference == null) {
      reference = build(session, tenant, claimed);
      if (schema.isPublic() && missesName(reference)) {
        Reference wider = build(session, BESIDE_PUBLIC, claimed);
        reference = wider.error.isEmpty() ? wider : reference;
      }
      references.put(key, reference);
    }
    return reference;
  }

  /**
   * Builds a reference. Migrations that make schemas of their own can't make those a second time
   * beside the first: these are put aside then, under another name that nobody else sees.
   */
  private Reference build(WorkerSession session, String tenant, List<Migration> claimed)
      throws SQLException {
    // With IF NOT EXISTS these would be taken for what they are, whatever that is.
    List<SchemaRef> made = existing(session, SchemasMade.by(claimed));
    Reference aside = made.isEmpty() ? null : build(session, tenant, claimed, made);
    if (aside != null && aside.error.isEmpty()) {
      return aside;
    }
    Reference plain = build(session, tenant, claimed, List.of());
    if (plain.error.isEmpty()) {
      return plain;
    }
    SqlFailure failure = plain.failure;
    if (aside != null && failure != null && "42P06".equals(failure.sqlState())) {
      // That the schema is there already was known before.
      return aside;
    }
    return failure != null && EachAlone.mayHelp(failure) ? buildAlone(session, claimed) : plain;
  }

  /** Builds a reference of migrations that can't share a transaction. */
  private Reference buildAlone(WorkerSession session, List<Migration> claimed) throws SQLException {
    try {
      return ScratchSchema.with(
          sessions,
          session,
          (scratch, alone) -> {
            for (Migration migration : claimed) {
              alone.runNaming(migration.up());
            }
            return new Reference(
                SchemaSnapshot.read(session.connection(), sessions.historyName(), scratch),
                Map.of(),
                "",
                null);
          });
    } catch (MigrationFailedException e) {
      return new Reference(NOTHING, Map.of(), e.describe(), e.failure());
    } catch (SQLException e) {
      SqlFailure failure = session.failure(e);
      if (failure.isLoss()) {
        failure = sessions.lossOrThrow(e, session.connection());
      }
      session.abandonTransaction();
      return new Reference(NOTHING, Map.of(), failure.text(), failure);
    }
  }

  private List<SchemaRef> existing(WorkerSession session, Collection<String> names)
      throws SQLException {
    List<SchemaRef> there = new ArrayList<>();
    for (String name : names) {
      SchemaRef schema = new SchemaRef(name, "");
      if (!name.equals(SchemaRef.PUBLIC.schema())
          && sessions.histories().read(session.connection(), schema).exists()) {
        there.add(schema);
      }
    }
    return there;
  }

  private Reference build(
      WorkerSession session, String tenant, List<Migration> claimed, List<SchemaRef> aside)
      throws SQLException {
    SchemaRef scratch = new SchemaRef(ScratchSchema.newName().schema(), tenant);
    List<Step> steps = claimed.stream().<Step>map(Step.Apply::new).toList();
    boolean besidePublic = tenant.equals(BESIDE_PUBLIC);
    MigrationScript script = script(scratch, besidePublic, aside);
    steps.forEach(script::rehearse);
    try {
      session.send(script);
      if (besidePublic && !session.query(TOUCHES_PUBLIC, WorkerSession::isEmpty)) {
        return new Reference(NOTHING, Map.of(), "they change what is older in public", null);
      }
      Map<SchemaRef, SchemaSnapshot> beside = new HashMap<>();
      read(session, aside)
          .forEach((schema, snapshot) -> beside.put(schema, snapshot.withoutNameOf(scratch)));
      return new Reference(
          SchemaSnapshot.read(session.connection(), sessions.historyName(), scratch),
          beside,
          "",
          null);
    } catch (SQLException e) {
      SqlFailure failure = session.failure(e);
      if (failure.isLoss()) {
        failure = sessions.lossOrThrow(e, session.connection());
      }
      session.abandonTransaction();
      return new Reference(
          NOTHING,
          Map.of(),
          MigrationFailedException.of(session, failure, script.placeOf(failure)).describe(),
          failure);
    } finally {
      session.abandonTransaction();
      session.restoreAfter(WorkerSession.effectOf(steps));
    }
  }

  private MigrationScript script(SchemaRef scratch, boolean besidePublic, List<SchemaRef> aside) {
    MigrationScript script = sessions.script(scratch);
    if (besidePublic) {
      script.findingNamesIn(SqlIdentifier.quote(scratch.schema()) + ", public");
    }
    script.statement("CREATE SCHEMA " + SqlIdentifier.quote(scratch.schema()));
    for (int i = 0; i < aside.size(); i++) {
      script.statement(
          "ALTER SCHEMA %s RENAME TO %s"
              .formatted(
                  SqlIdentifier.quote(aside.get(i).schema()),
                  SqlIdentifier.quote(scratch.schema() + "_aside_" + i)));
    }
    return script;
  }

  /** Whether migrations don't make the same of two tenants. */
  private static boolean namesTenant(List<Migration> claimed) {
    return claimed.stream()
        .anyMatch(migration -> migration.up() instanceof SqlPart part && part.namesTenant());
  }

  /** Whether a type, function or the like wasn't found, such as an extension's. */
  private static boolean missesName(Reference reference) {
    SqlFailure failure = reference.failure;
    String state = failure == null ? null : failure.sqlState();
    return "42704".equals(state) || "42883".equals(state);
  }

  /** Reads schemas as they are within the session's transaction. */
  Map<SchemaRef, SchemaSnapshot> read(WorkerSession session, Collection<SchemaRef> schemas)
      throws SQLException {
    Map<SchemaRef, SchemaSnapshot> read = new HashMap<>();
    for (SchemaRef schema : schemas) {
      read.put(schema, SchemaSnapshot.read(session.connection(), sessions.historyName(), schema));
    }
    return read;
  }
}
