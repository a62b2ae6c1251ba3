/**
 * The longest step of a connection: moving bytes both ways between a frontend and the backend lent
 * to it. Frames are looked at as they pass and forwarded as they arrive, uncopied; one side's
 * writability drives the other side's reading.
 */
@NullMarked
package dev.tenantgate.gateway.relay;

import org.jspecify.annotations.NullMarked;
