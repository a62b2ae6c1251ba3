/**
 * A connection to PostgreSQL at work: who has it, the replies that it owes, the answers that the
 * client doesn't get, queries of the gateway's own, and what its session has: settings, statements,
 * sequences.
 */
@NullMarked
package dev.tenantgate.gateway.backend;

import org.jspecify.annotations.NullMarked;
