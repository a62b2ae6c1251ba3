package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PoolKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;

/**
 * Asks, for some databases and users at once, on which rows of the shared catalogs it depends what
 * a new session of theirs would be: role and database themselves, their settings, memberships, the
 * right to connect. The rows' versions ({@code xmin}) are asked for, not what is in them. Asked by
 * the gateway's own account, whose {@code search_path} is {@code pg_catalog}.
 */
final class DefaultsQuestion {

  private static final String ROLE_ROW = "pg_authid";

  /** For an account that mustn't read passwords: all the rest of that row. */
  private static final String ROLE_COLUMNS = "pg_roles";

  private static final String ROW_VERSION = "r.xmin";
  private static final String COLUMNS =
      """
      r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication,
      r.rolconnlimit, r.rolvaliduntil, r.rolbypassrls\
      """;

  /**
   * A line for each: whether somebody needs the database for himself, who waits for its sessions to
   * leave (DROP, RENAME, TABLESPACE, TEMPLATE), and then the versions.
   */
  private static final String SQL =
      """
      WITH asked AS (SELECT $1::text[] AS a),
        place AS (
          SELECT n, a[2 * n - 1] AS datname, a[2 * n] AS rolname
          FROM asked, generate_series(1, cardinality(a) / 2) n),
        wanted AS MATERIALIZED (
          SELECT l.objid FROM pg_locks l
          WHERE l.locktype = 'object' AND l.classid = 'pg_database'::regclass AND l.database = 0
            AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
              'AccessExclusiveLock'))
      SELECT pg_conf_load_time()::text, string_agg(concat(
        CASE WHEN EXISTS (SELECT FROM wanted w WHERE w.objid = d.oid) THEN 'w' ELSE '-' END,
        concat_ws(',', d.oid, d.xmin, r.oid, r.rolvaliduntil < now(), %2$s,
          has_database_privilege(r.oid, d.oid, 'CONNECT'),
          (SELECT string_agg(concat_ws(' ', s.setdatabase, s.setrole, s.xmin), ','
              ORDER BY s.setdatabase, s.setrole)
            FROM pg_db_role_setting s
            WHERE s.setdatabase IN (0, d.oid) AND s.setrole IN (0, r.oid)),
          (WITH RECURSIVE up AS (
              SELECT m.roleid, m.member, m.xmin::text AS version
              FROM pg_auth_members m WHERE m.member = r.oid
              UNION
              SELECT m.roleid, m.member, m.xmin::text
              FROM up JOIN pg_auth_members m ON m.member = up.roleid)
            SELECT string_agg(concat_ws(' ', roleid::regrole, member, version), ';'
              ORDER BY roleid, member) FROM up))), E'\\n' ORDER BY n),
        has_table_privilege('pg_authid', 'SELECT')::text
      FROM place p
      LEFT JOIN pg_database d ON d.datname = p.datname
      LEFT JOIN %1$s r ON r.rolname = p.rolname
      """;

  private DefaultsQuestion() {}

  /**
   * The question. The answer is one row: when the server read its files, the lines, whether the
   * account may read passwords.
   */
  static String sql(boolean mayReadPasswords) {
    return mayReadPasswords
        ? SQL.formatted(ROLE_ROW, ROW_VERSION)
        : SQL.formatted(ROLE_COLUMNS, COLUMNS);
  }

  /** The databases and users to ask about, by turns, as an array of PostgreSQL's. */
  static String parameter(Collection<PoolKey> keys) {
    StringBuilder array = new StringBuilder("{");
    for (Iterator<PoolKey> each = keys.iterator(); each.hasNext(); ) {
      PoolKey key = each.next();
      quoted(array, key.database()).append(',');
      quoted(array, key.user()).append(each.hasNext() ? "," : "");
    }
    return array.append('}').toString();
  }

  private static StringBuilder quoted(StringBuilder array, String name) {
    return array.append('"').append(name.replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
  }

  /**
   * One line of the answer.
   *
   * @param wanted whether somebody waits for the database's sessions to leave
   * @param versions to be compared with others
   */
  record Line(boolean wanted, String versions) {}

  /** The lines of an answer, in the order of what was asked about. */
  static List<Line> lines(String answer) {
    List<Line> lines = new ArrayList<>();
    for (String line : answer.split("\n", -1)) {
      lines.add(new Line(line.startsWith("w"), line.substring(1)));
    }
    return lines;
  }
}
