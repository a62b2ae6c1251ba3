package dev.tenantgate.config;

import org.jspecify.annotations.Nullable;

/**
 * A value can't be understood or can't be. The remedy and the value are kept apart, so that the
 * value of a secret is never shown.
 */
final class InvalidValueException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String remedy;
  private final @Nullable String found;

  /**
   * Says what would be right.
   *
   * @param remedy what would be right, without the value: {@code must be a whole number}
   */
  InvalidValueException(String remedy) {
    this(remedy, null);
  }

  /**
   * Says what would be right, and what was there.
   *
   * @param found the value, in the words to follow "was"; null if the remedy says it all
   */
  InvalidValueException(String remedy, @Nullable String found) {
    super(remedy);
    this.remedy = remedy;
    this.found = found;
  }

  static InvalidValueException of(String remedy, String text) {
    return new InvalidValueException(remedy, "\"" + text + "\"");
  }

  /** The message, with the value unless it is a secret. */
  String describe(boolean secret) {
    return secret || found == null ? remedy : remedy + ", was " + found;
  }
}
