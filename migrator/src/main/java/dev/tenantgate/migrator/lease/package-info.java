/**
 * The third step of a run: the right to migrate one schema, a row with a holder, a token and an
 * expiry.
 */
@NullMarked
package dev.tenantgate.migrator.lease;

import org.jspecify.annotations.NullMarked;
