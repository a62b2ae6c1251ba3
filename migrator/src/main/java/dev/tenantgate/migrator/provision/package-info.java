/**
 * New tenants: schema, history, migrations, grants and seed data in one transaction, or step by
 * step where they can't share one.
 */
@NullMarked
package dev.tenantgate.migrator.provision;

import org.jspecify.annotations.NullMarked;
