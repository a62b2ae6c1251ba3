/**
 * The first step of every run: connections to the server, with the server's own defaults, and the
 * errors they end with. {@link dev.tenantgate.migrator.connection.WorkerConnections} lends them,
 * {@link dev.tenantgate.migrator.connection.SimpleQuery} sends a message over one and drops its
 * output, {@link dev.tenantgate.migrator.connection.SqlFailure} says how an error is treated.
 */
@NullMarked
package dev.tenantgate.migrator.connection;

import org.jspecify.annotations.NullMarked;
