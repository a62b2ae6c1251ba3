package dev.tenantgate.gateway.metrics;

import dev.tenantgate.gateway.session.NamedBounds;
import dev.tenantgate.gateway.session.NamedBounds.Use;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The limits of single users, databases and tenants, as many series as the settings name. Made anew
 * at each scrape. Thread-safe.
 */
final class NamedBoundMeters implements MultiCollector {

  private final NamedBounds bounds;

  NamedBoundMeters(NamedBounds bounds) {
    this.bounds = bounds;
  }

  @Override
  public MetricSnapshots collect() {
    List<Use> uses = bounds.all();
    return MetricSnapshots.of(
        gauge(
            "tenantgate_named_limit",
            "How much one user, database or tenant may have, of what.",
            uses,
            Use::limit),
        gauge(
            "tenantgate_named_used",
            "How much of such a limit is used; of * by the name that has most.",
            uses,
            Use::used));
  }

  private static GaugeSnapshot gauge(
      String name, String help, List<Use> uses, ToDoubleFunction<Use> value) {
    GaugeSnapshot.Builder all = GaugeSnapshot.builder().name(name).help(help);
    for (Use use : uses) {
      all.dataPoint(
          GaugeDataPointSnapshot.builder()
              .labels(Labels.of("scope", use.scope().label(), "name", use.name(), "of", use.of()))
              .value(value.applyAsDouble(use))
              .build());
    }
    return all.build();
  }
}
