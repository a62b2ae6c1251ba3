package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.SchemaRef;

/** Which schemas a migration is for. */
public enum MigrationScope {
  PUBLIC,
  TENANT,
  BOTH;

  /** Whether a migration of this scope is applied to the schema. */
  public boolean covers(SchemaRef schema) {
    return switch (this) {
      case PUBLIC -> schema.isPublic();
      case TENANT -> !schema.isPublic();
      case BOTH -> true;
    };
  }
}
