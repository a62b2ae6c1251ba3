package dev.tenantgate.migrator.provision;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the creation of a tenant ended. */
public sealed interface TenantCreation {

  /**
   * Its schema exists, with these migrations applied; or would, if it was a rehearsal.
   *
   * @param sql what would be run, of a rehearsal; else empty
   */
  record Created(SchemaRef schema, List<Version> applied, Duration elapsed, String sql)
      implements TenantCreation {
    public Created {
      applied = List.copyOf(applied);
    }
  }

  /** The schema was there already, or another process created it at the same time. */
  record AlreadyExists(SchemaRef schema) implements TenantCreation {}

  /**
   * The name can't be a tenant's.
   *
   * @param reason what is wrong with it
   */
  record InvalidName(String tenant, String reason) implements TenantCreation {}

  /**
   * Seed data asks for what wasn't said of the tenant; nothing was created.
   *
   * @param reason which file, and what it lacks
   */
  record Incomplete(SchemaRef schema, String reason) implements TenantCreation {}

  /**
   * Nothing was created.
   *
   * @param migration the migration that failed; null if the schema itself couldn't be created
   * @param sqlState SQLSTATE of the error; null if it was none of the server's
   * @param error the error, one line
   */
  record Failed(
      SchemaRef schema, @Nullable Migration migration, @Nullable String sqlState, String error)
      implements TenantCreation {}

  /** The database couldn't be reached or the connection broke; the schema may exist or not. */
  record Unreachable(SchemaRef schema, String error) implements TenantCreation {}
}
