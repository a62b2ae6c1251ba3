/**
 * The second step of a run: one borrowed connection while one schema is worked on. {@link
 * dev.tenantgate.migrator.session.MigrationScript} writes the transaction, {@link
 * dev.tenantgate.migrator.session.WorkerSession} sends it, {@link
 * dev.tenantgate.migrator.session.LockWatch} looks who is in its way.
 */
@NullMarked
package dev.tenantgate.migrator.session;

import org.jspecify.annotations.NullMarked;
