package dev.tenantgate.gateway.gate;

import dev.tenantgate.migrator.changelog.Version;
import org.jspecify.annotations.Nullable;

/**
 * The versions that a connection asks for, beside the configured one.
 *
 * @param min {@code tenantgate.min_version}; null if it isn't given
 * @param max {@code tenantgate.max_version}; null if it isn't given
 */
public record Requirement(@Nullable Version min, @Nullable Version max) {

  /** The configured version will do. */
  public static final Requirement NONE = new Requirement(null, null);

  public Requirement {
    if (min != null && max != null && min.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          "tenantgate.min_version is " + min + ", above tenantgate.max_version, " + max);
    }
  }

  /**
   * Reads the two parameters, as a connection gives them.
   *
   * @throws IllegalArgumentException if one is no version, or min is above max; the message names
   *     the parameter
   */
  public static Requirement parse(@Nullable String min, @Nullable String max) {
    return min == null && max == null
        ? NONE
        : new Requirement(
            version("tenantgate.min_version", min), version("tenantgate.max_version", max));
  }

  boolean isNone() {
    return min == null && max == null;
  }

  private static @Nullable Version version(String parameter, @Nullable String text) {
    try {
      return text == null ? null : Version.parse(text.strip());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(parameter + ": " + e.getMessage(), e);
    }
  }
}
