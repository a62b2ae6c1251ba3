package dev.tenantgate.config;

import static dev.tenantgate.config.ValueTypes.durationFrom;
import static dev.tenantgate.config.ValueTypes.text;
import static dev.tenantgate.config.ValueTypes.wholeNumber;
import static dev.tenantgate.config.ValueTypes.word;

import java.time.Duration;

/** The keys of the server, the gated database and the gateway's own account. */
final class DatabaseKeys {

  static final SettingKey<DatabaseUrl> URL =
      SettingKey.optional("database.url", DatabaseUrl.TYPE).orFile().keptSecret();
  static final SettingKey<String> PASSWORD =
      SettingKey.optional("database.password", text()).orFile().keptSecret();
  static final SettingKey<String> SSL_MODE =
      SettingKey.of("database.ssl-mode", SslMode.TYPE, "prefer");
  static final SettingKey<String> CA =
      SettingKey.optional("database.ca", CertificateAuthority.TYPE);
  static final SettingKey<PassOrReject> OTHERS =
      SettingKey.of("database.others", word(PassOrReject.class), "reject");
  static final SettingKey<PassOrReject> REPLICATION =
      SettingKey.of("database.replication", word(PassOrReject.class), "reject");
  static final SettingKey<Integer> MAX_CONNECTIONS =
      SettingKey.of("database.max-connections", wholeNumber(1, 10_000), "10").fixed();

  /** Whole seconds are what JDBC counts connecting in; less would be none, which is no limit. */
  static final SettingKey<Duration> CONNECT_TIMEOUT =
      SettingKey.of("database.connect-timeout", durationFrom(Duration.ofSeconds(1)), "10s");

  static final SettingKey<Duration> OUTAGE_TIMEOUT =
      SettingKey.of("database.outage-timeout", durationFrom(Duration.ZERO), "30s");

  static final SettingKey<Duration> DNS_REFRESH =
      SettingKey.of("database.dns-refresh", durationFrom(Duration.ZERO), "15s");

  private DatabaseKeys() {}
}
