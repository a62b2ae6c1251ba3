package dev.tenantgate.migrator.changelog;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * The ordered version of a migration, as the history keeps it (BIGINT). Leading zeros of a file's
 * name carry no meaning. A version of several parts has a number that {@link VersionCode} makes,
 * and is compared part by part; so has a repeatable migration, which comes after all versions.
 *
 * @param number 1 or greater
 * @param notation how another tool writes it, whose versions are no numbers: {@code
 *     polls.0002_choices}; the number is but its place among the others then. Of a repeatable
 *     migration, {@code R__} and its name. Null of a number
 */
public record Version(long number, @Nullable String notation) implements Comparable<Version> {

  private static final Comparator<Version> REPEATABLE =
      Comparator.comparing(Version::toString).thenComparing(Version::number);

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
   * Reads a version: a number, or one of several parts ({@code 1.2}); leading zeros are dropped.
   *
   * @throws IllegalArgumentException if the text is neither, or too large; the message says so
   */
  public static Version parse(String text) {
    if (text.contains(".") && VersionText.isNumeric(text)) {
      return ofParts(text);
    }
    if (text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new IllegalArgumentException("a version is a number from 1 on, was \"" + text + "\"");
    }
    long number;
    try {
      number = Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("a version is at most 2^63-1, was \"" + text + "\"", e);
    }
    if (VersionCode.isCode(number)) {
      throw new IllegalArgumentException(
          "numbers from %d on stand for versions of several parts, was \"%s\""
              .formatted(VersionCode.FIRST, text));
    }
    return new Version(number);
  }

  /**
   * Reads a version of one part or several, parted by {@code .} or {@code _}; 0 is one as well.
   *
   * @throws IllegalArgumentException if a history has no number for it; the message says why
   */
  public static Version ofParts(String text) {
    return new Version(VersionCode.of(text));
  }

  /** Stands for a repeatable migration of that name. */
  public static Version repeatable(String name) {
    return new Version(VersionCode.ofRepeatable(name), "R__" + name);
  }

  /**
   * A version that a history has.
   *
   * @param name the migration's, which tells repeatable ones from each other
   */
  public static Version recorded(long number, String name) {
    return new Version(number, VersionCode.isRepeatable(number) ? "R__" + name : null);
  }

  /** Whether it stands for a migration that is applied again whenever its file changes. */
  public boolean isRepeatable() {
    return VersionCode.isRepeatable(number);
  }

  @Override
  public int compareTo(Version other) {
    if (!VersionCode.isCode(number) && !VersionCode.isCode(other.number)) {
      return Long.compare(number, other.number);
    }
    if (isRepeatable() || other.isRepeatable()) {
      return isRepeatable() && other.isRepeatable()
          ? REPEATABLE.compare(this, other)
          : Boolean.compare(isRepeatable(), other.isRepeatable());
    }
    return VersionText.compare(VersionCode.text(number), VersionCode.text(other.number));
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
    return notation == null ? VersionCode.text(number) : notation;
  }
}
