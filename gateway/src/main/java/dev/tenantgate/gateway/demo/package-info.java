/**
 * The main job on a machine that has nothing but a JVM: an embedded PostgreSQL, three tenants, and
 * the gateway in front of them. Stands beside the flow of a connection; nothing else depends on it.
 */
@NullMarked
package dev.tenantgate.gateway.demo;

import org.jspecify.annotations.NullMarked;
