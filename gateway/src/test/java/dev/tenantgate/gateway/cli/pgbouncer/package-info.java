/** Tests of the settings that come from PgBouncer. */
@NullMarked
package dev.tenantgate.gateway.cli.pgbouncer;

import org.jspecify.annotations.NullMarked;
