/**
 * Backends that are lent for a transaction: pools by database and user, who waits for a lease and
 * in which order, what a backend still owes, and how it is brought to its next client's settings.
 */
@NullMarked
package dev.tenantgate.gateway.pool;

import org.jspecify.annotations.NullMarked;
