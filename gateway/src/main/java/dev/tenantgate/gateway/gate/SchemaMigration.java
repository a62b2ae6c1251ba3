package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;

/** Brings one schema up to the target: the migrator's own call. Blocks. */
@FunctionalInterface
public interface SchemaMigration {

  SchemaOutcome migrate(Changelog changelog, SchemaRef schema, Target target);
}
