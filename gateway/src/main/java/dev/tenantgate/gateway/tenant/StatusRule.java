package dev.tenantgate.gateway.tenant;

import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;

/** Holds a history against a changelog. Pure and quick: it is called on event loops. */
@FunctionalInterface
public interface StatusRule {

  SchemaStatus status(SchemaHistory history, Changelog changelog, Target target);
}
