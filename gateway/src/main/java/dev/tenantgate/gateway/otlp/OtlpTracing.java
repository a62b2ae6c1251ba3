package dev.tenantgate.gateway.otlp;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.tenantgate.config.TracingSettings.Transactions;
import dev.tenantgate.gateway.tracing.SpanName;
import dev.tenantgate.gateway.tracing.TraceContext;
import dev.tenantgate.gateway.tracing.Tracing;
import dev.tenantgate.migrator.SchemaRef;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Spans by the OpenTelemetry SDK, sent to a collector by OTLP over HTTP. Thread-safe. */
public final class OtlpTracing implements Tracing {

  private static final String SCOPE = "dev.tenantgate.gateway";
  private static final int MOST_VALUE_LENGTH = 256;

  /** Schemas whose last migration is known. */
  private static final int MOST_MIGRATIONS = 10_000;

  private static final TextMapGetter<Map<String, String>> HEADERS =
      new TextMapGetter<>() {
        @Override
        public @Nullable String get(@Nullable Map<String, String> carrier, String key) {
          return carrier == null ? null : carrier.get(key);
        }
      };

  private final SpanQueue queue;
  private final SdkTracerProvider provider;
  private final Tracer tracer;
  private final Transactions transactions;
  private final Cache<SchemaRef, OtlpSpan> migrations =
      Caffeine.newBuilder().maximumSize(MOST_MIGRATIONS).build();

  private OtlpTracing(CollectorSettings settings, SpanQueue queue, String version) {
    this.queue = queue;
    this.transactions = settings.transactions();
    this.provider =
        SdkTracerProvider.builder()
            .setResource(settings.resource(version))
            .setSampler(Sampler.parentBased(new BeginningSampler(settings.sampleRatio())))
            .setSpanLimits(
                SpanLimits.builder().setMaxAttributeValueLength(MOST_VALUE_LENGTH).build())
            .addSpanProcessor(queue)
            .build();
    this.tracer = provider.tracerBuilder(SCOPE).setInstrumentationVersion(version).build();
  }

  /**
   * Begins to trace, if the settings ask for it. The collector need not be there.
   *
   * @param version the gateway's own
   * @return null if there is nowhere to send spans to
   * @throws IOException if the file of the collector's authority can't be read
   */
  public static @Nullable OtlpTracing start(CollectorSettings settings, String version)
      throws IOException {
    if (settings.endpoint() == null) {
      return null;
    }
    SpanQueue queue = new SpanQueue(settings.exporter(), settings.endpoint());
    queue.start();
    return new OtlpTracing(settings, queue, version);
  }

  @Override
  public @Nullable OtlpSpan begin(SpanName name, @Nullable TraceContext parent, long beganNanos) {
    Instant now = Instant.now();
    long offset =
        TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() - System.nanoTime();
    Span span =
        builder(name, beganNanos + offset)
            .setParent(parent == null ? Context.root() : remote(parent))
            .startSpan();
    return span.isRecording() ? new OtlpSpan(this, span, offset, beganNanos) : null;
  }

  OtlpSpan child(OtlpSpan parent, SpanName name, long beganNanos) {
    Span span =
        builder(name, beganNanos + parent.offsetNanos())
            .setParent(Context.root().with(parent.span()))
            .startSpan();
    return new OtlpSpan(this, span, parent.offsetNanos(), beganNanos);
  }

  private SpanBuilder builder(SpanName name, long epochNanos) {
    return tracer
        .spanBuilder(name.label())
        .setSpanKind(name.isServer() ? SpanKind.SERVER : SpanKind.INTERNAL)
        .setStartTimestamp(epochNanos, TimeUnit.NANOSECONDS);
  }

  /** With the tracestate, if that can be understood. */
  private static Context remote(TraceContext parent) {
    return W3CTraceContextPropagator.getInstance()
        .extract(
            Context.root(),
            Map.of("traceparent", parent.traceparent(), "tracestate", parent.state()),
            HEADERS);
  }

  @Override
  public Transactions transactions() {
    return transactions;
  }

  /** A schema's migration begins. */
  void migrates(SchemaRef schema, OtlpSpan span) {
    migrations.put(schema, span);
  }

  @Override
  public @Nullable OtlpSpan migrationOf(SchemaRef schema) {
    return migrations.getIfPresent(schema);
  }

  @Override
  public long spans(Outcome outcome) {
    return queue.spans(outcome);
  }

  @Override
  public void close() {
    queue.close();
    provider.close();
  }
}
