/**
 * The longest step of a connection: moving bytes both ways between a frontend and the backend lent
 * to it, for a transaction or for good. Frames are looked at as they pass and forwarded as they
 * arrive, uncopied; one side's writability drives the other side's reading. The first message of a
 * transaction passes the gate on its way, and so does a statement that leads to another tenant
 * ({@link dev.tenantgate.gateway.relay.StatementGate}).
 */
@NullMarked
package dev.tenantgate.gateway.relay;

import org.jspecify.annotations.NullMarked;
