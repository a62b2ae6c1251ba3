package dev.tenantgate.config;

import java.time.Duration;
import java.util.stream.Stream;

/**
 * Backend connections, and limits of clients ({@code pool.*}). All but the mode, the timeouts of
 * clients and the limits of single users, databases and tenants belong to transaction pooling.
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
 * @param begin when a BEGIN goes to a backend. Default {@code at-once}.
 * @param timeouts how long clients may take
 * @param overrides what holds for single users, databases and tenants
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
    Begin begin,
    ClientTimeouts timeouts,
    PoolOverrides overrides) {

  public PoolSettings {
    PoolKeys.SIZE.require(size);
    PoolKeys.SIZE_PER_TENANT.require(sizePerTenant);
    PoolKeys.MAX_BACKENDS.require(maxBackends);
    PoolKeys.MIN_IDLE.require(minIdle);
    PoolKeys.WAIT_TIMEOUT.require(waitTimeout);
    PoolKeys.MAX_WAITING.require(maxWaiting);
    PoolKeys.IDLE_TIMEOUT.require(idleTimeout);
    PoolKeys.MAX_LIFETIME.require(maxLifetime);
    PoolKeys.MAX_PREPARED.require(maxPrepared);
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
        Begin.AT_ONCE,
        ClientTimeouts.NONE,
        PoolOverrides.NONE);
  }

  /** The same with other timeouts of clients. */
  public PoolSettings withTimeouts(ClientTimeouts longest) {
    return new PoolSettings(
        mode,
        size,
        sizePerTenant,
        maxBackends,
        minIdle,
        waitTimeout,
        maxWaiting,
        idleTimeout,
        maxLifetime,
        maxPrepared,
        unpoolable,
        readBack,
        begin,
        longest,
        overrides);
  }

  /** The same with another value of a single user, database or tenant. */
  public PoolSettings with(String key, Object value) {
    return new PoolSettings(
        mode,
        size,
        sizePerTenant,
        maxBackends,
        minIdle,
        waitTimeout,
        maxWaiting,
        idleTimeout,
        maxLifetime,
        maxPrepared,
        unpoolable,
        readBack,
        begin,
        timeouts,
        overrides.with(key, value));
  }

  // ---- what holds for whom

  /** As they hold for the clients of a database and user. */
  public PoolSettings of(String database, String user) {
    if (overrides.values().isEmpty()) {
      return this;
    }
    return new PoolSettings(
        mode,
        overrides.of(database, user, PoolKeys.SIZE, size),
        sizePerTenant,
        maxBackends,
        overrides.of(database, user, PoolKeys.MIN_IDLE, minIdle),
        overrides.of(database, user, PoolKeys.WAIT_TIMEOUT, waitTimeout),
        maxWaiting,
        idleTimeout,
        overrides.of(database, user, PoolKeys.MAX_LIFETIME, maxLifetime),
        maxPrepared,
        unpoolable,
        readBack,
        begin,
        new ClientTimeouts(
            overrides.of(database, user, PoolKeys.QUERY_TIMEOUT, timeouts.query()),
            overrides.of(database, user, PoolKeys.TRANSACTION_TIMEOUT, timeouts.transaction()),
            overrides.of(
                database, user, PoolKeys.IDLE_TRANSACTION_TIMEOUT, timeouts.idleTransaction()),
            overrides.of(database, user, PoolKeys.CLIENT_IDLE_TIMEOUT, timeouts.clientIdle())),
        overrides);
  }

  /** A setting that may differ for a user or a database. */
  public enum Own {
    SIZE(PoolKeys.SIZE),
    WAIT_TIMEOUT(PoolKeys.WAIT_TIMEOUT),
    QUERY_TIMEOUT(PoolKeys.QUERY_TIMEOUT),
    TRANSACTION_TIMEOUT(PoolKeys.TRANSACTION_TIMEOUT),
    IDLE_TRANSACTION_TIMEOUT(PoolKeys.IDLE_TRANSACTION_TIMEOUT),
    CLIENT_IDLE_TIMEOUT(PoolKeys.CLIENT_IDLE_TIMEOUT);

    @SuppressWarnings("ImmutableEnumChecker") // it is
    private final SettingKey<?> key;

    Own(SettingKey<?> key) {
      this.key = key;
    }
  }

  /** The key by which a setting has its value for the clients of a database and user. */
  public String keyOf(Own setting, String database, String user) {
    return overrides.keyOf(database, user, setting.key);
  }

  /** How many backends of one pool a tenant may have at once. */
  public PoolOverrides.Bound tenantShare(String tenant) {
    return overrides.share(
        tenant, new PoolOverrides.Bound(sizePerTenant, PoolKeys.SIZE_PER_TENANT.name()));
  }

  /** Whether that is limited for any tenant. */
  public boolean limitsTenantShares() {
    return sizePerTenant > 0 || overrides.limitShares();
  }

  /** The shortest timeout that any client has; zero if none has one. */
  public Duration shortestTimeout() {
    return Stream.concat(Stream.of(timeouts.shortest()), overrides.timeouts())
        .filter(each -> !each.isZero())
        .min(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  /** For how long a backend is lent to a frontend. */
  public enum Mode {
    SESSION,
    TRANSACTION
  }

  /** Which transactions are followed by a question for all that a session can have. */
  public enum ReadBack {
    /** Transactions that can't be shown to leave the session as it is. */
    AUTO,
    ALWAYS,
    /** Only transactions whose texts show that they leave something. */
    NEVER
  }

  /** When a transaction that a BEGIN of its own begins gets its backend. */
  public enum Begin {
    /** With that. */
    AT_ONCE,
    /** With its first statement, which the BEGIN goes out with. */
    DEFERRED
  }

  /** How a session is treated whose state can't be carried to another backend. */
  public enum Unpoolable {
    /** It keeps its backend as long as such state is there. */
    PIN,
    /** The statement is refused. */
    REFUSE
  }
}
