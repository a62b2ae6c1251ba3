/**
 * The admin port: health, metrics, tenants, upgrades and events over HTTP, for operators, scrapers
 * and scripts. Beside the flow of connections; what blocks runs on threads of its own.
 */
@NullMarked
package dev.tenantgate.gateway.admin;

import org.jspecify.annotations.NullMarked;
