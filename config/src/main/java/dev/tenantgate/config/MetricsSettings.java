package dev.tenantgate.config;

/**
 * The bounds of the metrics ({@code metrics.*}).
 *
 * @param tenantSeries at most so many tenants, those not current first, get series of their own.
 *     Default 200.
 */
public record MetricsSettings(int tenantSeries) {

  public MetricsSettings {
    SettingKeys.METRICS_TENANT_SERIES.require(tenantSeries);
  }
}
