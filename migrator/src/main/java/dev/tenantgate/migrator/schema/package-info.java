/**
 * The run of one schema: {@link dev.tenantgate.migrator.schema.SchemaRun} tries and waits, {@link
 * dev.tenantgate.migrator.schema.SchemaAttempt} is one try under the lease, {@link
 * dev.tenantgate.migrator.schema.SharedTransaction} and {@link
 * dev.tenantgate.migrator.schema.StatementByStatement} take its steps.
 */
@NullMarked
package dev.tenantgate.migrator.schema;

import org.jspecify.annotations.NullMarked;
