package dev.tenantgate.config;

import java.time.Duration;

/**
 * Backend connections ({@code pool.*}). All but the mode and the timeout of idle transactions
 * belong to transaction pooling.
 *
 * @param mode whether a backend belongs to a session or to a transaction. Default {@code session}.
 * @param size backend connections per database and user. Default 20.
 * @param sizePerTenant of those, how many one tenant may have at once; 0 is without limit. Default
 *     0.
 * @param maxBackends backend connections of all pools together. Default 100.
 * @param minIdle idle backend connections that a pool in use is kept warm with. Default 0.
 * @param waitTimeout how long a transaction waits for a backend at most. Default 30s.
 * @param maxWaiting transactions that wait for a backend at once. Default 10000.
 * @param idleTimeout how long a backend stays open that nobody uses. Default 10m.
 * @param maxLifetime how old a backend gets before it is replaced. Default 1h.
 * @param maxPrepared prepared statements kept on one backend. Default 200.
 * @param unpoolable what happens to a session that does what can't be pooled. Default {@code pin}.
 * @param readBack which transactions' ends are asked for all that a session can have. Default
 *     {@code auto}.
 * @param idleTransactionTimeout how long a client may leave a backend idle within a transaction, a
 *     batch or a message, or read nothing of its answer; in session mode as well. 0 is without
 *     limit. Default 0s.
 */
public record PoolSettings(
    Mode mode,
    int size,
    int sizePerTenant,
    int maxBackends,
    int minIdle,
    Duration waitTimeout,
    int maxWaiting,
    Duration idleTimeout,
    Duration maxLifetime,
    int maxPrepared,
    Unpoolable unpoolable,
    ReadBack readBack,
    Duration idleTransactionTimeout) {

  public PoolSettings {
    SettingKeys.POOL_SIZE.require(size);
    SettingKeys.POOL_SIZE_PER_TENANT.require(sizePerTenant);
    SettingKeys.POOL_MAX_BACKENDS.require(maxBackends);
    SettingKeys.POOL_MIN_IDLE.require(minIdle);
    SettingKeys.POOL_WAIT_TIMEOUT.require(waitTimeout);
    SettingKeys.POOL_MAX_WAITING.require(maxWaiting);
    SettingKeys.POOL_IDLE_TIMEOUT.require(idleTimeout);
    SettingKeys.POOL_MAX_LIFETIME.require(maxLifetime);
    SettingKeys.POOL_MAX_PREPARED.require(maxPrepared);
    SettingKeys.POOL_IDLE_TRANSACTION_TIMEOUT.require(idleTransactionTimeout);
  }

  /** The defaults in a mode and a size. */
  public static PoolSettings of(Mode mode, int size) {
    return new PoolSettings(
        mode,
        size,
        0,
        100,
        0,
        Duration.ofSeconds(30),
        10_000,
        Duration.ofMinutes(10),
        Duration.ofHours(1),
        200,
        Unpoolable.PIN,
        ReadBack.AUTO,
        Duration.ZERO);
  }

  /** For how long a backend is lent to a frontend. */
  public enum Mode {
    SESSION,
    TRANSACTION
  }

  /** Which transactions are followed by a question for all that a session can have. */
  public enum ReadBack {
    /** Those that can't be shown to leave it as it is. */
    AUTO,
    ALWAYS,
    /** None but those whose texts show that they leave something. */
    NEVER
  }

  /** How a session is treated whose state can't be carried to another backend. */
  public enum Unpoolable {
    /** It keeps its backend as long as such state is there. */
    PIN,
    /** The statement is refused. */
    REFUSE
  }
}
