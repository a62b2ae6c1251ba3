/**
 * Beside a connection's way: spans, made and sent by the OpenTelemetry SDK. Nothing of this is
 * loaded as long as {@code tracing.endpoint} isn't set.
 */
@NullMarked
package dev.tenantgate.gateway.otlp;

import org.jspecify.annotations.NullMarked;
