package dev.tenantgate.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The version whose state new tenants' schemas are created from ({@code migrations.checkpoint.*});
 * later migrations follow it.
 *
 * @param version the version, as people write it
 * @param dump a dump of one schema, by pg_dump or {@code tenantgate migrate checkpoint}; null where
 *     a schema is copied. No default.
 * @param templateSchema a schema of the database that is copied with its rows; null where there is
 *     a dump. No default.
 */
public record CheckpointSettings(
    String version, @Nullable Path dump, @Nullable String templateSchema) {

  public CheckpointSettings {
    if ((dump == null) == (templateSchema == null)) {
      throw new IllegalArgumentException(
          "migrations.checkpoint: give one of dump and template-schema");
    }
  }
}
