/** Settings, changelogs and histories for tests. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.testing;
