/**
 * How the transactions of a schema end before it is migrated, at all gateways on the database: the
 * migrating process marks the schema and waits ({@link dev.tenantgate.migrator.drain.Drainer}),
 * each gateway holds new transactions and acknowledges once none is under way ({@link
 * dev.tenantgate.migrator.drain.Membership}). Behind the plan; ahead of the migration's message.
 */
@NullMarked
package dev.tenantgate.migrator.drain;

import org.jspecify.annotations.NullMarked;
