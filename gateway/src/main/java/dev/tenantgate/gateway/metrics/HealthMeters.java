package dev.tenantgate.gateway.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/**
 * How the gateway itself is, made anew at each scrape. A value that isn't known, or that there is
 * none of, has no series. Thread-safe.
 */
final class HealthMeters implements MultiCollector {

  private final GatewayHealth health;

  HealthMeters(GatewayHealth health) {
    this.health = health;
  }

  @Override
  public MetricSnapshots collect() {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    Boolean up = health.isDatabaseUp();
    if (up != null) {
      all.metricSnapshot(
          gauge("tenantgate_database_up", "Whether the database answers.", up ? 1 : 0));
    }
    Integer left = health.predecessorClients();
    if (left != null) {
      all.metricSnapshot(
          gauge(
              "tenantgate_predecessor_clients",
              "Clients left at the gateway that this one has taken over from.",
              left));
    }
    X509Certificate certificate = health.certificate();
    if (certificate != null) {
      all.metricSnapshot(
          gauge(
              "tenantgate_certificate_days_left",
              "Days to the end of the certificate that clients are shown.",
              daysLeft(certificate)));
    }
    return all.metricSnapshot(
            gauge(
                "tenantgate_database_read_only",
                "Whether the database server is a standby: tenants that are current are served.",
                health.isDatabaseReadOnly() ? 1 : 0))
        .metricSnapshot(
            gauge(
                "tenantgate_lease_held",
                "Whether transactions may begin, as far as this gateway's lease goes.",
                health.holdsLease() ? 1 : 0))
        .metricSnapshot(
            gauge(
                "tenantgate_draining_schemas",
                "Schemas whose transactions are waited for or held, for a migration.",
                health.drains()))
        .metricSnapshot(
            gauge(
                "tenantgate_reload_last_successful",
                "Whether the last reload was taken.",
                health.isReloadTaken() ? 1 : 0))
        .metricSnapshot(
            gauge(
                "tenantgate_reload_last_success_timestamp_seconds",
                "When settings and migrations were put in force last.",
                health.reloadedAt().toEpochMilli() / 1e3))
        .build();
  }

  private static double daysLeft(X509Certificate certificate) {
    Duration left = Duration.between(Instant.now(), certificate.getNotAfter().toInstant());
    return left.toSeconds() / 86_400.0;
  }

  static GaugeSnapshot gauge(String name, String help, double value) {
    return GaugeSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(GaugeDataPointSnapshot.builder().value(value).build())
        .build();
  }
}
