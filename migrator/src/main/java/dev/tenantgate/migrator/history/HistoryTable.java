package dev.tenantgate.migrator.history;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.foreign.AppliedMigration;
import dev.tenantgate.migrator.foreign.HistoryMatch.Taken;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The statements about {@code schema_migrations} inside a schema. Every name in them is qualified,
 * so that they mean the same under any {@code search_path} that begins with {@code pg_catalog}.
 */
public record HistoryTable(HistoryName name) {

  /** Errors are kept to what is useful to read, in characters. */
  private static final int MAX_ERROR = 8_000;

  /** A failure of ours that was rolled back may be on record. */
  private static final String OVER_FAILURE =
      "ON CONFLICT (version) DO UPDATE SET name = EXCLUDED.name,"
          + " applied_at = EXCLUDED.applied_at, checksum = EXCLUDED.checksum,"
          + " status = EXCLUDED.status, error_message = NULL"
          + " WHERE h.status <> 'success'";

  /** The table of a schema, qualified and quoted. */
  String of(SchemaRef schema) {
    return SqlIdentifier.quote(schema.schema()) + "." + name;
  }

  /** Makes the table. Times in it are UTC. */
  public String create(SchemaRef schema) {
    return """
    CREATE TABLE IF NOT EXISTS %s (
      version bigint PRIMARY KEY,
      name varchar(255) NOT NULL,
      applied_at timestamp NOT NULL DEFAULT current_timestamp,
      checksum varchar(64) NOT NULL,
      execution_time_ms integer,
      status varchar(20) DEFAULT 'success',
      error_message text)\
    """
        .formatted(of(schema));
  }

  /** An SQL expression for when a migration was recorded, in UTC and without a zone. */
  public String recordedAt(SchemaRef schema, Version version) {
    return "(SELECT applied_at FROM %s WHERE version = %s)".formatted(of(schema), version.number());
  }

  /** Reads the whole history, in whatever order: a few rows are sorted here for less. */
  String select(SchemaRef schema) {
    return "SELECT version, name, checksum, applied_at, execution_time_ms, status, error_message"
        + " FROM "
        + of(schema);
  }

  /**
   * Records a migration as applied; fails with a unique violation if it is recorded as applied
   * already.
   *
   * @param replaces whether a failure of it is recorded, or how far it came, which this takes the
   *     place of
   * @param millis an SQL expression for how long it took, in milliseconds
   */
  public String recordSuccess(
      SchemaRef schema, Migration migration, boolean replaces, String millis) {
    // A repeatable migration is applied again over the record of its last time.
    boolean repeats = migration.isRepeatable();
    String delete =
        "DELETE FROM %s WHERE version = %s%s;\n"
            .formatted(
                of(schema),
                migration.version().number(),
                repeats ? "" : " AND status <> 'success'");
    return (replaces || repeats ? delete : "")
        + insert(schema, migration, millis, "'success'", "NULL");
  }

  /** Records a migration as failed and rolled back, unless it is recorded as applied. */
  public String recordFailure(SchemaRef schema, Migration migration, String error) {
    return unlessApplied(schema, migration, HistoryStatus.FAILED, shortened(error));
  }

  /**
   * Records how far a migration came whose statements are committed one by one.
   *
   * @param status {@link HistoryStatus#APPLYING}, {@link HistoryStatus#FAILED} or {@link
   *     HistoryStatus#REVERTING}; only the last takes the place of the record that it is applied
   * @param error why it went no further; null if nothing kept it from that
   */
  public String recordProgress(
      SchemaRef schema,
      Migration migration,
      HistoryStatus status,
      StatementProgress progress,
      @Nullable String error) {
    String text = progress.after(error == null ? null : shortened(error));
    return status == HistoryStatus.REVERTING
        ? "UPDATE %s SET status = '%s', error_message = %s WHERE version = %s"
            .formatted(
                of(schema),
                status.column(),
                SqlIdentifier.literal(text),
                migration.version().number())
        : unlessApplied(schema, migration, status, text);
  }

  private String unlessApplied(
      SchemaRef schema, Migration migration, HistoryStatus status, String text) {
    String column = "'" + status.column() + "'";
    return insert(schema, migration, "NULL", column, SqlIdentifier.literal(text))
        + """
         ON CONFLICT (version) DO UPDATE SET name = EXCLUDED.name, \
        applied_at = EXCLUDED.applied_at, checksum = EXCLUDED.checksum, \
        execution_time_ms = EXCLUDED.execution_time_ms, status = EXCLUDED.status, \
        error_message = EXCLUDED.error_message\
        """
        + (migration.isRepeatable() ? "" : " WHERE h.status IS NOT NULL AND h.status <> 'success'");
  }

  private static String shortened(String error) {
    return error.codePointCount(0, error.length()) > MAX_ERROR
        ? error.substring(0, error.offsetByCodePoints(0, MAX_ERROR)) + "…"
        : error;
  }

  /**
   * Records migrations as applied whose state was made in another way.
   *
   * @param migrations at least one
   */
  public String recordAll(SchemaRef schema, List<Migration> migrations) {
    String now = "pg_catalog.timezone('UTC', pg_catalog.clock_timestamp())";
    return migrations.stream()
        .map(
            migration ->
                "(%s, %s, %s, %s, 'success')"
                    .formatted(
                        migration.version().number(),
                        SqlIdentifier.literal(migration.name()),
                        now,
                        SqlIdentifier.literal(migration.checksum())))
        .collect(
            Collectors.joining(
                ", ",
                "INSERT INTO %s AS h (version, name, applied_at, checksum, status) VALUES "
                    .formatted(of(schema)),
                " " + OVER_FAILURE));
  }

  /** Forgets that a migration was applied. */
  public String remove(SchemaRef schema, Version version) {
    return "DELETE FROM %s WHERE version = %s".formatted(of(schema), version.number());
  }

  /** Forgets that a migration failed. */
  public String clearFailure(SchemaRef schema, Version version) {
    return "DELETE FROM %s WHERE version = %s AND status IS NOT NULL AND status <> 'success'"
        .formatted(of(schema), version.number());
  }

  /** The same, of one that some statements are done of: the next run goes on behind those. */
  public String clearFailure(SchemaRef schema, Version version, StatementProgress done) {
    return "UPDATE %s SET status = '%s', error_message = %s WHERE version = %s AND status = '%s'"
        .formatted(
            of(schema),
            HistoryStatus.APPLYING.column(),
            SqlIdentifier.literal(done.after(null)),
            version.number(),
            HistoryStatus.FAILED.column());
  }

  /** Takes the migration as it is for the one that was applied. */
  public String adopt(SchemaRef schema, Migration migration) {
    return "UPDATE %s SET checksum = %s, name = %s WHERE version = %s"
        .formatted(
            of(schema),
            SqlIdentifier.literal(migration.checksum()),
            SqlIdentifier.literal(migration.name()),
            migration.version().number());
  }

  /**
   * Records migrations that another tool has applied, at the times that it says; those that it says
   * none of, now.
   */
  String recordTakenOver(SchemaRef schema, List<Taken> taken) {
    String now = "pg_catalog.timezone('UTC', pg_catalog.clock_timestamp())";
    return taken.stream()
        .map(
            one -> {
              AppliedMigration entry = one.entry();
              String at = Adoptions.time(entry == null ? null : entry.appliedAt());
              return "(%s, %s, %s, %s, 'success')"
                  .formatted(
                      one.migration().version().number(),
                      SqlIdentifier.literal(one.migration().name()),
                      at == null ? now : at,
                      SqlIdentifier.literal(one.migration().checksum()));
            })
        .collect(
            Collectors.joining(
                ", ",
                "INSERT INTO %s AS h (version, name, applied_at, checksum, status) VALUES "
                    .formatted(of(schema)),
                " " + OVER_FAILURE));
  }

  private String insert(
      SchemaRef schema, Migration migration, String millis, String status, String error) {
    return """
    INSERT INTO %s AS h \
    (version, name, applied_at, checksum, execution_time_ms, status, error_message) \
    VALUES (%s, %s, pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()), %s, %s, %s, %s)\
    """
        .formatted(
            of(schema),
            migration.version().number(),
            SqlIdentifier.literal(migration.name()),
            SqlIdentifier.literal(migration.checksum()),
            millis,
            status,
            error);
  }
}
