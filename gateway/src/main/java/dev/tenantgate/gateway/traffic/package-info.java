/**
 * The traffic of each database's and user's clients: transactions, queries, bytes, times, and the
 * number of clients. Counted beside the relay, read by the metrics and the console (no I/O).
 */
@NullMarked
package dev.tenantgate.gateway.traffic;

import org.jspecify.annotations.NullMarked;
