/** From PgBouncer's settings to ours ({@code tenantgate import}); beside the flow. */
@NullMarked
package dev.tenantgate.gateway.cli.pgbouncer;

import org.jspecify.annotations.NullMarked;
