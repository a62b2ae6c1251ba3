package dev.tenantgate.gateway.metrics;

import dev.tenantgate.gateway.tenant.FleetView;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.plan.SchemaState;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Where the tenants stand, made anew at each scrape from what is known in memory: series come and
 * go with their tenants, which a registry of meters would have to be told. Thread-safe.
 */
final class FleetMeters implements MultiCollector {

  private final Supplier<FleetView> fleet;
  private final IntSupplier held;
  private final IntSupplier tenantSeries;

  /**
   * Makes the collector.
   *
   * @param fleet where everything stands
   * @param held how many connections are held
   * @param tenantSeries {@code metrics.tenant-series}
   */
  FleetMeters(Supplier<FleetView> fleet, IntSupplier held, IntSupplier tenantSeries) {
    this.fleet = fleet;
    this.held = held;
    this.tenantSeries = tenantSeries;
  }

  @Override
  public MetricSnapshots collect() {
    FleetView view = fleet.get();
    return MetricSnapshots.of(
        states(view),
        lags(view.tenants()),
        single("tenantgate_migration_lag_max", "The largest lag of any tenant.", view.maxLag()),
        single("tenantgate_held_connections", "Connections held right now.", held.getAsInt()));
  }

  private static GaugeSnapshot states(FleetView view) {
    GaugeSnapshot.Builder gauge =
        GaugeSnapshot.builder().name("tenantgate_tenants").help("Tenants in each state.");
    view.counts().forEach((state, count) -> gauge.dataPoint(point("state", state.label(), count)));
    return gauge.build();
  }

  private GaugeSnapshot lags(List<TenantState> tenants) {
    GaugeSnapshot.Builder gauge =
        GaugeSnapshot.builder()
            .name("tenantgate_tenant_migration_lag")
            .help("Pending migrations of a tenant; those not current first, up to a limit.");
    tenants.stream()
        .filter(tenant -> tenant.schema().tenant() != null)
        .sorted(
            Comparator.<TenantState>comparingInt(FleetMeters::rank)
                .thenComparing(Comparator.comparingInt(TenantState::lag).reversed())
                .thenComparing(tenant -> tenant.schema().schema()))
        .limit(tenantSeries.getAsInt())
        .forEach(
            tenant ->
                gauge.dataPoint(
                    point("tenant", String.valueOf(tenant.schema().tenant()), tenant.lag())));
    return gauge.build();
  }

  /** Ranks tenants: the ones that somebody has to look at come first. */
  private static int rank(TenantState tenant) {
    SchemaState state = tenant.name();
    return switch (state) {
      case FAILED -> 0;
      case UNKNOWN -> 1;
      case UNMANAGED -> 2;
      case BEHIND, MIGRATING -> 3;
      case AHEAD -> 4;
      case CURRENT -> 5;
    };
  }

  private static GaugeSnapshot single(String name, String help, double value) {
    return GaugeSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(GaugeDataPointSnapshot.builder().value(value).build())
        .build();
  }

  private static GaugeDataPointSnapshot point(String label, String labelValue, double value) {
    return GaugeDataPointSnapshot.builder()
        .labels(Labels.of(label, labelValue))
        .value(value)
        .build();
  }
}
