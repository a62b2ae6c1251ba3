package dev.tenantgate.migrator.history;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** Reads the runs of {@link RunLog}. Stateless. */
final class RunRows {

  /** Whether a later run to the same goal, over the same schemas, has gone to its end. */
  private static final String FOLLOWED =
      "EXISTS (SELECT 1 FROM tenantgate.run later WHERE later.goal = r.goal"
          + " AND later.scope = r.scope AND later.id > r.id AND later.state = 'succeeded')";

  private RunRows() {}

  /** Reads the runs that are remembered, the last one first. */
  static List<RecordedRun> read(Connection connection) throws SQLException {
    List<RecordedRun> runs = new ArrayList<>();
    String sql =
        """
        SELECT r.id, r.goal, r.scope, r.changelog, r.started_by, r.holder, r.started_at, \
        r.ended_at, CASE WHEN r.state <> 'running' OR r.expires_at > \
        pg_catalog.clock_timestamp() THEN r.state WHEN %s THEN 'replaced' \
        ELSE 'interrupted' END, r.reason, \
        COALESCE(s.total, 0), COALESCE(s.done, 0), COALESCE(s.failed, 0) \
        FROM tenantgate.run r LEFT JOIN (SELECT run_id, pg_catalog.count(*) AS total, \
        pg_catalog.count(*) FILTER (WHERE state IN ('done', 'gone')) AS done, \
        pg_catalog.count(*) FILTER (WHERE state = 'failed') AS failed \
        FROM tenantgate.run_schema GROUP BY run_id) s ON s.run_id = r.id \
        ORDER BY r.id DESC\
        """
            .formatted(FOLLOWED);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        runs.add(run(row));
      }
    }
    return runs;
  }

  private static RecordedRun run(ResultSet row) throws SQLException {
    OffsetDateTime endedAt = row.getObject(8, OffsetDateTime.class);
    return new RecordedRun(
        row.getLong(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        row.getObject(7, OffsetDateTime.class).toInstant(),
        endedAt == null ? null : endedAt.toInstant(),
        state(row.getString(9)),
        row.getString(10),
        row.getInt(11),
        row.getInt(12),
        row.getInt(13));
  }

  /** A word that a later version wrote tells of nothing that could be resumed. */
  private static RecordedRun.State state(String label) {
    for (RecordedRun.State state : RecordedRun.State.values()) {
      if (state.label().equals(label)) {
        return state;
      }
    }
    return RecordedRun.State.REPLACED;
  }
}
