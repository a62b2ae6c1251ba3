package dev.tenantgate.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One key of the settings. Immutable.
 *
 * @param name the key: {@code gate.hold-timeout}
 * @param type what values it takes
 * @param defaultText the default, as the settings file would have it; null where there is none
 * @param secret whether its value is kept from every output
 * @param fromFile whether a {@code …-file} key may name a file that holds the value
 * @param reload whether a reload takes another value
 * @param <T> the value's type
 */
record SettingKey<T>(
    String name,
    ValueType<T> type,
    @Nullable String defaultText,
    boolean secret,
    boolean fromFile,
    Reload reload) {

  /** Whether a reload takes another value. */
  enum Reload {
    /** It is in force from then on. */
    APPLIES("yes"),
    /** It is refused: sockets, threads or leases were made with the old one. */
    RESTART("needs a restart"),
    /** It is taken up to what the process began with; more is refused. */
    AT_MOST_AS_AT_START("up to its value at the start");

    private final String text;

    Reload(String text) {
      this.text = text;
    }

    /** For the reference. */
    String text() {
      return text;
    }
  }

  static final String FILE_SUFFIX = "-file";
  static final String ENVIRONMENT_PREFIX = "TENANTGATE_";

  /** A key with a default. */
  static <T> SettingKey<T> of(String name, ValueType<T> type, String defaultText) {
    return new SettingKey<>(name, type, defaultText, false, false, Reload.APPLIES);
  }

  /** A key that nothing stands for where it isn't given. */
  static <T> SettingKey<T> optional(String name, ValueType<T> type) {
    return new SettingKey<>(name, type, null, false, false, Reload.APPLIES);
  }

  /** This key, whose value a file of its own may hold. */
  SettingKey<T> orFile() {
    return new SettingKey<>(name, type, defaultText, secret, true, reload);
  }

  /** This key, whose value is kept from every output. */
  SettingKey<T> keptSecret() {
    return new SettingKey<>(name, type, defaultText, true, fromFile, reload);
  }

  /** This key, which a running gateway can't change. */
  SettingKey<T> fixed() {
    return new SettingKey<>(name, type, defaultText, secret, fromFile, Reload.RESTART);
  }

  /** This key, which a running gateway can lower, and raise again to what it began with. */
  SettingKey<T> atMostAsAtStart() {
    return new SettingKey<>(name, type, defaultText, secret, fromFile, Reload.AT_MOST_AS_AT_START);
  }

  /** This key by another name. */
  SettingKey<T> named(String other) {
    return new SettingKey<>(other, type, defaultText, secret, fromFile, reload);
  }

  /** The name of the key that names a file with the value. */
  String fileName() {
    return name + FILE_SUFFIX;
  }

  /** The environment variable of a key: {@code TENANTGATE_GATE_HOLD_TIMEOUT}. */
  static String variableOf(String key) {
    return ENVIRONMENT_PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /**
   * Lets a value through that can be.
   *
   * @throws IllegalArgumentException otherwise; the message names the key
   */
  T require(T value) {
    InvalidValueException objection = type.objection(value);
    if (objection != null) {
      throw new IllegalArgumentException(name + ": " + objection.describe(secret), objection);
    }
    return value;
  }
}
