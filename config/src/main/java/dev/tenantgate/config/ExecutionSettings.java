package dev.tenantgate.config;

import java.time.Duration;

/**
 * How migrations are executed at the server ({@code migrations.strategy}, {@code
 * migrations.concurrent-*}, {@code migrations.role}). Immutable.
 *
 * @param strategy what the server's transactions are good for. Default {@code auto}.
 * @param concurrentWorkers schemas at once that have statements run which can't be in a
 *     transaction, such as CREATE INDEX CONCURRENTLY. Default 1.
 * @param concurrentLockTimeout how long such a statement waits for other transactions to end, which
 *     keeps nobody else waiting. Default 30s.
 * @param concurrentStatementTimeout how long such a statement may run; 0s is without limit. Default
 *     0s.
 * @param role with whose rights migrations run. Default {@code owner}.
 */
public record ExecutionSettings(
    Strategy strategy,
    int concurrentWorkers,
    Duration concurrentLockTimeout,
    Duration concurrentStatementTimeout,
    Role role) {

  /** The defaults. */
  public static final ExecutionSettings DEFAULT =
      new ExecutionSettings(Strategy.AUTO, 1, Duration.ofSeconds(30), Duration.ZERO, Role.OWNER);

  public ExecutionSettings {
    SettingKeys.MIGRATIONS_CONCURRENT_WORKERS.require(concurrentWorkers);
    SettingKeys.MIGRATIONS_CONCURRENT_LOCK_TIMEOUT.require(concurrentLockTimeout);
    SettingKeys.MIGRATIONS_CONCURRENT_STATEMENT_TIMEOUT.require(concurrentStatementTimeout);
  }

  /** The same with the schema's owner's rights. */
  public ExecutionSettings(
      Strategy strategy,
      int concurrentWorkers,
      Duration concurrentLockTimeout,
      Duration concurrentStatementTimeout) {
    this(
        strategy, concurrentWorkers, concurrentLockTimeout, concurrentStatementTimeout, Role.OWNER);
  }

  /** The role whose rights migrations run with. */
  public enum Role {
    /** The schema's owner: {@code SET ROLE} before each, and back behind it. */
    OWNER,
    /** The gateway's account. */
    ACCOUNT
  }

  /** How far the server's transactions reach. */
  public enum Strategy {
    /** The server says which it is. */
    AUTO,
    /** Schema changes are part of their transaction. */
    POSTGRESQL,
    /** Schema changes aren't: one statement after the other, and a record after each. */
    COCKROACHDB
  }
}
