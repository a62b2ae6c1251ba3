package dev.tenantgate.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tool that migrates, and where another one keeps its files and histories ({@code
 * migrations.*}).
 *
 * @param kind this migrator, or another tool whose histories are read. Default {@code tenantgate}.
 * @param command what has the other tool migrate one tenant: a program and its arguments. Empty
 *     where the tool is run by others; the gate waits for it then. Default empty.
 * @param commandTimeout how long the command may run before it is killed. Default 10m.
 * @param historyTable the table that the other tool keeps, where more than one could be meant:
 *     {@code table} in each schema, or {@code schema.table} for all tenants. Null if it is found by
 *     its columns; no default.
 * @param fileFormat whose migration files {@code migrations.locations} holds. Default {@code auto}.
 */
public record MigrationTool(
    Kind kind,
    List<String> command,
    Duration commandTimeout,
    @Nullable String historyTable,
    FileFormat fileFormat) {

  /** This migrator itself. */
  public static final MigrationTool OURS =
      new MigrationTool(Kind.TENANTGATE, List.of(), Duration.ofMinutes(10), null, FileFormat.AUTO);

  public MigrationTool {
    command = List.copyOf(command);
    SettingKeys.MIGRATIONS_COMMAND_TIMEOUT.require(commandTimeout);
  }

  /** Whether another tool migrates. */
  public boolean isExternal() {
    return kind == Kind.EXTERNAL;
  }

  /** The tool that migrates. */
  public enum Kind {
    TENANTGATE,
    EXTERNAL
  }

  /** The tool whose migration files a folder holds. */
  public enum FileFormat {
    /** As the files' names and contents tell. */
    AUTO,
    /** This migrator's own. */
    TENANTGATE,
    RAILS,
    DBMATE,
    GOLANG_MIGRATE,
    ECTO,
    FLYWAY,
    DJANGO,
    PRISMA,
    GOOSE,
    NODE_PG_MIGRATE,
    KNEX,
    ATLAS,
    TERN,
    LIQUIBASE,
    ALEMBIC,
    SEQUELIZE,
    TYPEORM,
    LARAVEL,
    ENTITY_FRAMEWORK,
    /** Files that begin with a number, applied by a script of one's own. */
    NUMBERED
  }
}
