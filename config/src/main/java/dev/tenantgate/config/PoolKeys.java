package dev.tenantgate.config;

import static dev.tenantgate.config.ValueTypes.durationAboveZero;
import static dev.tenantgate.config.ValueTypes.durationFrom;
import static dev.tenantgate.config.ValueTypes.wholeNumber;
import static dev.tenantgate.config.ValueTypes.word;

import java.time.Duration;
import java.util.List;

/** The keys of backend connections, and of what holds for one user, database or tenant. */
final class PoolKeys {

  static final SettingKey<PoolSettings.Mode> MODE =
      SettingKey.of("pool.mode", word(PoolSettings.Mode.class), "session").fixed();
  static final SettingKey<Integer> SIZE = SettingKey.of("pool.size", wholeNumber(1, 100_000), "20");
  static final SettingKey<Integer> SIZE_PER_TENANT =
      SettingKey.of("pool.size-per-tenant", wholeNumber(0, 100_000), "0");
  static final SettingKey<Integer> MAX_BACKENDS =
      SettingKey.of("pool.max-backends", wholeNumber(1, 100_000), "100");
  static final SettingKey<Integer> MIN_IDLE =
      SettingKey.of("pool.min-idle", wholeNumber(0, 100_000), "0");
  static final SettingKey<Duration> WAIT_TIMEOUT =
      SettingKey.of("pool.wait-timeout", durationAboveZero(), "30s");
  static final SettingKey<Integer> MAX_WAITING =
      SettingKey.of("pool.max-waiting", wholeNumber(0, 1_000_000), "10000");
  static final SettingKey<Duration> IDLE_TIMEOUT =
      SettingKey.of("pool.idle-timeout", durationAboveZero(), "10m");
  static final SettingKey<Duration> QUERY_TIMEOUT = timeout("pool.query-timeout");
  static final SettingKey<Duration> TRANSACTION_TIMEOUT = timeout("pool.transaction-timeout");
  static final SettingKey<Duration> IDLE_TRANSACTION_TIMEOUT =
      timeout("pool.idle-transaction-timeout");
  static final SettingKey<Duration> CLIENT_IDLE_TIMEOUT = timeout("pool.client-idle-timeout");
  static final SettingKey<Duration> MAX_LIFETIME =
      SettingKey.of("pool.max-lifetime", durationAboveZero(), "1h");
  static final SettingKey<Integer> MAX_PREPARED =
      SettingKey.of("pool.max-prepared", wholeNumber(1, 100_000), "200");
  static final SettingKey<PoolSettings.ReadBack> READ_BACK =
      SettingKey.of("pool.read-back", word(PoolSettings.ReadBack.class), "auto");

  static final SettingKey<PoolSettings.Begin> BEGIN =
      SettingKey.of("pool.begin", word(PoolSettings.Begin.class), "at-once");
  static final SettingKey<PoolSettings.Unpoolable> UNPOOLABLE =
      SettingKey.of("pool.unpoolable", word(PoolSettings.Unpoolable.class), "pin");

  /** The clients of a user or a database, or of a tenant; 0 is without limit. */
  static final SettingKey<Integer> MAX_CONNECTIONS_OF_ONE =
      SettingKey.optional("max-connections", wholeNumber(0, 1_000_000));

  /** The backends of a user or a database, of all its pools together; 0 is without limit. */
  static final SettingKey<Integer> MAX_BACKENDS_OF_ONE =
      SettingKey.optional("max-backends", wholeNumber(0, 100_000));

  /** The backends of one pool that a tenant may have at once; 0 is without limit. */
  static final SettingKey<Integer> SIZE_OF_TENANT =
      SettingKey.optional("size", wholeNumber(0, 100_000));

  private static final List<SettingKey<?>> OF_CLIENTS =
      List.of(
          MAX_CONNECTIONS_OF_ONE,
          MAX_BACKENDS_OF_ONE,
          own(SIZE),
          own(MIN_IDLE),
          own(MAX_LIFETIME),
          own(WAIT_TIMEOUT),
          own(QUERY_TIMEOUT),
          own(TRANSACTION_TIMEOUT),
          own(IDLE_TRANSACTION_TIMEOUT),
          own(CLIENT_IDLE_TIMEOUT));

  static final SettingKey<Void> PER_USER =
      SettingKey.optional("pool.per-user", new NamedKeys(OF_CLIENTS));
  static final SettingKey<Void> PER_DATABASE =
      SettingKey.optional("pool.per-database", new NamedKeys(OF_CLIENTS));
  static final SettingKey<Void> PER_TENANT =
      SettingKey.optional(
          "pool.per-tenant", new NamedKeys(List.of(MAX_CONNECTIONS_OF_ONE, SIZE_OF_TENANT)));

  private PoolKeys() {}

  private static SettingKey<Duration> timeout(String name) {
    return SettingKey.of(name, durationFrom(Duration.ZERO), "0s");
  }

  /** The key of one name that stands for another's value: {@code pool.size} as {@code size}. */
  private static SettingKey<?> own(SettingKey<?> wide) {
    return SettingKey.optional(last(wide), wide.type());
  }

  /** The part of a key behind its last dot. */
  static String last(SettingKey<?> key) {
    return key.name().substring(key.name().lastIndexOf('.') + 1);
  }

  static PoolSettings pool(ResolvedSettings from) {
    return new PoolSettings(
        from.need(MODE),
        from.need(SIZE),
        from.need(SIZE_PER_TENANT),
        from.need(MAX_BACKENDS),
        from.need(MIN_IDLE),
        from.need(WAIT_TIMEOUT),
        from.need(MAX_WAITING),
        from.need(IDLE_TIMEOUT),
        from.need(MAX_LIFETIME),
        from.need(MAX_PREPARED),
        from.need(UNPOOLABLE),
        from.need(READ_BACK),
        from.need(BEGIN),
        new ClientTimeouts(
            from.need(QUERY_TIMEOUT),
            from.need(TRANSACTION_TIMEOUT),
            from.need(IDLE_TRANSACTION_TIMEOUT),
            from.need(CLIENT_IDLE_TIMEOUT)),
        new PoolOverrides(from.named()));
  }
}
