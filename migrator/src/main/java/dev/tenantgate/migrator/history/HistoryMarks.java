package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.connection.DriverProperties;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The {@linkplain HistoryMark marks} of all histories, by schema: one look into the catalog and the
 * server's statistics. Immutable.
 *
 * <p>A history whose mark is the one in the registry's row has the digest of that row, provided
 * that the marks are {@linkplain #areUpToDate up to date}: a backend tells the statistics what it
 * wrote when it has nothing else to do, at the latest ten seconds later, or as it ends. So none may
 * be there that was busy since. The migrator's own don't matter, since they write a history's row
 * in the registry with it; nor do those of users who may not write to histories, as an application
 * shouldn't.
 *
 * <p>The server doesn't count writes of a superuser's session with {@code track_counts} off, and
 * counts those of a function with its owner's rights late. Changes of a table without a write (a
 * column that is dropped) don't show. Such changes are found where histories are read in any case:
 * by {@code repair}, by a gateway's comparison every ten minutes, and before a tenant's first
 * connection is let through.
 *
 * @param bySchema the marks, by the schema's name
 * @param areUpToDate whether nobody could have written what isn't counted yet
 */
public record HistoryMarks(Map<String, HistoryMark> bySchema, boolean areUpToDate) {

  /** Nothing is known. */
  public static final HistoryMarks NONE = new HistoryMarks(Map.of(), false);

  /** The first server with statistics in shared memory: earlier ones may lose some. */
  private static final int FIRST_SERVER = 15;

  /** Since when is counted; none where that isn't done by and for everybody. */
  private static final String SINCE =
      """
      SELECT pg_catalog.concat_ws(',',
        pg_catalog.date_part('epoch',
          pg_catalog.pg_stat_get_db_stat_reset_time(d.oid))::pg_catalog.numeric(20, 6),
        pg_catalog.date_part('epoch',
          pg_catalog.pg_stat_get_bgwriter_stat_reset_time())::pg_catalog.numeric(20, 6))
      FROM pg_catalog.pg_database d
      WHERE d.datname = pg_catalog.current_database()
        AND pg_catalog.current_setting('track_counts') = 'on'
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s
          WHERE s.setconfig::pg_catalog.text LIKE '%track_counts%')
      """;

  /** The users with a session that was busy a moment ago, or whose state may not be seen. */
  private static final String BUSY =
      """
      SELECT DISTINCT a.usesysid FROM pg_catalog.pg_stat_activity a
        WHERE a.datname = pg_catalog.current_database()
          AND a.application_name IS DISTINCT FROM '%s'
          AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
          AND a.backend_type IS DISTINCT FROM 'walsender'
          AND (a.state = 'idle'
            AND a.state_change < pg_catalog.clock_timestamp() - INTERVAL '15 seconds') IS NOT TRUE
      """
          .formatted(DriverProperties.APPLICATION);

  private static final String ANY_BUSY = "SELECT EXISTS (%s)".formatted(BUSY);

  /** Histories of so many kinds of owner and grants are looked at; of more, anything may be. */
  private static final int MOST_KINDS = 10;

  /**
   * Whether one of them may write histories, whatever role it takes on. Histories of one owner with
   * the same grants are as good as one.
   */
  private static final String BUSY_WRITERS =
      """
      WITH kind AS MATERIALIZED (
        SELECT min(c.oid) AS history, c.relowner AS owner
        FROM pg_catalog.pg_class c
        WHERE c.relname = '%1$s' AND c.relkind = 'r'
        GROUP BY c.relowner, c.relacl::pg_catalog.text LIMIT %2$d + 1),
      busy AS MATERIALIZED (%3$s)
      SELECT (SELECT count(*) FROM kind) > %2$d OR EXISTS (
        SELECT FROM busy CROSS JOIN kind
        WHERE busy.usesysid IS NULL OR EXISTS (
          SELECT FROM pg_catalog.pg_roles r
          WHERE pg_catalog.pg_has_role(busy.usesysid, r.oid, 'MEMBER')
            AND (r.oid = kind.owner
              OR pg_catalog.has_table_privilege(
                r.oid, kind.history, 'INSERT, UPDATE, DELETE, TRUNCATE') IS NOT FALSE
              OR pg_catalog.has_any_column_privilege(
                r.oid, kind.history, 'INSERT, UPDATE') IS NOT FALSE)))
      """
          .formatted(HistoryName.STANDARD, MOST_KINDS, BUSY);

  private static final String MARKS =
      """
      SELECT n.nspname,
        pg_catalog.pg_stat_get_tuples_inserted(c.oid)
          + pg_catalog.pg_stat_get_tuples_updated(c.oid)
          + pg_catalog.pg_stat_get_tuples_deleted(c.oid),
        pg_catalog.concat(c.oid, ' ', c.relfilenode)
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = '%s' AND c.relkind = 'r'
      """
          .formatted(HistoryName.STANDARD);

  /** Reads them; none where the server can't tell. */
  public static HistoryMarks read(Connection connection, HistoryName history) throws SQLException {
    if (connection.getMetaData().getDatabaseMajorVersion() < FIRST_SERVER) {
      return NONE;
    }
    try (Statement statement = connection.createStatement()) {
      String since = value(statement, SINCE);
      if (since == null) {
        return NONE;
      }
      // First who is there: what they wrote before is counted by the time that the marks are read.
      boolean upToDate =
          "f".equals(value(statement, ANY_BUSY))
              || "f".equals(value(statement, history.in(BUSY_WRITERS)));
      Map<String, HistoryMark> marks = new HashMap<>();
      try (ResultSet rows = statement.executeQuery(history.in(MARKS))) {
        while (rows.next()) {
          marks.put(
              rows.getString(1), new HistoryMark(rows.getLong(2), rows.getString(3) + " " + since));
        }
      }
      return new HistoryMarks(marks, upToDate);
    }
  }

  private static @Nullable String value(Statement statement, String query) throws SQLException {
    try (ResultSet row = statement.executeQuery(query)) {
      return row.next() ? row.getString(1) : null;
    }
  }

  /** Whether a schema's history is as it was when its row in the registry got its mark. */
  public boolean confirm(RegistryRow row) {
    String digest = row.digest();
    HistoryMark mark = bySchema.get(row.schema().schema());
    return areUpToDate
        && digest != null
        && row.failedVersion() == null
        && mark != null
        && mark.text(digest).equals(row.mark());
  }
}
