/**
 * Beside a connection's way: the trace that a client is part of, and the spans of what the gateway
 * does for it. Without {@code tracing.endpoint} there is no object of these; who could have one
 * tests a reference. The spans themselves are made by {@code otlp}.
 */
@NullMarked
package dev.tenantgate.gateway.tracing;

import org.jspecify.annotations.NullMarked;
