/**
 * Upgrades under load: gateways as processes of the distribution, clients that never stop, and what
 * breaks meanwhile.
 */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.trial;
