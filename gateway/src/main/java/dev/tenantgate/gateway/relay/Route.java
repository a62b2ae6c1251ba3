package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.gate.Gate;

/**
 * Where a session's statements may lead it, and who is asked.
 *
 * @param switches tells where they lead
 * @param gate admits the session there, or holds it
 */
public record Route(TenantSwitches switches, Gate gate) {}
