package dev.tenantgate.config;

import org.jspecify.annotations.Nullable;

/**
 * One setting in force, fit to be shown: secrets are masked.
 *
 * @param key its key: {@code gate.hold-timeout}
 * @param value its value as the settings file would have it; null where there is none
 * @param origin where it came from
 */
public record EffectiveSetting(String key, @Nullable String value, Origin origin) {

  /** The text in place of a secret. */
  public static final String MASK = "********";
}
