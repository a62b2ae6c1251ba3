package dev.tenantgate.migrator.session;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.SqlSettings;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.util.stream.Collectors;

/** The schemas that a migration finds names in ({@code migrations.search-path}). Stateless. */
public final class MigrationSearchPath {

  private MigrationSearchPath() {}

  /** As it stands behind {@code SET search_path =}: the schema that is migrated, then others. */
  public static String of(SchemaRef schema, MigrationSettings settings) {
    return settings.sql().searchPath().stream()
        .map(name -> name.equals(SqlSettings.TENANT) ? schema.schema() : name)
        .distinct()
        .map(SqlIdentifier::quote)
        .collect(Collectors.joining(", "));
  }
}
