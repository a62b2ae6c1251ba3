/**
 * The console: the database {@code tenantgate}, or {@code pgbouncer}, that the gateway itself
 * answers for, by PgBouncer's commands and its own. A client comes here behind its login.
 */
@NullMarked
package dev.tenantgate.gateway.console;

import org.jspecify.annotations.NullMarked;
