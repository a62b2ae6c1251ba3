package dev.tenantgate.config;

import java.time.Duration;

/**
 * The fate of the transactions that are under way on a schema that is about to be migrated ({@code
 * migrations.drain-timeout}, {@code migrations.after-drain-timeout}). Immutable.
 *
 * @param timeout how long they may take to end, while new ones are held. Default 10s.
 * @param afterTimeout what happens when they haven't. Default {@code postpone}.
 */
public record DrainSettings(Duration timeout, AfterTimeout afterTimeout) {

  /** The defaults. */
  public static final DrainSettings STANDARD =
      new DrainSettings(Duration.ofSeconds(10), AfterTimeout.POSTPONE);

  public DrainSettings {
    SettingKeys.MIGRATIONS_DRAIN_TIMEOUT.require(timeout);
  }

  /** The way on when transactions haven't ended in time. */
  public enum AfterTimeout {
    /** The migration is put off, and whoever was held for it may go on. */
    POSTPONE,
    /** They are cancelled; sessions that stay in their transaction are ended. */
    CANCEL
  }
}
