package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.catalog.SchemaSnapshot;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.HistoryReader;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Holds schemas against a reference: a scratch schema to which the same migrations are applied, in
 * a transaction that is rolled back. Schemas with the same history share one reference; several are
 * checked at once. Thread-safe.
 */
final class DriftCheck {

  private final MigrationContext context;
  private final Changelog changelog;
  // Guarded by this.
  private final Map<List<Version>, Reference> references = new HashMap<>();

  /** What a schema should be, or why that can't be told. */
  private record Reference(SchemaSnapshot snapshot, String error) {}

  DriftCheck(MigrationContext context, Changelog changelog) {
    this.context = context;
    this.changelog = changelog;
  }

  /** Checks schemas, in the order given. */
  List<Drift> check(Collection<SchemaRef> schemas) throws SQLException {
    List<Drift> drifts = new ArrayList<>();
    new OrderedWork(context.workers(), context.settings().workers())
        .each(schemas, this::check, drifts::add);
    return drifts;
  }

  private Drift check(SchemaRef schema) throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      WorkerSession session = new WorkerSession(connection, new RunControl());
      try {
        return check(session, schema);
      } finally {
        if (session.isClean()) {
          context.connections().touched(connection, 1);
        } else {
          context.connections().end(connection);
        }
      }
    }
  }

  private Drift check(WorkerSession session, SchemaRef schema) throws SQLException {
    if (!context.strategy(session.connection()).hasTransactionalDdl()) {
      return Drift.unknown(
          schema, "this server can't undo schema changes, so that no reference can be built on it");
    }
    SchemaHistory history = HistoryReader.read(session.connection(), schema);
    if (!history.exists()) {
      return Drift.unknown(schema, "there is no schema " + schema);
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
    Reference reference = reference(session, claimed);
    if (!reference.error.isEmpty()) {
      return Drift.unknown(schema, "no reference could be built: " + reference.error);
    }
    session.send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    SortedSet<String> actual;
    try {
      actual = SchemaSnapshot.read(session.connection(), schema).lines();
    } finally {
      session.rollback();
    }
    SortedSet<String> expected = reference.snapshot.lines();
    if (!expected.equals(actual)) {
      expected = reference.snapshot.withoutNameOf(schema).lines();
      actual = new SchemaSnapshot(actual).withoutNameOf(schema).lines();
    }
    SortedSet<String> missing = new TreeSet<>(expected);
    missing.removeAll(actual);
    SortedSet<String> extra = new TreeSet<>(actual);
    extra.removeAll(expected);
    return new Drift(schema, List.copyOf(missing), List.copyOf(extra), null);
  }

  /** There are few, and those who need the same one wait for it. */
  private synchronized Reference reference(WorkerSession session, List<Migration> claimed)
      throws SQLException {
    List<Version> key = claimed.stream().map(Migration::version).collect(Collectors.toList());
    Reference reference = references.get(key);
    if (reference == null) {
      reference = build(session, claimed);
      references.put(key, reference);
    }
    return reference;
  }

  private Reference build(WorkerSession session, List<Migration> claimed) throws SQLException {
    SchemaRef scratch =
        new SchemaRef("tenantgate_scratch_" + UUID.randomUUID().toString().substring(0, 8), "");
    List<Step> steps = claimed.stream().<Step>map(Step.Apply::new).toList();
    MigrationScript script = context.script(scratch);
    script.statement("CREATE SCHEMA " + SqlIdentifier.quote(scratch.schema()));
    steps.forEach(script::rehearse);
    try {
      session.send(script);
      return new Reference(SchemaSnapshot.read(session.connection(), scratch), "");
    } catch (SQLException e) {
      SqlFailure failure = SqlFailure.of(e);
      if (failure.kind() == SqlFailure.Kind.CONNECTION) {
        session.broken();
        throw e;
      }
      return new Reference(
          new SchemaSnapshot(new TreeSet<>()),
          new MigrationFailedException(failure, script.placeOf(failure)).describe());
    } finally {
      session.abandonTransaction();
      session.discardIf(steps);
    }
  }
}
