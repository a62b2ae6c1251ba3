package dev.tenantgate.migrator.changelog;

/**
 * The ordered number of a migration, as the history keeps it (BIGINT). Leading zeros of a file's
 * name carry no meaning.
 *
 * @param number 1 or greater
 */
public record Version(long number) implements Comparable<Version> {

  public Version {
    if (number < 1) {
      throw new IllegalArgumentException("a version is a number from 1 on, was " + number);
    }
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

  /** Without leading zeros. */
  @Override
  public String toString() {
    return Long.toString(number);
  }
}
