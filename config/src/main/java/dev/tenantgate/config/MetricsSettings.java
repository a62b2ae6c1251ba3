package dev.tenantgate.config;

/**
 * The bounds of the metrics ({@code metrics.*}).
 *
 * @param tenantSeries at most so many tenants, those not current first, get series of their own.
 *     Default 200.
 * @param userSeries at most so many pairs of a database and a user, those that come first, get
 *     series of their own; the others share one. Default 50.
 */
public record MetricsSettings(int tenantSeries, int userSeries) {

  public MetricsSettings {
    ObservationKeys.METRICS_TENANT_SERIES.require(tenantSeries);
    ObservationKeys.METRICS_USER_SERIES.require(userSeries);
  }
}
