package dev.tenantgate.migrator.rehearsal;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.MigrationPart;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.connection.RunControl;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.SchemaPlan;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.session.MigrationFailedException;
import dev.tenantgate.migrator.session.MigrationScript;
import dev.tenantgate.migrator.session.MigrationSearchPath;
import dev.tenantgate.migrator.session.Sessions;
import dev.tenantgate.migrator.session.WorkerSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A dry run of one schema: its migrations' statements run in one transaction that is rolled back.
 * Takes no lease and writes nothing; its locks are waited for no longer than a run's. Stateless;
 * thread-safe.
 */
public final class SchemaRehearsal {

  private final Sessions sessions;

  public SchemaRehearsal(Sessions sessions) {
    this.sessions = sessions;
  }

  /** Rehearses; whatever the statements come to is in the result. */
  public Rehearsal rehearse(Changelog changelog, SchemaRef schema, Goal goal) throws SQLException {
    try (Connection connection = sessions.connections().borrow()) {
      SchemaHistory history =
          sessions.histories().read(connection, List.of(schema), sessions.elsewhere()).get(0);
      SchemaPlan plan = goal.plan(history, changelog);
      String sql = text(schema, plan.steps(), sessions.settings());
      String objection = plan.objection();
      if (objection != null || plan.steps().isEmpty()) {
        return new Rehearsal(
            schema, plan.steps(), sql, true, objection, List.of(), plan.unmanaged());
      }
      if (!sessions.strategy(connection).hasTransactionalDdl()) {
        return new Rehearsal(schema, plan.steps(), sql, false, null);
      }
      WorkerSession session = sessions.session(connection, new RunControl());
      try {
        return rehearse(session, changelog, history, plan.steps(), sql);
      } catch (SQLException e) {
        return new Rehearsal(
            schema, plan.steps(), sql, true, sessions.lossOrThrow(e, connection).text());
      } finally {
        if (session.isClean()) {
          sessions.connections().touched(connection, 1);
        } else {
          sessions.connections().end(connection);
        }
      }
    }
  }

  /**
   * Tries the steps. A step that can't be in a transaction is tried as if it could, unless that
   * would keep the application waiting; its real run differs a little.
   */
  private Rehearsal rehearse(
      WorkerSession session,
      Changelog changelog,
      SchemaHistory history,
      List<Step> steps,
      String sql)
      throws SQLException {
    SchemaRef schema = history.schema();
    List<String> notTried = new ArrayList<>();
    MigrationFailedException failed = failureOf(session, schema, steps);
    List<Step> tried = steps;
    if (failed != null && isNoVerdict(failed) && !steps.stream().allMatch(Step::isTransactional)) {
      tried = steps.stream().filter(Step::isTransactional).toList();
      failed = tried.isEmpty() ? null : failureOf(session, schema, tried);
    }
    for (Step step : steps) {
      if (!step.isTransactional()) {
        notTried.add(
            "%s %s runs outside of a transaction, ".formatted(step.version(), step.name())
                + (tried.contains(step)
                    ? "and was tried in one, without CONCURRENTLY"
                    : "and wasn't tried: in one it would keep others waiting"));
      }
    }
    if (failed != null && isDueToSharing(session, schema, tried, failed)) {
      RehearsalAlone alone = new RehearsalAlone(sessions, session, changelog, history);
      failed = alone.failureOf(tried, failed.failure());
      notTried.addAll(alone.notTried());
    }
    return new Rehearsal(
        schema, steps, sql, true, failed == null ? null : failed.describe(), notTried);
  }

  /**
   * Whether a migration may well succeed once those before it are committed. The same error without
   * those before it is its own; so is what it says of rows, which are there as they are.
   */
  private boolean isDueToSharing(
      WorkerSession session, SchemaRef schema, List<Step> steps, MigrationFailedException failed)
      throws SQLException {
    String state = failed.failure().sqlState();
    MigrationPart part = failed.part();
    if (!EachAlone.mayHelp(failed.failure()) || state == null || state.startsWith("23")) {
      return false;
    }
    Step failing =
        steps.stream()
            .filter(step -> part != null && part.equals(step.part()))
            .findFirst()
            .orElse(null);
    if (failing == null) {
      return true;
    }
    MigrationFailedException byItself = tryOut(session, schema, List.of(failing));
    return byItself == null
        || !failing.isTransactional()
        || !state.equals(byItself.failure().sqlState());
  }

  /** Whether what a migration ran into is due to its being tried in a transaction. */
  private static boolean isNoVerdict(MigrationFailedException failed) {
    return failed.failure().kind() == SqlFailure.Kind.CANCELLED
        || "25001".equals(failed.failure().sqlState());
  }

  /** The error of the steps, naming the file; null if they succeed. */
  private @Nullable MigrationFailedException failureOf(
      WorkerSession session, SchemaRef schema, List<Step> steps) throws SQLException {
    MigrationFailedException failed = tryOut(session, schema, steps);
    if (failed == null || failed.isPlaced()) {
      return failed;
    }
    // The server doesn't say where; the shortest beginning that fails ends with the step at fault.
    for (int count = 1; count <= steps.size(); count++) {
      MigrationFailedException shorter = tryOut(session, schema, steps.subList(0, count));
      MigrationPart part = steps.get(count - 1).part();
      if (shorter != null && part != null) {
        return shorter.in(part);
      }
    }
    return failed;
  }

  private @Nullable MigrationFailedException tryOut(
      WorkerSession session, SchemaRef schema, List<Step> steps) throws SQLException {
    MigrationScript script = sessions.script(schema);
    steps.forEach(script::rehearse);
    try {
      session.send(script.rollback());
      session.restoreAfter(WorkerSession.effectOf(steps));
      return null;
    } catch (SQLException e) {
      SqlFailure failure = session.failure(e);
      if (failure.isLoss()) {
        throw e;
      }
      session.abandonTransaction();
      session.restoreAfter(WorkerSession.effectOf(steps));
      return MigrationFailedException.of(session, failure, script.placeOf(failure));
    }
  }

  /** Steps as they are run, without the bookkeeping. */
  public static String text(SchemaRef schema, List<Step> steps, MigrationSettings settings) {
    StringBuilder sql = new StringBuilder();
    for (Step step : steps) {
      MigrationPart part = step.part();
      sql.append("-- %s: %s %s%n".formatted(step.action(), step.version(), step.name()));
      if (step instanceof Step.Adopt adopt) {
        adopt.describe().forEach(line -> sql.append("--   ").append(line).append('\n'));
      }
      if (part != null) {
        String ownText = part instanceof SqlPart text ? text.forSchema(schema).sql() : part.sql();
        sql.append(step.isTransactional() ? "SET LOCAL" : "SET")
            .append(" search_path = ")
            .append(MigrationSearchPath.of(schema, settings))
            .append(";\n")
            .append(ownText.strip())
            .append(ownText.strip().endsWith(";") ? "\n" : "\n;\n");
      }
    }
    return sql.toString();
  }
}
