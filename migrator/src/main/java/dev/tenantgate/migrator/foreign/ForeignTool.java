package dev.tenantgate.migrator.foreign;

import static dev.tenantgate.migrator.foreign.ColumnType.ANY;
import static dev.tenantgate.migrator.foreign.ColumnType.TEXT;
import static dev.tenantgate.migrator.foreign.ColumnType.TIME;
import static dev.tenantgate.migrator.foreign.ColumnType.TRUTH;
import static dev.tenantgate.migrator.foreign.ColumnType.WHOLE_NUMBER;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tools whose histories are understood, each by the columns that its table has. A table's name
 * says nothing: five of them call theirs {@code schema_migrations}, and most let it be renamed.
 */
public enum ForeignTool {
  /** A history of our own columns that isn't the schema's {@code schema_migrations}. */
  NUMBERED(
      "version, name and checksum",
      false,
      List.of(
          required("version", WHOLE_NUMBER),
          required("name", TEXT),
          required("applied_at", TIME),
          required("checksum", TEXT),
          required("execution_time_ms", WHOLE_NUMBER),
          required("status", TEXT),
          required("error_message", TEXT))),

  FLYWAY(
      "Flyway",
      false,
      List.of(
          required("installed_rank", WHOLE_NUMBER),
          required("version", TEXT),
          required("description", TEXT),
          required("type", TEXT),
          required("script", TEXT),
          required("checksum", WHOLE_NUMBER),
          required("installed_by", TEXT),
          required("installed_on", TIME),
          required("success", TRUTH))),

  LIQUIBASE(
      "Liquibase",
      false,
      List.of(
          required("id", TEXT),
          required("author", TEXT),
          required("filename", TEXT),
          required("dateexecuted", TIME),
          required("orderexecuted", WHOLE_NUMBER),
          required("exectype", TEXT),
          required("md5sum", TEXT),
          optional("tag", TEXT))),

  PRISMA(
      "Prisma",
      false,
      List.of(
          required("id", TEXT),
          required("checksum", TEXT),
          required("finished_at", TIME),
          required("migration_name", TEXT),
          required("logs", TEXT),
          required("rolled_back_at", TIME),
          required("started_at", TIME),
          required("applied_steps_count", WHOLE_NUMBER))),

  ATLAS(
      "Atlas",
      false,
      List.of(
          required("version", TEXT),
          required("description", TEXT),
          required("type", WHOLE_NUMBER),
          required("applied", WHOLE_NUMBER),
          required("total", WHOLE_NUMBER),
          required("executed_at", TIME),
          required("error", TEXT))),

  DJANGO(
      "Django",
      true,
      List.of(
          required("id", WHOLE_NUMBER),
          required("app", TEXT),
          required("name", TEXT),
          required("applied", TIME))),

  GOOSE(
      "goose",
      true,
      List.of(
          required("id", WHOLE_NUMBER),
          required("version_id", WHOLE_NUMBER),
          required("is_applied", TRUTH),
          required("tstamp", TIME))),

  NODE_PG_MIGRATE(
      "node-pg-migrate",
      true,
      List.of(required("id", WHOLE_NUMBER), required("name", TEXT), required("run_on", TIME))),

  KNEX(
      "knex",
      true,
      List.of(
          required("id", WHOLE_NUMBER),
          required("name", TEXT),
          required("batch", WHOLE_NUMBER),
          required("migration_time", TIME))),

  TYPEORM(
      "TypeORM",
      true,
      List.of(
          required("id", WHOLE_NUMBER),
          required("timestamp", WHOLE_NUMBER),
          required("name", TEXT))),

  LARAVEL(
      "Laravel",
      true,
      List.of(
          required("id", WHOLE_NUMBER),
          required("migration", TEXT),
          required("batch", WHOLE_NUMBER))),

  ENTITY_FRAMEWORK(
      "Entity Framework",
      true,
      List.of(required("MigrationId", TEXT), required("ProductVersion", TEXT))),

  GOLANG_MIGRATE(
      "golang-migrate", true, List.of(required("version", WHOLE_NUMBER), required("dirty", TRUTH))),

  ECTO("Ecto", true, List.of(required("version", WHOLE_NUMBER), required("inserted_at", TIME))),

  /** One row for each migration, by its whole name, with an id and a time. */
  NAMES(
      "hand-written migrations (names)",
      true,
      List.of(
          required("id", WHOLE_NUMBER),
          oneOf(ANY, "migration_name", "name", "migration", "filename", "file_name", "version"),
          oneOf(TIME, "applied_at", "executed_at", "run_at", "migrated_at"),
          optional("checksum", TEXT),
          optional("hash", TEXT),
          optional("description", TEXT),
          optional("applied_by", TEXT),
          optional("success", TRUTH))),

  /** One row for each migration, by its version, which may be its whole name, with a time. */
  VERSIONS(
      "hand-written migrations (versions)",
      true,
      List.of(
          oneOf(ANY, "version"),
          oneOf(TIME, "applied_at", "executed_at", "run_at", "migrated_at"),
          optional("name", TEXT),
          optional("description", TEXT),
          optional("checksum", TEXT),
          optional("applied_by", TEXT),
          optional("execution_time", WHOLE_NUMBER),
          optional("success", TRUTH))),

  ALEMBIC("Alembic", true, List.of(required("version_num", TEXT))),

  SEQUELIZE("Sequelize", true, List.of(required("name", TEXT))),

  /** The same table for both, but that Rails has {@code ar_internal_metadata} beside it. */
  RAILS("Rails or dbmate", true, List.of(required("version", TEXT))),

  TERN("tern", true, List.of(required("version", WHOLE_NUMBER)));

  /** A table of all tenants' histories has one of these, with the tenant's or its schema's name. */
  private static final Set<String> TENANT_COLUMNS =
      Set.of(
          "tenant",
          "tenant_id",
          "tenant_name",
          "tenant_slug",
          "tenant_key",
          "tenant_schema",
          "schema",
          "schema_name");

  private static final Pattern HISTORY =
      Pattern.compile(
          "migrat|version|histor|revision|SequelizeMeta|changelog", Pattern.CASE_INSENSITIVE);

  private final String label;
  private final boolean exact;

  @SuppressWarnings("ImmutableEnumChecker") // a copy, which nobody changes
  private final List<Column> columns;

  /**
   * A column, or one of several names for it.
   *
   * @param names any of these
   * @param needed whether there is no such history without it
   */
  private record Column(List<String> names, ColumnType type, boolean needed) {}

  /**
   * Makes one.
   *
   * @param exact whether another column makes another table of it
   */
  ForeignTool(String label, boolean exact, List<Column> columns) {
    this.label = label;
    this.exact = exact;
    this.columns = List.copyOf(columns);
  }

  private static Column required(String name, ColumnType type) {
    return new Column(List.of(name), type, true);
  }

  private static Column optional(String name, ColumnType type) {
    return new Column(List.of(name), type, false);
  }

  private static Column oneOf(ColumnType type, String... names) {
    return new Column(List.of(names), type, true);
  }

  /**
   * Whether its columns are so few that other tables have them. Where the rows can't tell, which
   * are there to tell otherwise, the table's name has to.
   */
  boolean isSoonAnothers() {
    return switch (this) {
      case RAILS, SEQUELIZE, TERN, TYPEORM, NAMES, VERSIONS -> true;
      case NUMBERED,
          FLYWAY,
          LIQUIBASE,
          PRISMA,
          ATLAS,
          DJANGO,
          GOOSE,
          NODE_PG_MIGRATE,
          KNEX,
          LARAVEL,
          ENTITY_FRAMEWORK,
          GOLANG_MIGRATE,
          ECTO,
          ALEMBIC ->
          false;
    };
  }

  /** Whether a table's name says that it is a history of migrations. */
  static boolean isNamedLikeAHistory(String table) {
    return HISTORY.matcher(table).find();
  }

  /** Its name, as people write it. */
  public String label() {
    return label;
  }

  /**
   * The tool whose history has these columns; null if that is none, or none for sure.
   *
   * @param types type by column name, as {@code format_type} has them without a modifier
   */
  public static @Nullable ForeignTool of(Map<String, String> types) {
    String tenantColumn = tenantColumn(types);
    return Arrays.stream(values())
        .filter(tool -> tool.matches(types, tenantColumn))
        .findFirst()
        .orElse(null);
  }

  /** The column that says whose a row is; null if none does. */
  static @Nullable String tenantColumn(Map<String, String> types) {
    List<String> found =
        types.keySet().stream()
            .filter(TENANT_COLUMNS::contains)
            .filter(name -> ColumnType.isOfTenants(types.getOrDefault(name, "")))
            .sorted()
            .toList();
    return found.size() == 1 ? found.get(0) : null;
  }

  private boolean matches(Map<String, String> types, @Nullable String tenantColumn) {
    Set<String> left = new HashSet<>(types.keySet());
    for (Column column : columns) {
      List<String> there = column.names.stream().filter(types::containsKey).toList();
      if (there.size() > 1 || (there.isEmpty() && column.needed)) {
        return false;
      }
      for (String name : there) {
        if (!admits(column.type, types.getOrDefault(name, ""))) {
          return false;
        }
        left.remove(name);
      }
    }
    if (tenantColumn != null) {
      left.remove(tenantColumn);
      // The rows of all tenants may have a key of their own.
      left.remove("id");
    }
    return left.isEmpty() || !exact;
  }

  private static boolean admits(ColumnType type, String found) {
    return type == ANY ? TEXT.admits(found) || WHOLE_NUMBER.admits(found) : type.admits(found);
  }

  /** The first of these names that a table has; null if it has none. */
  static @Nullable String firstOf(Map<String, String> types, String... names) {
    return Stream.of(names).filter(types::containsKey).findFirst().orElse(null);
  }

  /** Columns of which every history has at least one. */
  static Set<String> telling() {
    return Stream.of(
            "version",
            "installed_rank",
            "orderexecuted",
            "migration_name",
            "applied",
            "version_id",
            "run_on",
            "migration_time",
            "timestamp",
            "migration",
            "MigrationId",
            "version_num",
            "name",
            "filename",
            "file_name")
        .collect(Collectors.toUnmodifiableSet());
  }
}
