package dev.tenantgate.config;

import static dev.tenantgate.config.ValueTypes.path;
import static dev.tenantgate.config.ValueTypes.text;
import static dev.tenantgate.config.ValueTypes.truth;
import static dev.tenantgate.config.ValueTypes.wholeNumber;
import static dev.tenantgate.config.ValueTypes.word;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The keys of what others see of the gateway: metrics, log and traces. */
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

  static final SettingKey<URI> TRACING_ENDPOINT =
      SettingKey.optional("tracing.endpoint", TracingSettings.endpoints()).fixed();
  static final SettingKey<TracingSettings.Protocol> TRACING_PROTOCOL =
      SettingKey.of("tracing.protocol", TracingSettings.protocols(), "http/protobuf");
  static final SettingKey<List<Map.Entry<String, String>>> TRACING_HEADERS =
      SettingKey.optional("tracing.headers", ValueTypes.placeholders())
          .orFile()
          .keptSecret()
          .fixed();
  static final SettingKey<Path> TRACING_CA = SettingKey.optional("tracing.ca", path()).fixed();
  static final SettingKey<String> TRACING_SERVICE_NAME =
      SettingKey.of("tracing.service-name", text(), "tenantgate").fixed();
  static final SettingKey<Double> TRACING_SAMPLE_RATIO =
      SettingKey.of("tracing.sample-ratio", TracingSettings.ratio(), "1").fixed();
  static final SettingKey<TracingSettings.Transactions> TRACING_TRANSACTIONS =
      SettingKey.of("tracing.transactions", word(TracingSettings.Transactions.class), "asked")
          .fixed();
  static final SettingKey<Boolean> TRACING_ENVIRONMENT =
      SettingKey.of("tracing.environment", truth(), "false").fixed();

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

  static TracingSettings tracing(ResolvedSettings from) {
    return new TracingSettings(
        from.get(TRACING_ENDPOINT),
        from.need(TRACING_PROTOCOL),
        from.orNone(TRACING_HEADERS),
        from.get(TRACING_CA),
        from.need(TRACING_SERVICE_NAME),
        from.need(TRACING_SAMPLE_RATIO),
        from.need(TRACING_TRANSACTIONS),
        from.need(TRACING_ENVIRONMENT));
  }
}
