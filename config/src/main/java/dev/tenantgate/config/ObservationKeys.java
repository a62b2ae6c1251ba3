package dev.tenantgate.config;

import static dev.tenantgate.config.ValueTypes.truth;
import static dev.tenantgate.config.ValueTypes.wholeNumber;
import static dev.tenantgate.config.ValueTypes.word;

/** The keys of what others see of the gateway: metrics and log. */
final class ObservationKeys {

  static final SettingKey<Integer> METRICS_TENANT_SERIES =
      SettingKey.of("metrics.tenant-series", wholeNumber(0, 1_000_000), "200");
  static final SettingKey<Integer> METRICS_USER_SERIES =
      SettingKey.of("metrics.user-series", wholeNumber(0, 4096), "50");

  static final SettingKey<LogSettings.Format> LOG_FORMAT =
      SettingKey.of("log.format", word(LogSettings.Format.class), "text");
  static final SettingKey<Boolean> LOG_CONNECTIONS =
      SettingKey.of("log.connections", truth(), "true");
  static final SettingKey<Boolean> LOG_DISCONNECTIONS =
      SettingKey.of("log.disconnections", truth(), "true");
  static final SettingKey<Boolean> LOG_FAILURES = SettingKey.of("log.failures", truth(), "true");
  static final SettingKey<Boolean> LOG_MIGRATION_VALUES =
      SettingKey.of("log.migration-values", truth(), "false");

  private ObservationKeys() {}

  static MetricsSettings metrics(ResolvedSettings from) {
    return new MetricsSettings(from.need(METRICS_TENANT_SERIES), from.need(METRICS_USER_SERIES));
  }

  static LogSettings log(ResolvedSettings from) {
    return new LogSettings(
        from.need(LOG_FORMAT),
        from.need(LOG_CONNECTIONS),
        from.need(LOG_DISCONNECTIONS),
        from.need(LOG_FAILURES),
        from.need(LOG_MIGRATION_VALUES));
  }
}
