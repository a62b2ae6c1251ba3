/**
 * The longest step of a connection: moving bytes both ways between a frontend and the backend lent
 * to it. Frames are looked at as they pass and forwarded as they arrive, uncopied; one side's
 * writability drives the other side's reading. What leads a session to another tenant, and the
 * first message of a transaction, pass the gate on their way ({@link
 * dev.tenantgate.gateway.relay.SwitchGate}).
 */
@NullMarked
package dev.tenantgate.gateway.relay;

import org.jspecify.annotations.NullMarked;
