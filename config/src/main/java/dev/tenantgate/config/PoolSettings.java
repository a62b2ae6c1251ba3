package dev.tenantgate.config;

/**
 * Backend connections ({@code pool.*}).
 *
 * @param mode whether a backend belongs to a session or to a transaction. Default {@code session}.
 * @param size backend connections per database and user. Default 20.
 */
public record PoolSettings(Mode mode, int size) {

  public PoolSettings {
    SettingKeys.POOL_SIZE.require(size);
  }

  /** For how long a backend is lent to a frontend. */
  public enum Mode {
    SESSION,
    TRANSACTION
  }
}
