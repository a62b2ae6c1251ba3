/** Tests of traces. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.tracing;
