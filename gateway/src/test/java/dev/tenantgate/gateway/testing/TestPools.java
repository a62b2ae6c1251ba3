package dev.tenantgate.gateway.testing;

import dev.tenantgate.config.ClientTimeouts;
import dev.tenantgate.config.PoolOverrides;
import dev.tenantgate.config.PoolSettings;
import java.time.Duration;

/** Makes settings of a pool of one backend, the defaults but for what a test is about. */
public final class TestPools {

  private TestPools() {}

  public static PoolSettings of(
      PoolSettings.Mode mode,
      Duration waitTimeout,
      int maxWaiting,
      int maxPrepared,
      PoolSettings.Unpoolable unpoolable) {
    return of(
        mode,
        waitTimeout,
        maxWaiting,
        maxPrepared,
        unpoolable,
        PoolSettings.ReadBack.AUTO,
        PoolSettings.Begin.AT_ONCE);
  }

  /** One that asks for what transactions have done to their sessions when it is told to. */
  public static PoolSettings readingBack(PoolSettings.Mode mode, PoolSettings.ReadBack when) {
    return of(
        mode,
        Duration.ofSeconds(7),
        100,
        200,
        PoolSettings.Unpoolable.PIN,
        when,
        PoolSettings.Begin.AT_ONCE);
  }

  /** One that sends a BEGIN with the statement behind it. */
  public static PoolSettings deferringBegin(PoolSettings.Mode mode) {
    return of(
        mode,
        Duration.ofSeconds(7),
        100,
        200,
        PoolSettings.Unpoolable.PIN,
        PoolSettings.ReadBack.AUTO,
        PoolSettings.Begin.DEFERRED);
  }

  private static PoolSettings of(
      PoolSettings.Mode mode,
      Duration waitTimeout,
      int maxWaiting,
      int maxPrepared,
      PoolSettings.Unpoolable unpoolable,
      PoolSettings.ReadBack readBack,
      PoolSettings.Begin begin) {
    return new PoolSettings(
        mode,
        1,
        0,
        100,
        0,
        waitTimeout,
        maxWaiting,
        Duration.ofMinutes(10),
        Duration.ofHours(1),
        maxPrepared,
        unpoolable,
        readBack,
        begin,
        ClientTimeouts.NONE,
        PoolOverrides.NONE);
  }
}
