package dev.tenantgate.migrator.changelog;

import org.jspecify.annotations.Nullable;

/**
 * The ordered number of a migration, as the history keeps it (BIGINT). Leading zeros of a file's
 * name carry no meaning.
 *
 * @param number 1 or greater
 * @param spoken how another tool writes it, whose versions are no numbers: {@code 1.2}, {@code
 *     polls.0002_choices}; the number is but its place among the others then. Null of a number
 */
public record Version(long number, @Nullable String spoken) implements Comparable<Version> {

  public Version {
    if (number < 1) {
      throw new IllegalArgumentException("a version is a number from 1 on, was " + number);
    }
  }

  /** A version that is a number. */
  public Version(long number) {
    this(number, null);
  }

  /**
   * Reads a version; leading zeros are dropped.
   *
   * @throws IllegalArgumentException if the text is no number from 1 to 2⁶³-1; the message says so
   */
  public static Version parse(String text) {
    if (text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new IllegalArgumentException("a version is a number from 1 on, was \"" + text + "\"");
    }
    try {
      return new Version(Long.parseLong(text));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("a version is at most 2^63-1, was \"" + text + "\"", e);
    }
  }

  @Override
  public int compareTo(Version other) {
    return Long.compare(number, other.number);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Version version && version.number == number;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(number);
  }

  /** Without leading zeros. */
  @Override
  public String toString() {
    return spoken == null ? Long.toString(number) : spoken;
  }
}
