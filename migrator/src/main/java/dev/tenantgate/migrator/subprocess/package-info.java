/** Programs that a run starts: another tool's command, and {@code pg_dump} for a backup. */
@NullMarked
package dev.tenantgate.migrator.subprocess;

import org.jspecify.annotations.NullMarked;
