/**
 * What the clients of each database and user do: transactions, queries, bytes, times, and how many
 * there are. Counted beside the relay, read by the metrics and the console (no I/O).
 */
@NullMarked
package dev.tenantgate.gateway.traffic;

import org.jspecify.annotations.NullMarked;
