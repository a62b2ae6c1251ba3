/**
 * The gateway's side towards PostgreSQL: connecting (with TLS where asked for), logging in on a
 * user's behalf, and cancelling.
 */
@NullMarked
package dev.tenantgate.gateway.backend;

import org.jspecify.annotations.NullMarked;
