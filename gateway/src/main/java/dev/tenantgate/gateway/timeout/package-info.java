/**
 * Clients that take too long: with a query, with a transaction, or with nothing. Each event loop
 * looks at its clients from time to time, so that a message costs no timer.
 */
@NullMarked
package dev.tenantgate.gateway.timeout;

import org.jspecify.annotations.NullMarked;
