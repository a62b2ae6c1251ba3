package dev.tenantgate.gateway.otlp;

import dev.tenantgate.gateway.tracing.SpanName;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which of the traces are recorded that begin at the gateway: a share of them, and those of
 * migrations, which are few and which held clients' spans point to. Immutable.
 */
final class BeginningSampler implements Sampler {

  private static final Set<String> MIGRATIONS =
      Arrays.stream(SpanName.values())
          .filter(SpanName::isOfMigrations)
          .map(SpanName::label)
          .collect(Collectors.toUnmodifiableSet());

  private final double ratio;
  private final Sampler share;

  BeginningSampler(double ratio) {
    this.ratio = ratio;
    this.share = Sampler.traceIdRatioBased(ratio);
  }

  @Override
  public SamplingResult shouldSample(
      Context parent,
      String traceId,
      String name,
      SpanKind kind,
      Attributes attributes,
      List<LinkData> links) {
    return ratio > 0 && MIGRATIONS.contains(name)
        ? SamplingResult.recordAndSample()
        : share.shouldSample(parent, traceId, name, kind, attributes, links);
  }

  @Override
  public String getDescription() {
    return "MigrationsAnd{" + share.getDescription() + "}";
  }
}
