package dev.tenantgate.config;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as settings have them: a whole number and one unit. */
public final class DurationText {

  private static final Pattern SHAPE = Pattern.compile("([+-]?[0-9]+) ?(ms|s|m|h)");
  private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]+");

  private DurationText() {}

  /** Reads {@code 500ms}, {@code 30s}, {@code 2m} or {@code 1h}; a minus sign is understood. */
  static Duration parse(String text) throws InvalidValueException {
    if (NUMBER.matcher(text).matches()) {
      throw InvalidValueException.of("must have a unit, one of ms, s, m, h, such as 30s", text);
    }
    Matcher matcher = SHAPE.matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw InvalidValueException.of(
          "must be a whole number and one of ms, s, m, h, such as 30s", text);
    }
    try {
      long amount = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "ms" -> Duration.ofMillis(amount);
        case "s" -> Duration.ofSeconds(amount);
        case "m" -> Duration.ofMinutes(amount);
        default -> Duration.ofHours(amount);
      };
    } catch (NumberFormatException | ArithmeticException e) {
      throw InvalidValueException.of("must be a duration that can be counted", text);
    }
  }

  /**
   * Reads a duration that stands outside of the settings, such as in a migration's comments.
   *
   * @throws IllegalArgumentException if it isn't one; the message says what would be right
   */
  public static Duration read(String text) {
    try {
      return parse(text);
    } catch (InvalidValueException e) {
      throw new IllegalArgumentException(e.describe(false), e);
    }
  }

  /** As it stands in a settings file, in the largest unit that keeps it whole: {@code 30s}. */
  public static String format(Duration duration) {
    return format(duration, "");
  }

  /** As it stands in a sentence: {@code 30 s}. */
  static String describe(Duration duration) {
    return format(duration, " ");
  }

  private static String format(Duration duration, String gap) {
    long seconds = duration.toSeconds();
    if (!duration.equals(Duration.ofSeconds(seconds))) {
      return duration.toMillis() + gap + "ms";
    }
    if (seconds != 0 && seconds % 3600 == 0) {
      return seconds / 3600 + gap + "h";
    }
    // 60s and 90s are how people write them; minutes only from two on.
    if (seconds > 60 && seconds % 60 == 0) {
      return seconds / 60 + gap + "m";
    }
    return seconds + gap + "s";
  }
}
