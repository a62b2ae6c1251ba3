package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The runs over many schemas, in two tables of the registry: who began which, when and with what
 * goal; and the plan of each, a row for each schema in the order of their turns. Which process has
 * a run is told as with leases: by its name and an expiry that it extends.
 *
 * <p>Only the histories say what was applied. A plan that lost its last moments is as good as
 * another: the histories say what is left of it.
 *
 * <p>Stateless; thread-safe. The connection must be in autocommit mode.
 */
public final class RunLog {

  static final List<String> CREATION =
      List.of(
          """
          CREATE TABLE IF NOT EXISTS tenantgate.run (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            goal text NOT NULL,
            scope text NOT NULL,
            changelog text NOT NULL,
            started_by text NOT NULL,
            started_at timestamptz NOT NULL,
            holder text NOT NULL,
            expires_at timestamptz NOT NULL,
            ended_at timestamptz,
            state text NOT NULL,
            reason text)\
          """,
          """
          CREATE TABLE IF NOT EXISTS tenantgate.run_schema (
            run_id bigint NOT NULL,
            position integer NOT NULL,
            stage text NOT NULL,
            wave integer NOT NULL,
            schema_name text NOT NULL,
            tenant text,
            state text NOT NULL,
            error_message text,
            ended_at timestamptz,
            PRIMARY KEY (run_id, position))\
          """);

  /** So many runs are remembered, and of so many the schemas as well. */
  private static final int RUNS_KEPT = 200;

  private static final int PLANS_KEPT = 10;

  private static final String UNFINISHED =
      "(state = 'stopped' OR (state = 'running' AND expires_at <= pg_catalog.clock_timestamp()))";

  private RunLog() {}

  /** How one schema of a plan stands. */
  public enum Progress {
    /** Has its turn still to come, or couldn't be brought to an end. */
    PENDING,
    /** Has everything that was asked for. */
    DONE,
    /** Its migration failed. */
    FAILED,
    /** The schema isn't there any more. */
    GONE;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One schema of a plan.
   *
   * @param position its turn, from 0
   * @param stage the kind of stage that it is in
   * @param wave which of the stages of that kind, from 1
   * @param schema the schema
   * @param progress how it stands
   * @param error why it failed; null if it didn't
   */
  public record Row(
      int position,
      String stage,
      int wave,
      SchemaRef schema,
      Progress progress,
      @Nullable String error) {}

  /**
   * How far a stage of a plan has come.
   *
   * @param stage the kind of stage
   * @param wave which of the stages of that kind, from 1
   * @param total its schemas
   * @param done those that have everything, or aren't there any more
   * @param failed those whose migration failed
   */
  public record Stage(String stage, int wave, int total, int done, int failed) {}

  /** Whether a run may go on. */
  public enum Standing {
    GOES_ON,
    /** Somebody has cancelled it. */
    CANCELLED,
    /** Another process has it now. */
    LOST
  }

  /** A run that is about to begin. */
  public record Beginning(String goal, String scope, String changelog, String by) {}

  /** Whether the tables are there. */
  public static boolean exists(Connection connection) throws SQLException {
    return Registry.hasRuns(connection);
  }

  /**
   * Records a run and its plan, and forgets those of long ago.
   *
   * @param holder this process
   * @param expiry how long it is this process's unless that is extended
   * @return the run's number
   */
  public static long begin(
      Connection connection, Beginning run, String holder, Duration expiry, List<Row> plan)
      throws SQLException {
    connection.setAutoCommit(false);
    try {
      long id = insert(connection, run, holder, expiry);
      RunPlanRows.insert(connection, id, plan);
      forget(connection);
      connection.commit();
      return id;
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  private static long insert(Connection connection, Beginning run, String holder, Duration expiry)
      throws SQLException {
    String sql =
        """
        INSERT INTO tenantgate.run (goal, scope, changelog, started_by, started_at, holder, \
        expires_at, state) VALUES (?, ?, ?, \
        pg_catalog.concat(CAST(? AS text), ' as ', \
        CAST(SESSION_USER AS text)), \
        pg_catalog.clock_timestamp(), ?, %s, 'running') RETURNING id\
        """
            .formatted(expiresIn(expiry));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, run.goal());
      statement.setString(2, run.scope());
      statement.setString(3, run.changelog());
      statement.setString(4, run.by());
      statement.setString(5, holder);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  private static void forget(Connection connection) throws SQLException {
    String sql =
        """
        DELETE FROM tenantgate.run_schema WHERE run_id NOT IN \
        (SELECT id FROM tenantgate.run ORDER BY id DESC LIMIT %d) \
        AND run_id NOT IN (SELECT id FROM tenantgate.run WHERE state IN ('running', 'stopped') \
        ORDER BY id DESC LIMIT %d); \
        DELETE FROM tenantgate.run WHERE id NOT IN \
        (SELECT id FROM tenantgate.run ORDER BY id DESC LIMIT %d)\
        """
            .formatted(PLANS_KEPT, PLANS_KEPT, RUNS_KEPT);
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String expiresIn(Duration expiry) {
    // An interval of the grammar's own: CockroachDB has no make_interval.
    return "pg_catalog.clock_timestamp() + INTERVAL '%d milliseconds'".formatted(expiry.toMillis());
  }

  /**
   * Takes over a run that nobody has; false if somebody has it, or it isn't there to be resumed.
   */
  public static boolean claim(Connection connection, long id, String holder, Duration expiry)
      throws SQLException {
    String sql =
        """
        UPDATE tenantgate.run SET holder = ?, expires_at = %s, state = 'running', \
        ended_at = NULL, reason = NULL WHERE id = %d AND %s\
        """
            .formatted(expiresIn(expiry), id, UNFINISHED);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, holder);
      return statement.executeUpdate() == 1;
    }
  }

  /** Lets a run count as nobody's whose process is known to be gone. */
  public static void expire(Connection connection, long id, String holder) throws SQLException {
    String sql =
        "UPDATE tenantgate.run SET expires_at = pg_catalog.clock_timestamp()"
            + " WHERE id = %d AND holder = ? AND state = 'running'".formatted(id);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, holder);
      statement.executeUpdate();
    }
  }

  /**
   * Extends the holding of a run and notes how schemas of it have ended.
   *
   * @param ended their rows; may be none
   * @return whether it may go on; nothing is noted of one that is another process's
   */
  public static Standing note(
      Connection connection, long id, String holder, Duration expiry, List<Row> ended)
      throws SQLException {
    String extend =
        "UPDATE tenantgate.run SET expires_at = %s WHERE id = %d AND holder = ? RETURNING reason"
            .formatted(expiresIn(expiry), id);
    Standing standing;
    try (PreparedStatement statement = connection.prepareStatement(extend)) {
      statement.setString(1, holder);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return Standing.LOST;
        }
        standing = row.getString(1) == null ? Standing.GOES_ON : Standing.CANCELLED;
      }
    }
    if (!ended.isEmpty()) {
      RunPlanRows.noteEnded(connection, id, ended);
    }
    return standing;
  }

  /**
   * Asks the process that has a run to cancel it: a run that goes on and has a reason is to stop.
   *
   * @return whether it goes on still
   */
  public static boolean cancel(Connection connection, long id, String by) throws SQLException {
    if (!exists(connection)) {
      return false;
    }
    String sql =
        """
        UPDATE tenantgate.run SET reason = COALESCE(reason, ?) \
        WHERE id = %d AND state = 'running' AND expires_at > pg_catalog.clock_timestamp()\
        """
            .formatted(id);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, by + " has cancelled it");
      return statement.executeUpdate() == 1;
    }
  }

  /**
   * Notes how a run of this process has ended. Earlier runs to the same goal, over the same
   * schemas, that were left unfinished are replaced by it: such a run may have been killed while
   * this one was under way, or so shortly before that it still counted as running when this one
   * began.
   */
  public static void end(
      Connection connection,
      long id,
      String holder,
      RecordedRun.State state,
      @Nullable String reason)
      throws SQLException {
    String sql =
        """
        UPDATE tenantgate.run SET state = ?, ended_at = pg_catalog.clock_timestamp(), \
        reason = CASE WHEN CAST(? AS text) IS NULL THEN NULL ELSE COALESCE(reason, ?) END \
        WHERE id = %d AND holder = ?\
        """
            .formatted(id);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, state.label());
      statement.setString(2, reason);
      statement.setString(3, reason);
      statement.setString(4, holder);
      statement.executeUpdate();
    }
    String replace =
        """
        UPDATE tenantgate.run AS r SET state = 'replaced', ended_at = \
        COALESCE(ended_at, pg_catalog.clock_timestamp()) WHERE r.id < %1$d AND %2$s \
        AND (r.goal, r.scope) = (SELECT o.goal, o.scope FROM tenantgate.run o WHERE o.id = %1$d)\
        """
            .formatted(id, UNFINISHED);
    try (Statement statement = connection.createStatement()) {
      statement.execute(replace);
    }
  }

  /**
   * Lets unfinished runs with the same goal and scope count as replaced.
   *
   * @param except the run that takes their place; 0 for none
   * @return which they were
   */
  public static List<Long> replace(Connection connection, String goal, String scope, long except)
      throws SQLException {
    String sql =
        """
        UPDATE tenantgate.run SET state = 'replaced', ended_at = \
        COALESCE(ended_at, pg_catalog.clock_timestamp()) \
        WHERE goal = ? AND scope = ? AND id <> %d AND %s RETURNING id\
        """
            .formatted(except, UNFINISHED);
    List<Long> replaced = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, goal);
      statement.setString(2, scope);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          replaced.add(rows.getLong(1));
        }
      }
    }
    return replaced;
  }

  /**
   * Lets an unfinished run count as discarded: nothing goes on with it any more.
   *
   * @return whether there is an unfinished run of that number
   */
  public static boolean discard(Connection connection, long id, String by) throws SQLException {
    if (!exists(connection)) {
      return false;
    }
    String sql =
        """
        UPDATE tenantgate.run SET state = 'discarded', reason = ?, ended_at = \
        COALESCE(ended_at, pg_catalog.clock_timestamp()) WHERE id = %d AND %s\
        """
            .formatted(id, UNFINISHED);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, by + " has discarded it");
      return statement.executeUpdate() == 1;
    }
  }

  /** Reads the runs that are remembered, the last one first; none where there is no table. */
  public static List<RecordedRun> read(Connection connection) throws SQLException {
    return exists(connection) ? RunRows.read(connection) : List.of();
  }

  /** Reads a run's plan, in the order of the turns. */
  public static List<Row> plan(Connection connection, long id) throws SQLException {
    return RunPlanRows.read(connection, id);
  }

  /** Counts a run's plan by its stages, in the order of the turns. */
  public static List<Stage> stages(Connection connection, long id) throws SQLException {
    return RunPlanRows.stages(connection, id);
  }

  /** Reads those of a run's schemas that failed, the first so many. */
  public static List<Row> failed(Connection connection, long id, int most) throws SQLException {
    return RunPlanRows.failed(connection, id, most);
  }
}
