/**
 * Beside a run: migrations that are tried and undone, in a transaction that is rolled back or in a
 * scratch schema.
 */
@NullMarked
package dev.tenantgate.migrator.rehearsal;

import org.jspecify.annotations.NullMarked;
