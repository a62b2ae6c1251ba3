package dev.tenantgate.config;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a gateway makes room for the next one ({@code shutdown.*}).
 *
 * @param delay how long clients are still accepted once it is told to stop. Default 0s.
 * @param timeout how long its clients may stay once another has taken over. Default 1h.
 * @param takeoverSocket the file of the Unix-domain socket by which the next one takes over; null
 *     where none may
 */
public record ShutdownSettings(Duration delay, Duration timeout, @Nullable Path takeoverSocket) {

  static final SettingKey<Duration> DELAY =
      SettingKey.of("shutdown.delay", ValueTypes.durationFrom(Duration.ZERO), "0s");
  static final SettingKey<Duration> TIMEOUT =
      SettingKey.of("shutdown.timeout", ValueTypes.durationFrom(Duration.ZERO), "1h");
  static final SettingKey<Path> TAKEOVER_SOCKET =
      SettingKey.optional("shutdown.takeover-socket", ValueTypes.path()).fixed();

  /** The defaults. */
  public static final ShutdownSettings DEFAULT =
      new ShutdownSettings(Duration.ZERO, Duration.ofHours(1), null);

  public ShutdownSettings {
    DELAY.require(delay);
    TIMEOUT.require(timeout);
  }
}
