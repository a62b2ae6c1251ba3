package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.history.RunLog.Progress;
import dev.tenantgate.migrator.history.RunLog.Row;
import dev.tenantgate.migrator.history.RunLog.Stage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The plans of runs in {@code tenantgate.run_schema}, a row for each schema. Stateless. */
final class RunPlanRows {

  private RunPlanRows() {}

  /** Writes a run's plan. */
  static void insert(Connection connection, long id, List<Row> plan) throws SQLException {
    String sql =
        """
        INSERT INTO tenantgate.run_schema \
        (run_id, position, stage, wave, schema_name, tenant, state) \
        SELECT %d, p.position, p.stage, p.wave, p.schema_name, p.tenant, 'pending' \
        FROM unnest(?::integer[], ?::text[], \
        ?::integer[], ?::text[], ?::text[]) \
        AS p (position, stage, wave, schema_name, tenant)\
        """
            .formatted(id);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      numbers(statement, 1, plan.stream().map(Row::position).toArray());
      texts(statement, 2, plan.stream().map(Row::stage).toArray());
      numbers(statement, 3, plan.stream().map(Row::wave).toArray());
      texts(statement, 4, plan.stream().map(row -> row.schema().schema()).toArray());
      texts(statement, 5, plan.stream().map(row -> row.schema().tenant()).toArray());
      statement.executeUpdate();
    }
  }

  private static void numbers(PreparedStatement statement, int index, Object[] values)
      throws SQLException {
    statement.setArray(index, statement.getConnection().createArrayOf("int4", values));
  }

  private static void texts(PreparedStatement statement, int index, @Nullable Object[] values)
      throws SQLException {
    statement.setArray(index, statement.getConnection().createArrayOf("text", values));
  }

  /** Notes how schemas of a run have ended. */
  static void noteEnded(Connection connection, long id, List<Row> ended) throws SQLException {
    String sql =
        """
        UPDATE tenantgate.run_schema r SET state = e.state, error_message = e.error_message, \
        ended_at = pg_catalog.clock_timestamp() \
        FROM unnest(?::integer[], ?::text[], \
        ?::text[]) AS e (position, state, error_message) \
        WHERE r.run_id = %d AND r.position = e.position\
        """
            .formatted(id);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      numbers(statement, 1, ended.stream().map(Row::position).toArray());
      texts(statement, 2, ended.stream().map(row -> row.progress().label()).toArray());
      texts(statement, 3, ended.stream().map(Row::error).toArray());
      statement.executeUpdate();
    }
  }

  /** Reads a run's plan, in the order of the turns. */
  static List<Row> read(Connection connection, long id) throws SQLException {
    return select(connection, "run_id = %d ORDER BY position".formatted(id));
  }

  /** Reads those of a run's schemas that failed, the first so many. */
  static List<Row> failed(Connection connection, long id, int most) throws SQLException {
    return select(
        connection,
        "run_id = %d AND state = 'failed' ORDER BY position LIMIT %d".formatted(id, most));
  }

  private static List<Row> select(Connection connection, String which) throws SQLException {
    List<Row> plan = new ArrayList<>();
    String sql =
        "SELECT position, stage, wave, schema_name, tenant, state, error_message"
            + " FROM tenantgate.run_schema WHERE "
            + which;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        plan.add(
            new Row(
                row.getInt(1),
                row.getString(2),
                row.getInt(3),
                new SchemaRef(row.getString(4), row.getString(5)),
                progress(row.getString(6)),
                row.getString(7)));
      }
    }
    return plan;
  }

  /** Counts a run's plan by its stages, in the order of the turns. */
  static List<Stage> stages(Connection connection, long id) throws SQLException {
    List<Stage> stages = new ArrayList<>();
    String sql =
        """
        SELECT stage, wave, count(*), count(*) FILTER (WHERE state IN ('done', 'gone')), \
        count(*) FILTER (WHERE state = 'failed') \
        FROM tenantgate.run_schema WHERE run_id = %d \
        GROUP BY stage, wave ORDER BY min(position)\
        """
            .formatted(id);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        stages.add(
            new Stage(
                row.getString(1), row.getInt(2), row.getInt(3), row.getInt(4), row.getInt(5)));
      }
    }
    return stages;
  }

  private static Progress progress(String label) {
    for (Progress progress : Progress.values()) {
      if (progress.label().equals(label)) {
        return progress;
      }
    }
    return Progress.PENDING;
  }
}
