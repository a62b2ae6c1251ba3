package dev.tenantgate.migrator.schema;

import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.session.WorkerSession;
import dev.tenantgate.migrator.sql.ConcurrentStatement;
import dev.tenantgate.migrator.sql.ConcurrentStatement.Detachment;
import dev.tenantgate.migrator.sql.ConcurrentStatement.IndexBuild;
import dev.tenantgate.migrator.sql.ConcurrentStatement.Rebuild;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a statement that can't be in a transaction, and sees to what an earlier try at it left
 * behind: an index that is there and as it should be isn't built again, one that never became valid
 * is dropped, a partition half detached is detached. Confined to one thread.
 */
final class Interruption {

  private static final Logger LOG = LoggerFactory.getLogger(Interruption.class);

  /**
   * SQLSTATEs of a statement that changes a schema and was done already: the object exists, or it
   * doesn't any more.
   */
  private static final Set<String> ALREADY_DONE =
      Set.of(
          "42P04", "42P06", "42P07", "42701", "42710", "42723", "42P16", // there
          "42P01", "42703", "42704", "42883", "3F000", "3D000"); // gone

  private static final String NOT_VALID = "NOT (x.indisvalid AND x.indisready AND x.indislive)";

  private final LeasedSchema leased;
  private final Migration migration;
  private final WorkerSession session;
  private final String schema;

  /** An index of the schema, or of that which its table is in. */
  private record Index(long oid, String schema, String name, boolean valid, int builder) {}

  Interruption(LeasedSchema leased, Migration migration) {
    this.leased = leased;
    this.migration = migration;
    this.session = leased.session();
    this.schema = SqlIdentifier.literal(leased.schema().schema());
  }

  /**
   * Sends a statement.
   *
   * @param again whether it was begun before, and what came of it isn't known
   */
  void send(String text, boolean again) throws SQLException {
    ConcurrentStatement concurrent =
        leased.strategy().hasTransactionalDdl() ? ConcurrentStatement.of(text) : null;
    if (concurrent instanceof IndexBuild build && isBuilt(build, again)) {
      skipped("the index is there already", text);
      return;
    } else if (concurrent instanceof Rebuild) {
      dropInvalid(rebuilt());
    } else if (concurrent instanceof Detachment detachment && isHalfDetached(detachment)) {
      session.send(detachment.finalizing());
      tidied("the partition %s was half detached".formatted(detachment.partition()));
      return;
    }
    try {
      session.send(text);
    } catch (SQLException e) {
      // Of an index, that it is there isn't enough, and was looked at.
      boolean done = again && ALREADY_DONE.contains(String.valueOf(e.getSQLState()));
      if (!done || concurrent instanceof IndexBuild) {
        throw e;
      }
      session.rollback();
      skipped(SqlFailure.of(e).text(), text);
    }
    if (concurrent instanceof IndexBuild build && build.index() != null) {
      assertValid(build);
    }
  }

  /** With IF NOT EXISTS, any relation of that name is as good to the server. */
  private void assertValid(IndexBuild build) throws SQLException {
    List<Index> found = indexes(isNamed(String.valueOf(build.index()), build.table()));
    for (Index other : found) {
      if (!other.valid) {
        throw new SQLException(
            "the index %s is there, but not valid; drop it, and run the migration again"
                .formatted(other.name),
            "55000");
      }
    }
  }

  /** Drops what a statement that has just failed left behind. */
  void tidyUp(String text) throws SQLException {
    if (!leased.strategy().hasTransactionalDdl()) {
      return;
    }
    ConcurrentStatement concurrent = ConcurrentStatement.of(text);
    if (concurrent instanceof IndexBuild build && build.index() != null) {
      dropInvalid(isNamed(build.index(), build.table()));
    } else if (concurrent instanceof IndexBuild build) {
      for (Index index : indexes(NOT_VALID + " AND " + isOn(build.table()))) {
        if (isSame(build, index)) {
          drop(index);
        }
      }
    } else if (concurrent instanceof Rebuild) {
      dropInvalid(rebuilt());
    }
  }

  /** Whether the index is there, valid and as it should be; one that isn't valid is dropped. */
  private boolean isBuilt(IndexBuild build, boolean again) throws SQLException {
    String name = build.index();
    if (name == null && !again) {
      return false;
    }
    String which = name == null ? isOn(build.table()) : isNamed(name, build.table());
    List<Index> found = indexes(which);
    for (Index index : found) {
      boolean same = (name != null && !index.valid) || isSame(build, index);
      if (same && !index.valid) {
        drop(index);
      } else if (same) {
        return true;
      }
    }
    return false;
  }

  private static String isOn(String table) {
    return "t.oid = pg_catalog.to_regclass(%s)".formatted(SqlIdentifier.literal(table));
  }

  /** An index is in its table's schema. */
  private static String isNamed(String index, String table) {
    return """
    i.relname = %s AND i.relnamespace = (SELECT named.relnamespace FROM pg_catalog.pg_class named
      WHERE named.oid = pg_catalog.to_regclass(%s))\
    """
        .formatted(
            SqlIdentifier.literal(ConcurrentStatement.catalogName(index)),
            SqlIdentifier.literal(table));
  }

  private String rebuilt() {
    return "n.nspname = %s AND i.relname ~ '_cc(new|old)[0-9]*$'".formatted(schema);
  }

  private List<Index> indexes(String condition) throws SQLException {
    String sql =
        """
        SELECT i.oid, n.nspname, i.relname, x.indisvalid AND x.indisready AND x.indislive,
          COALESCE((SELECT p.pid FROM pg_catalog.pg_stat_progress_create_index p
                    WHERE p.index_relid = i.oid AND p.datid = (SELECT d.oid
                      FROM pg_catalog.pg_database d WHERE d.datname = current_database())
                    LIMIT 1), 0)
        FROM pg_catalog.pg_index x
        JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
        JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
        WHERE i.relkind = 'i' AND %s
        ORDER BY i.oid\
        """
            .formatted(condition);
    return session.query(
        sql,
        results -> {
          List<Index> indexes = new ArrayList<>();
          try (var rows = results.next()) {
            while (rows.next()) {
              indexes.add(
                  new Index(
                      rows.getLong(1),
                      rows.getString(2),
                      rows.getString(3),
                      rows.getBoolean(4),
                      rows.getInt(5)));
            }
          }
          return indexes;
        });
  }

  /** Builds the same index on an empty copy of the table, and takes the server's word for both. */
  private boolean isSame(IndexBuild build, Index index) throws SQLException {
    String copy = SqlIdentifier.quote("tenantgate_copy_" + index.oid);
    String sql =
        """
        BEGIN;
        CREATE TABLE %1$s (LIKE %2$s);
        %3$s;
        SELECT pg_catalog.count(*) = 2 AND pg_catalog.count(DISTINCT (s.u, s.d)) = 1 FROM (
          SELECT x.indisunique AS u, pg_catalog.substr(pg_catalog.pg_get_indexdef(x.indexrelid),
            pg_catalog.strpos(pg_catalog.pg_get_indexdef(x.indexrelid), ' USING ')) AS d
          FROM pg_catalog.pg_index x
          WHERE x.indexrelid = %4$d OR x.indrelid = '%1$s'::pg_catalog.regclass) AS s;
        ROLLBACK\
        """
            .formatted(copy, build.table(), build.on(copy), index.oid);
    try {
      return session.query(
          sql,
          results -> {
            try (var row = results.next()) {
              return row.next() && row.getBoolean(1);
            }
          });
    } catch (SQLException e) {
      session.abandonTransaction();
      if (session.failure(e).kind() == SqlFailure.Kind.STATEMENT) {
        return false; // the statement itself will say what is wrong with it
      }
      throw e;
    }
  }

  private void dropInvalid(String condition) throws SQLException {
    for (Index index : indexes(NOT_VALID + " AND " + condition)) {
      drop(index);
    }
  }

  private void drop(Index index) throws SQLException {
    if (index.builder != 0) {
      // Its client is gone, or has lost the lease; the server doesn't know, and goes on.
      throw new SQLException(
          "the index %s is still being built by pid %d, for a run that has ended"
              .formatted(index.name, index.builder),
          "55P03");
    }
    session.send(
        "DROP INDEX CONCURRENTLY IF EXISTS %s.%s"
            .formatted(SqlIdentifier.quote(index.schema), SqlIdentifier.quote(index.name)));
    tidied("the invalid index %s, left by an earlier try, was dropped".formatted(index.name));
  }

  private boolean isHalfDetached(Detachment detachment) throws SQLException {
    String sql =
        """
        SELECT 1 FROM pg_catalog.pg_inherits h
        WHERE h.inhdetachpending AND h.inhparent = pg_catalog.to_regclass(%s)
        AND h.inhrelid = pg_catalog.to_regclass(%s)\
        """
            .formatted(
                SqlIdentifier.literal(detachment.table()),
                SqlIdentifier.literal(detachment.partition()));
    return !session.query(sql, WorkerSession::isEmpty);
  }

  private void tidied(String what) {
    LOG.atInfo()
        .addKeyValue("schema", leased.schema())
        .addKeyValue("migration", migration)
        .addKeyValue("what", what)
        .log("what an interrupted migration left behind was cleaned up");
    leased.run().listener().cleanedUp(leased.schema(), migration, what);
  }

  private void skipped(@Nullable String why, String text) {
    LOG.atInfo()
        .addKeyValue("schema", leased.schema())
        .addKeyValue("migration", migration)
        .addKeyValue("statement", text)
        .addKeyValue("why", why)
        .log("a statement that was done already is passed over");
  }
}
