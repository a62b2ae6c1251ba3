package dev.tenantgate.migrator.run;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Directives;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.history.HistoryTable;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the one message that changes a schema: {@code BEGIN}, what holds for the transaction, each
 * migration followed by its row in the history, the rest of the bookkeeping, {@code COMMIT}.
 * Remembers where each migration stands in it, so that an error's position leads to a line of a
 * file.
 *
 * <p>Each migration begins under the same settings, whatever the one before it set: its schema
 * alone is in the search path (a migration never touches {@code public} by accident). Bookkeeping
 * runs with {@code pg_catalog} first, so that nothing in a schema can stand in for an operator or
 * type.
 *
 * <p>Confined to one thread.
 */
final class MigrationScript {

  /** Where the time of a migration's start is kept while it runs, in seconds since 1970. */
  private static final String STARTED = "tenantgate.started";

  private static final String MILLIS =
      """
      LEAST((pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) \
      - NULLIF(pg_catalog.current_setting('%s', true), '')::pg_catalog.float8) * 1000, \
      2147483647)::pg_catalog.int4"""
          .formatted(STARTED);

  private final SchemaRef schema;
  private final StringBuilder sql = new StringBuilder();
  private final List<Segment> segments = new ArrayList<>();
  private final Duration lockTimeout;
  private final Duration statementTimeout;

  private record Segment(int start, int end, Migration migration) {}

  /**
   * Where in a file something stands.
   *
   * @param migration whose file
   * @param line from 1; 0 if not known
   */
  record Place(Migration migration, int line) {}

  MigrationScript(SchemaRef schema, MigrationSettings settings) {
    this.schema = schema;
    this.lockTimeout = settings.lockTimeout();
    this.statementTimeout = settings.statementTimeout();
    // The database or the role may default to another isolation, or to reading only.
    statement("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    timeouts(Directives.NONE);
    bookkeeping();
  }

  /** Adds a statement of the bookkeeping. */
  MigrationScript statement(String statement) {
    sql.append(statement).append(";\n");
    return this;
  }

  /**
   * Adds a migration and its row in the history.
   *
   * @param replaces whether the history has a failure of it, which the row takes the place of
   */
  MigrationScript migration(Migration migration, boolean replaces) {
    statement(
        "SELECT pg_catalog.set_config('%s', %s, true)"
            .formatted(
                STARTED,
                "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())::pg_catalog.text"));
    statement("SET LOCAL search_path = " + SqlIdentifier.quote(schema.schema()));
    Directives directives = migration.up().directives();
    if (hasTimeouts(directives)) {
      timeouts(directives);
    }
    int start = sql.length();
    sql.append(migration.up().sql());
    segments.add(new Segment(start, sql.length(), migration));
    // The last line may be a comment, the last statement may lack its semicolon.
    sql.append("\n;\n");
    if (migration.up().touchesSession()) {
      statement("RESET ROLE");
    }
    if (migration.up().touchesSession() || hasTimeouts(directives)) {
      timeouts(Directives.NONE);
    }
    bookkeeping();
    return statement(HistoryTable.recordSuccess(schema, migration, replaces, MILLIS));
  }

  /** The whole message. */
  String commit() {
    return statement("COMMIT").sql.toString();
  }

  /** The migration that an error stands in; null if it stands in none, or isn't known to. */
  @Nullable Place placeOf(SqlFailure failure) {
    if (failure.position() < 1 || failure.position() > sql.length()) {
      return null;
    }
    int index = sql.offsetByCodePoints(0, failure.position() - 1);
    for (Segment segment : segments) {
      if (index >= segment.start && index < segment.end) {
        int line = segment.migration.up().lineAt(index - segment.start);
        return new Place(segment.migration, line);
      }
    }
    return null;
  }

  private void bookkeeping() {
    statement("SET LOCAL search_path = pg_catalog, pg_temp");
  }

  private static boolean hasTimeouts(Directives directives) {
    return directives.lockTimeout() != null || directives.statementTimeout() != null;
  }

  private void timeouts(Directives directives) {
    timeout("lock_timeout", directives.lockTimeout(), lockTimeout);
    timeout("statement_timeout", directives.statementTimeout(), statementTimeout);
  }

  private void timeout(String setting, @Nullable Duration own, Duration standard) {
    statement("SET LOCAL %s = %d".formatted(setting, (own == null ? standard : own).toMillis()));
  }
}
