package dev.tenantgate.migrator.run;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.history.HistoryReader;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaPlan;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A dry run of one schema: its migrations' statements run in one transaction that is rolled back.
 * Takes no lease and writes nothing; its locks are waited for no longer than a run's. Stateless;
 * thread-safe.
 */
final class SchemaRehearsal {

  private final MigrationContext context;

  SchemaRehearsal(MigrationContext context) {
    this.context = context;
  }

  /** Rehearses; whatever the statements come to is in the result. */
  Rehearsal rehearse(Changelog changelog, SchemaRef schema, Goal goal) throws SQLException {
    try (Connection connection = context.connections().borrow()) {
      SchemaHistory history = HistoryReader.read(connection, schema);
      SchemaPlan plan = goal.plan(history, changelog);
      String sql = sqlOf(schema, plan.steps());
      String objection = plan.objection();
      if (objection != null || plan.steps().isEmpty()) {
        return new Rehearsal(schema, plan.steps(), sql, true, objection);
      }
      if (!hasTransactionalDdl(connection)) {
        return new Rehearsal(schema, plan.steps(), sql, false, null);
      }
      WorkerSession session = new WorkerSession(connection, new RunControl());
      String error = errorOf(session, schema, plan.steps());
      if (session.isClean()) {
        context.connections().touched(connection, 1);
      } else {
        context.connections().end(connection);
      }
      return new Rehearsal(schema, plan.steps(), sql, true, error);
    }
  }

  /** What the steps fail with, naming the file; null if they don't. */
  private @Nullable String errorOf(WorkerSession session, SchemaRef schema, List<Step> steps)
      throws SQLException {
    MigrationFailedException failed = tryOut(session, schema, steps);
    if (failed == null || failed.isPlaced()) {
      return failed == null ? null : failed.describe();
    }
    // The server doesn't say where; the shortest beginning that fails ends with the step at fault.
    for (int count = 1; count <= steps.size(); count++) {
      MigrationFailedException shorter = tryOut(session, schema, steps.subList(0, count));
      SqlPart part = steps.get(count - 1).part();
      if (shorter != null && part != null) {
        return shorter.describe(part);
      }
    }
    return failed.describe();
  }

  private @Nullable MigrationFailedException tryOut(
      WorkerSession session, SchemaRef schema, List<Step> steps) throws SQLException {
    MigrationScript script = context.script(schema);
    steps.forEach(script::rehearse);
    try {
      session.send(script.rollback());
      session.discardIf(steps);
      return null;
    } catch (SQLException e) {
      SqlFailure failure = SqlFailure.of(e);
      session.abandonTransaction();
      session.discardIf(steps);
      if (failure.kind() == SqlFailure.Kind.CONNECTION) {
        session.broken();
        throw e;
      }
      return new MigrationFailedException(failure, script.placeOf(failure));
    }
  }

  /** CockroachDB's schema changes outlive the transaction that they are in. */
  private static boolean hasTransactionalDdl(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_catalog.version()")) {
      return row.next() && !row.getString(1).startsWith("CockroachDB");
    }
  }

  private static String sqlOf(SchemaRef schema, List<Step> steps) {
    StringBuilder sql = new StringBuilder();
    for (Step step : steps) {
      SqlPart part = step.part();
      sql.append("-- %s: %s %s%n".formatted(step.action(), step.version(), step.name()));
      if (part != null) {
        sql.append("SET LOCAL search_path = ")
            .append(SqlIdentifier.quote(schema.schema()))
            .append(";\n")
            .append(part.sql().strip())
            .append(part.sql().strip().endsWith(";") ? "\n" : "\n;\n");
      }
    }
    return sql.toString();
  }
}
