/**
 * The life of one connection, as a state machine that calls the other packages in their order:
 * startup, route, connect, authenticate, gate, relay. One state per step; {@link
 * dev.tenantgate.gateway.session.SessionState} has the diagram.
 */
@NullMarked
package dev.tenantgate.gateway.session;

import org.jspecify.annotations.NullMarked;
