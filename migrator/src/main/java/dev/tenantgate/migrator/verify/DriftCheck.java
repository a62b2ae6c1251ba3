package dev.tenantgate.migrator.verify;

import dev.tenantgate.config.UnmanagedPolicy;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.catalog.OlderObject;
import dev.tenantgate.migrator.catalog.SchemaSnapshot;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.Journal;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.history.SchemaContents;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.Unmanaged;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.rehearsal.EachAlone;
import dev.tenantgate.migrator.rehearsal.ScratchSchema;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.MigrationScript;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import dev.tenantgate.migrator.survey.OrderedWork;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Holds schemas against a reference: a scratch schema to which the same migrations are applied, in
 * a transaction that is rolled back. Schemas with the same history share one reference; several are
 * checked at once. Thread-safe.
 */
public final class DriftCheck {

  private static final SchemaSnapshot NOTHING = new SchemaSnapshot(new TreeSet<>());

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
  private final OrderedWork work;
  private final Changelog changelog;
  // Guarded by this.
  private final Map<Key, Reference> references = new HashMap<>();

  /**
   * What a reference is made of.
   *
   * @param tenant empty where it is the same for all
   */
  private record Key(List<Version> versions, String tenant) {}

  /**
   * What a schema should be, or why that can't be told.
   *
   * @param beside what other schemas should be that were made for it
   * @param error why that can't be told; empty if it can
   * @param failure the server's word of it; null if there is none
   */
  private record Reference(
      SchemaSnapshot snapshot,
      Map<SchemaRef, SchemaSnapshot> beside,
      String error,
      @Nullable SqlFailure failure) {}

  /**
   * Makes a check.
   *
   * @param work checks several schemas at once
   */
  public DriftCheck(Sessions sessions, OrderedWork work, Changelog changelog) {
    this.sessions = sessions;
    this.work = work;
    this.changelog = changelog;
  }

  /** Checks schemas, in the order given. */
  public List<Drift> check(Collection<SchemaRef> schemas) throws SQLException {
    List<Drift> drifts = new ArrayList<>();
    work.each(schemas, this::check, drifts::add);
    return drifts;
  }

  private Drift check(SchemaRef schema) throws SQLException {
    try (Connection connection = sessions.connections().borrow()) {
      WorkerSession session = sessions.session(connection, new RunControl());
      try {
        return check(session, schema);
      } finally {
        if (session.isClean()) {
          sessions.connections().touched(connection, 1);
        } else {
          sessions.connections().end(connection);
        }
      }
    }
  }

  private Drift check(WorkerSession session, SchemaRef schema) throws SQLException {
    if (!sessions.strategy(session.connection()).hasTransactionalDdl()) {
      return Drift.unknown(
          schema, "this server can't undo schema changes, so that no reference can be built on it");
    }
    SchemaHistory history = sessions.histories().read(session.connection(), schema);
    if (!history.exists()) {
      return Drift.unknown(schema, "there is no schema " + schema);
    }
    Unmanaged unmanaged = history.unmanaged();
    if (unmanaged != null && !changelog.of(schema).isEmpty()) {
      return Drift.unknown(schema, unmanaged.toString());
    }
    String unreadable = history.unreadable();
    if (unreadable != null) {
      return schema.isPublic() && changelog.of(schema).isEmpty()
          ? new Drift(schema, List.of(), List.of(), null)
          : Drift.unknown(schema, unreadable);
    }
    List<Migration> claimed = new ArrayList<>();
    for (HistoryEntry entry : history.entries()) {
      if (entry.succeeded()) {
        Migration migration = changelog.find(entry.version()).orElse(null);
        if (migration == null) {
          return Drift.unknown(
              schema,
              "migration %s (%s) is applied, but its file is gone"
                  .formatted(entry.version(), entry.name()));
        }
        claimed.add(migration);
      }
    }
    if (claimed.isEmpty() && schema.isPublic()) {
      // Nothing is claimed of it, and much may be in it that is none of ours.
      return new Drift(schema, List.of(), List.of(), null);
    }
    return compare(session, schema, claimed);
  }

  private Drift compare(WorkerSession session, SchemaRef schema, List<Migration> claimed)
      throws SQLException {
    Reference reference = reference(session, schema, claimed);
    if (!reference.error.isEmpty()) {
      return Drift.unknown(
          schema,
          "no reference could be built: " + reference.error + buildsOn(session, schema, reference));
    }
    session.send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    SchemaSnapshot actual;
    Map<SchemaRef, SchemaSnapshot> beside;
    try {
      actual = SchemaSnapshot.read(session.connection(), sessions.historyName(), schema);
      beside = read(session, reference.beside.keySet());
    } finally {
      session.rollback();
    }
    SortedSet<String> missing = new TreeSet<>();
    SortedSet<String> extra = new TreeSet<>();
    compare(reference.snapshot, actual, schema, "", missing, extra);
    List<OlderObject> older = extra.isEmpty() ? List.of() : older(session, schema, extra);
    if (!older.isEmpty()) {
      missing.clear();
      extra.clear();
      compare(reference.snapshot, read(session, schema, older), schema, "", missing, extra);
    }
    beside.forEach(
        (other, there) ->
            compare(
                reference.beside.getOrDefault(other, NOTHING),
                there,
                schema,
                "in schema " + other.schema() + ": ",
                missing,
                extra));
    return new Drift(
        schema,
        List.copyOf(missing),
        List.copyOf(extra),
        older.stream().map(OlderObject::label).distinct().toList(),
        null);
  }

  /**
   * What no migration makes and is older than the schema's history. Only a history that was written
   * down for a schema that was there already has such: migrations begin with an empty one.
   */
  private List<OlderObject> older(WorkerSession session, SchemaRef schema, Collection<String> extra)
      throws SQLException {
    boolean begunEmpty =
        !(changelog.unmanaged() instanceof UnmanagedPolicy.Migrate)
            && Registry.exists(session.connection())
            && Journal.hasBegunEmpty(session.connection(), schema);
    if (begunEmpty) {
      return List.of();
    }
    return OlderObject.read(session.connection(), sessions.historyName(), schema).stream()
        .filter(object -> extra.stream().anyMatch(object::isOf))
        .toList();
  }

  private SchemaSnapshot read(WorkerSession session, SchemaRef schema, List<OlderObject> without)
      throws SQLException {
    session.send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    try {
      return SchemaSnapshot.read(session.connection(), sessions.historyName(), schema, without);
    } finally {
      session.rollback();
    }
  }

  /** Says of a table that is missed in a reference that it is older; else empty. */
  private static String buildsOn(WorkerSession session, SchemaRef schema, Reference reference)
      throws SQLException {
    SqlFailure failure = reference.failure;
    if (failure == null || !"42P01".equals(failure.sqlState())) {
      return "";
    }
    return SchemaContents.relations(session.connection(), schema).stream()
        .filter(
            name ->
                failure.text().startsWith("relation \"" + name + "\" does not exist")
                    || failure.text().contains("." + name + "\" does not exist"))
        .findFirst()
        .map(name -> "; %s is older than the migrations, which build on it".formatted(name))
        .orElse("");
  }

  private static void compare(
      SchemaSnapshot expected,
      SchemaSnapshot actual,
      SchemaRef schema,
      String where,
      SortedSet<String> missing,
      SortedSet<String> extra) {
    if (!expected.equals(actual)) {
      SortedSet<String> wanted = expected.withoutNameOf(schema).lines();
      SortedSet<String> found = actual.withoutNameOf(schema).lines();
      wanted.stream().filter(line -> !found.contains(line)).forEach(l -> missing.add(where + l));
      found.stream().filter(line -> !wanted.contains(line)).forEach(l -> extra.add(where + l));
    }
  }

  private Map<SchemaRef, SchemaSnapshot> read(WorkerSession session, Collection<SchemaRef> schemas)
      throws SQLException {
    Map<SchemaRef, SchemaSnapshot> read = new HashMap<>();
    for (SchemaRef schema : schemas) {
      read.put(schema, SchemaSnapshot.read(session.connection(), sessions.historyName(), schema));
    }
    return read;
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

  /** There are few, and those who need the same one wait for it. */
  private synchronized Reference reference(
      WorkerSession session, SchemaRef schema, List<Migration> claimed) throws SQLException {
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
    MigrationScript script = sessions.script(scratch);
    boolean besidePublic = tenant.equals(BESIDE_PUBLIC);
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
}
