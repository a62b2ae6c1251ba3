package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.util.function.Consumer;

/** Brings one schema up to the target: the migrator's own call. Blocks. */
@FunctionalInterface
public interface SchemaMigration {

  /**
   * Migrates.
   *
   * @param committed told the schema's history as soon as its last migration is committed, but for
   *     the times of those; not told where that isn't known at once
   */
  SchemaOutcome migrate(
      Changelog changelog, SchemaRef schema, Target target, Consumer<SchemaHistory> committed);
}
