package dev.tenantgate.config;

import static dev.tenantgate.config.ValueTypes.durationFrom;
import static dev.tenantgate.config.ValueTypes.wholeNumber;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How soon a peer that is gone without a word is noticed ({@code listen.keepalive.*}, {@code
 * database.keepalive.*}, {@code …tcp-user-timeout}). Zero leaves each to the operating system.
 *
 * @param idle how long a connection is silent before the peer is asked; whole seconds. Default 0s.
 * @param interval how long it has for each answer; whole seconds. Default 0s.
 * @param count how many answers may be missing. Default 0.
 * @param userTimeout how long bytes that were sent may be unacknowledged. Default 0s.
 */
public record TcpSettings(Duration idle, Duration interval, int count, Duration userTimeout) {

  /** The most that Linux takes. */
  private static final Duration LONGEST = Duration.ofSeconds(32_767);

  static final SettingKey<Duration> CLIENT_IDLE = seconds("listen.keepalive.idle");
  static final SettingKey<Duration> CLIENT_INTERVAL = seconds("listen.keepalive.interval");
  static final SettingKey<Integer> CLIENT_COUNT = count("listen.keepalive.count");
  static final SettingKey<Duration> CLIENT_USER_TIMEOUT = timeout("listen.tcp-user-timeout");
  static final SettingKey<Duration> SERVER_IDLE = seconds("database.keepalive.idle");
  static final SettingKey<Duration> SERVER_INTERVAL = seconds("database.keepalive.interval");
  static final SettingKey<Integer> SERVER_COUNT = count("database.keepalive.count");
  static final SettingKey<Duration> SERVER_USER_TIMEOUT = timeout("database.tcp-user-timeout");

  /** As the operating system has it. */
  public static final TcpSettings DEFAULT =
      new TcpSettings(Duration.ZERO, Duration.ZERO, 0, Duration.ZERO);

  public TcpSettings {
    CLIENT_IDLE.require(idle);
    CLIENT_INTERVAL.require(interval);
    CLIENT_COUNT.require(count);
    CLIENT_USER_TIMEOUT.require(userTimeout);
  }

  private static SettingKey<Duration> seconds(String name) {
    return SettingKey.of(name, new WholeSeconds(durationFrom(Duration.ZERO)), "0s");
  }

  private static SettingKey<Integer> count(String name) {
    return SettingKey.of(name, wholeNumber(0, 127), "0");
  }

  private static SettingKey<Duration> timeout(String name) {
    return SettingKey.of(name, durationFrom(Duration.ZERO), "0s");
  }

  /** Towards clients. */
  static TcpSettings ofClients(ResolvedSettings from) {
    return new TcpSettings(
        from.need(CLIENT_IDLE),
        from.need(CLIENT_INTERVAL),
        from.need(CLIENT_COUNT),
        from.need(CLIENT_USER_TIMEOUT));
  }

  /** Towards the server. */
  static TcpSettings ofServer(ResolvedSettings from) {
    return new TcpSettings(
        from.need(SERVER_IDLE),
        from.need(SERVER_INTERVAL),
        from.need(SERVER_COUNT),
        from.need(SERVER_USER_TIMEOUT));
  }

  /** The kernel counts these in seconds. */
  private record WholeSeconds(ValueType<Duration> duration) implements ValueType<Duration> {
    @Override
    public String describe() {
      return "duration of whole seconds from 0s to 32767s";
    }

    @Override
    public Duration parse(RawValue raw) throws InvalidValueException {
      return duration.parse(raw);
    }

    @Override
    public String print(Duration value) {
      return duration.print(value);
    }

    @Override
    public @Nullable InvalidValueException objection(Duration value) {
      return value.toMillis() % 1000 != 0 || value.isNegative() || value.compareTo(LONGEST) > 0
          ? new InvalidValueException(
              "must be whole seconds from 0s to 32767s", DurationText.describe(value))
          : null;
    }
  }
}
