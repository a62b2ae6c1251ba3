package dev.tenantgate.migrator.foreign;

import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The statement that reads a history as {@link ForeignRow}s. Nothing in it calls anything but the
 * server's own functions, and a table that inherits from this one isn't read. Stateless.
 */
final class ForeignSelect {

  /** A history has fewer rows; a table of as many is another thing. */
  static final int MOST_ROWS = 20_000;

  private static final String NONE = "NULL::pg_catalog.text";

  private static final Pattern UUID_DIGITS = Pattern.compile("[0-9a-f]{32}");

  private static final String DONE_UNSAID = "NULL::pg_catalog.bool";

  private static final String[] TIMES = {
    "applied_at",
    "executed_at",
    "run_at",
    "migrated_at",
    "installed_on",
    "dateexecuted",
    "finished_at",
    "applied",
    "tstamp",
    "run_on",
    "migration_time",
    "inserted_at"
  };

  private static final String[] NAMES = {
    "migration_name", "name", "migration", "filename", "file_name", "version"
  };

  private static final Parts OF_NUMBERED =
      Parts.versions("version", "version")
          .called("name")
          .with("COALESCE(status = 'success', true)", "status", "error_message");

  private static final Parts OF_FLYWAY =
      Parts.versions("version", "installed_rank")
          .called("description")
          .with("success", "type", "checksum::pg_catalog.text");

  private static final Parts OF_PRISMA =
      Parts.named("migration_name", "started_at")
          .with(
              "finished_at IS NOT NULL",
              "CASE WHEN rolled_back_at IS NOT NULL THEN 'rolled back' END",
              "pg_catalog.left(logs, 300)");

  private static final Parts OF_ATLAS =
      Parts.versions("version", "version")
          .called("description")
          .with(
              "applied = total AND COALESCE(error, '') = ''",
              "type::pg_catalog.text",
              "pg_catalog.concat(applied, ' of ', total, ' statements done; ',"
                  + " pg_catalog.left(error, 300))");

  private ForeignSelect() {}

  /**
   * A tool's columns, as SQL expressions.
   *
   * @param order by what its rows follow each other
   */
  private record Parts(
      String version,
      String name,
      String group,
      String done,
      String kind,
      String detail,
      String order) {

    static Parts named(String name, String order) {
      return new Parts(NONE, name, NONE, DONE_UNSAID, NONE, NONE, order);
    }

    static Parts versions(String version, String order) {
      return new Parts(version, NONE, NONE, DONE_UNSAID, NONE, NONE, order);
    }

    Parts with(String otherDone, String otherKind, String otherDetail) {
      return new Parts(version, name, group, otherDone, otherKind, otherDetail, order);
    }

    Parts in(String otherGroup) {
      return new Parts(version, name, otherGroup, done, kind, detail, order);
    }

    Parts called(String otherName) {
      return new Parts(version, otherName, group, done, kind, detail, order);
    }
  }

  /**
   * Reads a history.
   *
   * @param tenants whose rows, where the table is for all tenants; null for all rows
   */
  static String of(ForeignTable table, @Nullable Collection<String> tenants) {
    Parts parts = parts(table.tool(), table.types());
    String tenantColumn = tenants == null ? null : table.tenantColumn();
    String whose = tenantColumn == null ? NONE : text(tenantColumn);
    return """
    SELECT %s, (%s)::pg_catalog.text, (%s)::pg_catalog.text, %s, %s, %s, %s, %s \
    FROM ONLY %s.%s%s ORDER BY %s%s\
    """
        .formatted(
            whose,
            parts.version(),
            parts.name(),
            parts.group(),
            time(table.types()),
            parts.done(),
            parts.kind(),
            parts.detail(),
            SqlIdentifier.quote(table.schema()),
            SqlIdentifier.quote(table.name()),
            where(table, tenants),
            parts.order(),
            tenantColumn == null ? " LIMIT " + (MOST_ROWS + 1) : "");
  }

  /**
   * A query for how many rows a history has, and a number that changes with any of them, whatever
   * their order: {@code 2:4711}.
   */
  static String fingerprint(ForeignTable table, @Nullable Collection<String> tenants) {
    Parts parts = parts(table.tool(), table.types());
    return """
    SELECT pg_catalog.concat(pg_catalog.count(*), ':', pg_catalog.sum(\
    ('x' || pg_catalog.left(pg_catalog.md5(line), 8))::pg_catalog.bit(32)::pg_catalog.int8)) \
    FROM (SELECT pg_catalog.concat((%s)::pg_catalog.text, pg_catalog.chr(31), \
    (%s)::pg_catalog.text, pg_catalog.chr(31), %s, pg_catalog.chr(31), %s, pg_catalog.chr(31), %s) \
    AS line FROM ONLY %s.%s%s) AS lines\
    """
        .formatted(
            parts.version(),
            parts.name(),
            parts.group(),
            parts.done(),
            parts.kind(),
            SqlIdentifier.quote(table.schema()),
            SqlIdentifier.quote(table.name()),
            where(table, tenants));
  }

  private static String where(ForeignTable table, @Nullable Collection<String> tenants) {
    String tenantColumn = table.tenantColumn();
    return tenantColumn == null || tenants == null
        ? ""
        : Stream.concat(
                tenants.stream(),
                ColumnType.isUuid(table.types().getOrDefault(tenantColumn, ""))
                    ? tenants.stream().map(ForeignSelect::uuid).filter(Objects::nonNull)
                    : Stream.empty())
            .distinct()
            .map(SqlIdentifier::literal)
            .collect(Collectors.joining(", ", " WHERE " + text(tenantColumn) + " IN (", ")"));
  }

  /** A column that may be a number or a UUID, as text. */
  private static String text(String column) {
    return SqlIdentifier.quote(column) + "::pg_catalog.text";
  }

  /** A tenant's name that is a UUID, with whatever separators, as the server writes it. */
  static @Nullable String uuid(String tenant) {
    String digits = tenant.replaceAll("[-_]", "").toLowerCase(Locale.ROOT);
    return UUID_DIGITS.matcher(digits).matches()
        ? digits.replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5")
        : null;
  }

  private static Parts parts(ForeignTool tool, Map<String, String> types) {
    return switch (tool) {
      case NUMBERED -> OF_NUMBERED;
      case FLYWAY -> OF_FLYWAY;
      case LIQUIBASE ->
          Parts.named("id", "orderexecuted")
              .in("pg_catalog.concat(filename, ' ', author)")
              .with(
                  "exectype NOT IN ('FAILED', 'SKIPPED')",
                  "exectype",
                  types.containsKey("tag") ? "tag" : NONE);
      case PRISMA -> OF_PRISMA;
      case ATLAS -> OF_ATLAS;
      case DJANGO -> Parts.named("name", "id").in("app");
      case GOOSE -> Parts.versions("version_id", "id").with("is_applied", NONE, NONE);
      case NODE_PG_MIGRATE, KNEX -> Parts.named("name", "id");
      case TYPEORM -> Parts.versions("\"timestamp\"", "id").called("name");
      case LARAVEL -> Parts.named("migration", "id");
      case ENTITY_FRAMEWORK -> Parts.named("\"MigrationId\"", "\"MigrationId\"");
      case GOLANG_MIGRATE -> Parts.versions("version", "version").with("NOT dirty", NONE, NONE);
      case ECTO, RAILS, TERN -> Parts.versions("version", "version");
      case ALEMBIC -> Parts.versions("version_num", "version_num");
      case SEQUELIZE -> Parts.named("name", "name");
      case NAMES ->
          Parts.named(String.valueOf(ForeignTool.firstOf(types, NAMES)), "id")
              .with(success(types), NONE, NONE);
      case VERSIONS ->
          Parts.versions("version", "version")
              .called(types.containsKey("name") ? "name" : NONE)
              .with(success(types), NONE, NONE);
    };
  }

  private static String success(Map<String, String> types) {
    return types.containsKey("success") ? "success" : DONE_UNSAID;
  }

  /** A time with a zone in UTC, one without as it stands: nobody knows what zone was meant. */
  private static String time(Map<String, String> types) {
    String column = ForeignTool.firstOf(types, TIMES);
    String type = column == null ? "" : types.getOrDefault(column, "");
    if (column == null || !ColumnType.TIME.admits(type)) {
      return "NULL::pg_catalog.timestamp";
    }
    return "CASE WHEN pg_catalog.isfinite(%1$s) THEN %2$s END"
        .formatted(
            column,
            ColumnType.isZoned(type) ? "pg_catalog.timezone('UTC', %s)".formatted(column) : column);
  }
}
