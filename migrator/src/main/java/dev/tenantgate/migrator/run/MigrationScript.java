package dev.tenantgate.migrator.run;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Directives;
import dev.tenantgate.migrator.changelog.SqlPart;
import dev.tenantgate.migrator.history.HistoryTable;
import dev.tenantgate.migrator.history.Journal;
import dev.tenantgate.migrator.plan.Step;
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
  private final String by;
  private final StringBuilder sql = new StringBuilder();
  private final List<Segment> segments = new ArrayList<>();
  private final Duration lockTimeout;
  private final Duration statementTimeout;

  private record Segment(int start, int end, SqlPart part) {}

  /**
   * Where in a file something stands.
   *
   * @param part the statements
   * @param line from 1
   */
  record Place(SqlPart part, int line) {}

  /**
   * Begins a message.
   *
   * @param by who changes the schema, for the journal
   */
  MigrationScript(SchemaRef schema, MigrationSettings settings, String by) {
    this.schema = schema;
    this.by = by;
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
   * Adds a step: what it runs, its change of the history, its row in the journal.
   *
   * @param replaces whether the history has a failure of it, which a row takes the place of
   */
  MigrationScript step(Step step, boolean replaces) {
    SqlPart part = step.part();
    if (part != null) {
      run(part);
    }
    statement(inHistory(step, replaces));
    return statement(
        Journal.record(
            schema,
            step.version(),
            step.name(),
            step.action(),
            by,
            part == null ? "NULL" : MILLIS,
            null));
  }

  /** Adds what a step runs, and nothing that tells of it. */
  MigrationScript rehearse(Step step) {
    SqlPart part = step.part();
    if (part != null) {
      run(part);
    }
    return this;
  }

  /** Adds statements that are no step of the history, run as one. */
  MigrationScript statements(SqlPart part) {
    run(part);
    return this;
  }

  private String inHistory(Step step, boolean replaces) {
    if (step instanceof Step.Apply apply) {
      return HistoryTable.recordSuccess(schema, apply.migration(), replaces, MILLIS);
    } else if (step instanceof Step.Baseline baseline) {
      return HistoryTable.recordSuccess(schema, baseline.migration(), replaces, "NULL");
    } else if (step instanceof Step.AdoptChecksum adopt) {
      return HistoryTable.adopt(schema, adopt.migration());
    } else if (step instanceof Step.Revert) {
      return HistoryTable.remove(schema, step.version());
    }
    return HistoryTable.clearFailure(schema, step.version());
  }

  private void run(SqlPart part) {
    statement(
        "SELECT pg_catalog.set_config('%s', %s, true)"
            .formatted(
                STARTED,
                "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())::pg_catalog.text"));
    statement("SET LOCAL search_path = " + SqlIdentifier.quote(schema.schema()));
    Directives directives = part.directives();
    if (hasTimeouts(directives)) {
      timeouts(directives);
    }
    int start = sql.length();
    sql.append(part.sql());
    segments.add(new Segment(start, sql.length(), part));
    // The last line may be a comment, the last statement may lack its semicolon.
    sql.append("\n;\n");
    if (part.touchesSession()) {
      statement("RESET ROLE");
    }
    if (part.touchesSession() || hasTimeouts(directives)) {
      timeouts(Directives.NONE);
    }
    bookkeeping();
  }

  /** The whole message. */
  String commit() {
    return statement("COMMIT").sql.toString();
  }

  /** The message without an end: its transaction stays open. */
  String unfinished() {
    return sql.toString();
  }

  /** The whole message, undone in the end. */
  String rollback() {
    return statement("ROLLBACK").sql.toString();
  }

  /** The statements that an error stands in; null if it stands in none, or isn't known to. */
  @Nullable Place placeOf(SqlFailure failure) {
    if (failure.position() < 1 || failure.position() > sql.length()) {
      return null;
    }
    int index = sql.offsetByCodePoints(0, failure.position() - 1);
    for (Segment segment : segments) {
      if (index >= segment.start && index < segment.end) {
        return new Place(segment.part, segment.part.lineAt(index - segment.start));
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
