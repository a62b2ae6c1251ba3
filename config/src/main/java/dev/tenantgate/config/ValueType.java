package dev.tenantgate.config;

import org.jspecify.annotations.Nullable;

/**
 * The values that a setting takes: how they are read, shown and limited. Immutable.
 *
 * @param <T> the value's type
 */
interface ValueType<T> {

  /** The values that it takes, for the reference: {@code whole number from 1 to 1000}. */
  String describe();

  /** Reads a value, without its limits. */
  T parse(RawValue raw) throws InvalidValueException;

  /** As the settings file would have it; shows everything, secrets as well. */
  String print(T value);

  /** The objection to a value; null if it can be. */
  @Nullable InvalidValueException objection(T value);
}
