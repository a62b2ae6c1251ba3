package dev.tenantgate.gateway.metrics;

import dev.tenantgate.gateway.tracing.TraceSpan;
import io.prometheus.metrics.tracer.common.SpanContext;
import org.jspecify.annotations.Nullable;

/** The span that a measurement belongs to, while it is recorded: for its exemplar. Thread-safe. */
final class CurrentSpan implements SpanContext {

  private static final ThreadLocal<@Nullable TraceSpan> CURRENT = new ThreadLocal<>();

  /** Records something that belongs to a span; null for none. */
  static void record(@Nullable TraceSpan span, Runnable measurement) {
    if (span == null) {
      measurement.run();
      return;
    }
    CURRENT.set(span);
    try {
      measurement.run();
    } finally {
      CURRENT.remove();
    }
  }

  @Override
  public @Nullable String getCurrentTraceId() {
    TraceSpan span = CURRENT.get();
    return span == null ? null : span.traceId();
  }

  @Override
  public @Nullable String getCurrentSpanId() {
    TraceSpan span = CURRENT.get();
    return span == null ? null : span.spanId();
  }

  /** There is no span here but recorded ones. */
  @Override
  public boolean isCurrentSpanSampled() {
    return CURRENT.get() != null;
  }

  @Override
  public void markCurrentSpanAsExemplar() {}
}
