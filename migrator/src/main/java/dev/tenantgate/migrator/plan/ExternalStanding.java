package dev.tenantgate.migrator.plan;

import dev.tenantgate.migrator.SchemaRef;

/**
 * Where a schema stands that another tool migrates, in words. Immutable.
 *
 * @param tool the tool's name: {@code Flyway}
 * @param found what its history has: {@code is at version 1.2 of Flyway}
 * @param required what it must have: {@code version 1.3}
 * @param runnable whether there is a command that has the tool migrate it
 */
public record ExternalStanding(String tool, String found, String required, boolean runnable) {

  /** The way by which a schema is brought up to date that lacks something. */
  public String wayOn(SchemaRef schema) {
    if (!runnable) {
      return "run %s for schema %s up to %s, it is not run from here (migrations.tool: external)"
          .formatted(tool, schema.schema(), required);
    }
    return schema.tenant() == null
        ? "tenantgate upgrade --all"
        : "tenantgate upgrade " + schema.tenant();
  }
}
