/** Tests of what is scraped. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.metrics;
