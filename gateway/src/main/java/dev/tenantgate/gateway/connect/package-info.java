/**
 * How the gateway comes to a connection to PostgreSQL: finding the host, TLS where asked for,
 * logging in on a user's behalf, waiting while the server can't be reached; and the CancelRequests,
 * which are connections of their own.
 */
@NullMarked
package dev.tenantgate.gateway.connect;

import org.jspecify.annotations.NullMarked;
