/**
 * Third step of a connection's life: the gate. Decides whether a session may go on, holds it until
 * it may, and has the schemas it waits for migrated. {@link dev.tenantgate.gateway.gate.Gate} is
 * the way in.
 */
@NullMarked
package dev.tenantgate.gateway.gate;

import org.jspecify.annotations.NullMarked;
