package dev.tenantgate.gateway.otlp;

import dev.tenantgate.gateway.tracing.SpanName;
import dev.tenantgate.gateway.tracing.TraceSpan;
import dev.tenantgate.migrator.SchemaRef;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import java.util.concurrent.TimeUnit;

/** A span of the SDK's. Its times are counted from one moment of the wall clock. Thread-safe. */
final class OtlpSpan implements TraceSpan {

  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
  private static final AttributeKey<String> SQLSTATE =
      AttributeKey.stringKey("db.response.status_code");
  private static final int SQLSTATE_LENGTH = 5;

  private final OtlpTracing tracing;
  private final Span span;

  /** The difference between the time since 1970 and {@link System#nanoTime}. */
  private final long offsetNanos;

  private final long beganNanos;
  private volatile long endedNanos = Long.MAX_VALUE;

  OtlpSpan(OtlpTracing tracing, Span span, long offsetNanos, long beganNanos) {
    this.tracing = tracing;
    this.span = span;
    this.offsetNanos = offsetNanos;
    this.beganNanos = beganNanos;
  }

  Span span() {
    return span;
  }

  SpanContext context() {
    return span.getSpanContext();
  }

  long offsetNanos() {
    return offsetNanos;
  }

  /** Whether it was still under way at that time. */
  boolean lastedUntil(long nanos) {
    return endedNanos - nanos >= 0;
  }

  @Override
  public TraceSpan child(SpanName name) {
    return child(name, System.nanoTime());
  }

  @Override
  public TraceSpan child(SpanName name, long childBeganNanos) {
    return tracing.child(this, name, childBeganNanos);
  }

  @Override
  public TraceSpan set(String attribute, String value) {
    span.setAttribute(attribute, value);
    return this;
  }

  @Override
  public TraceSpan set(String attribute, long value) {
    span.setAttribute(attribute, value);
    return this;
  }

  @Override
  public void event(String text) {
    span.addEvent(text);
  }

  @Override
  public void linkToMigration(SchemaRef schema) {
    OtlpSpan migration = tracing.migrationOf(schema);
    if (migration != null && migration.lastedUntil(beganNanos)) {
      span.addLink(migration.context());
    }
  }

  @Override
  public TraceSpan failed(String reason) {
    span.setStatus(StatusCode.ERROR);
    span.setAttribute(ERROR, reason);
    if (reason.length() == SQLSTATE_LENGTH) {
      span.setAttribute(SQLSTATE, reason);
    }
    return this;
  }

  @Override
  public void end() {
    end(System.nanoTime());
  }

  @Override
  public void end(long nanos) {
    endedNanos = nanos;
    span.end(nanos + offsetNanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public String traceId() {
    return context().getTraceId();
  }

  @Override
  public String spanId() {
    return context().getSpanId();
  }
}
