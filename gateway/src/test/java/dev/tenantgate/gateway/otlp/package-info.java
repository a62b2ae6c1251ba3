/** Tests of spans on their way to a collector. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.otlp;
