package dev.tenantgate.migrator.verify;

import dev.tenantgate.config.UnmanagedPolicy;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.catalog.OlderObject;
import dev.tenantgate.migrator.catalog.SchemaSnapshot;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.Journal;
import dev.tenantgate.migrator.history.Registry;
import dev.tenantgate.migrator.history.SchemaContents;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.history.Unmanaged;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.survey.OrderedWork;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Holds schemas against a reference: a scratch schema to which the same migrations are applied, in
 * a transaction that is rolled back. Schemas with the same history share one reference; several are
 * checked at once. Thread-safe.
 */
public final class DriftCheck {

  private final Sessions sessions;
  private final OrderedWork work;
  private final Changelog changelog;
  private final DriftReferences references;

  /**
   * Makes a check.
   *
   * @param work checks several schemas at once
   */
  public DriftCheck(Sessions sessions, OrderedWork work, Changelog changelog) {
    this.sessions = sessions;
    this.work = work;
    this.changelog = changelog;
    this.references = new DriftReferences(sessions);
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
    DriftReferences.Reference reference = references.of(session, schema, claimed);
    if (!reference.error().isEmpty()) {
      return Drift.unknown(
          schema,
          "no reference could be built: "
              + reference.error()
              + buildsOn(session, schema, reference));
    }
    return compare(session, schema, reference);
  }

  private Drift compare(
      WorkerSession session, SchemaRef schema, DriftReferences.Reference reference)
      throws SQLException {
    session.send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    SchemaSnapshot actual;
    Map<SchemaRef, SchemaSnapshot> beside;
    try {
      actual = SchemaSnapshot.read(session.connection(), sessions.historyName(), schema);
      beside = references.read(session, reference.beside().keySet());
    } finally {
      session.rollback();
    }
    SortedSet<String> missing = new TreeSet<>();
    SortedSet<String> extra = new TreeSet<>();
    compare(reference.snapshot(), actual, schema, "", missing, extra);
    List<OlderObject> older = extra.isEmpty() ? List.of() : older(session, schema, extra);
    if (!older.isEmpty()) {
      missing.clear();
      extra.clear();
      compare(reference.snapshot(), read(session, schema, older), schema, "", missing, extra);
    }
    beside.forEach(
        (other, there) ->
            compare(
                reference.beside().getOrDefault(other, DriftReferences.NOTHING),
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
   * Objects that no migration makes and that are older than the schema's history. Only a history
   * that was written down for a schema that was there already has such: migrations begin with an
   * empty one.
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
  private static String buildsOn(
      WorkerSession session, SchemaRef schema, DriftReferences.Reference reference)
      throws SQLException {
    SqlFailure failure = reference.failure();
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
}
