/**
 * SCRAM-SHA-256, both sides of it: the gateway proves itself to a backend as a client does, and
 * checks its own clients as a server does. Pure computing, without a connection; {@code backend}
 * and {@code auth} carry the messages.
 *
 * <p>Source: RFC 5802, RFC 7677, RFC 5929 (channel binding), and PostgreSQL's {@code auth-scram.c}
 * where those leave a choice.
 */
@NullMarked
package dev.tenantgate.gateway.scram;

import org.jspecify.annotations.NullMarked;
