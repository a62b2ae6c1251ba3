package dev.tenantgate.migrator.changelog;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The numbers that histories (BIGINT) have for versions that are none. A number of 19 digits: the
 * first says how wide the parts are, which follow in decimal. {@code 1.2.3} is 5000001000200030000.
 * Trailing parts of 0 carry no meaning, and a version of one part is its own number. Each version
 * has one number, whatever other versions there are, and each number leads back to its version.
 * Numbers don't rise with versions: {@link Version} compares. Stateless.
 */
final class VersionCode {

  /** The lowest number that is a code. */
  static final long FIRST = 3_000_000_000_000_000_000L;

  private static final long UNIT = 1_000_000_000_000_000_000L;

  private static final int REPEATABLE = 3;

  /** In the order in which they are tried; each has 18 digits. */
  private static final List<Layout> LAYOUTS =
      List.of(
          new Layout(5, 6, 4, 4, 4),
          new Layout(4, 4, 3, 3, 3, 3, 2),
          new Layout(6, 8, 5, 5),
          new Layout(7, 14, 4),
          new Layout(8, 17, 1));

  private static final class Layout {
    private final int digit;
    private final int[] widths;

    Layout(int digit, int... widths) {
      this.digit = digit;
      this.widths = widths;
    }

    boolean fits(List<String> parts) {
      if (parts.size() > widths.length) {
        return false;
      }
      for (int i = 0; i < parts.size(); i++) {
        if (parts.get(i).length() > widths[i]) {
          return false;
        }
      }
      return true;
    }

    long code(List<String> parts) {
      StringBuilder code = new StringBuilder().append(digit);
      for (int i = 0; i < widths.length; i++) {
        String part = i < parts.size() ? parts.get(i) : "";
        code.append("0".repeat(widths[i] - part.length())).append(part);
      }
      return Long.parseLong(code.toString());
    }

    List<String> parts(long code) {
      String digits = Long.toString(code);
      List<String> parts = new ArrayList<>();
      int at = 1;
      for (int width : widths) {
        parts.add(digits.substring(at, at + width));
        at += width;
      }
      return normalized(parts);
    }
  }

  private VersionCode() {}

  /** Whether a number stands for something else than itself. */
  static boolean isCode(long number) {
    return number >= FIRST && number / UNIT <= 8;
  }

  /** Whether a number stands for a repeatable migration. */
  static boolean isRepeatable(long number) {
    return number / UNIT == REPEATABLE;
  }

  /**
   * The number of a version.
   *
   * @param version its parts, parted by {@code .} or {@code _}
   * @throws IllegalArgumentException if there is none
   */
  static long of(String version) {
    List<String> parts = normalized(Arrays.asList(version.split("[._]", -1)));
    if (parts.size() == 1 && !parts.get(0).equals("0")) {
      return Version.parse(parts.get(0)).number();
    }
    return LAYOUTS.stream()
        .filter(layout -> layout.fits(parts))
        .findFirst()
        .map(layout -> layout.code(parts))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "a history has no number for the version %s; parts may have 6.4.4.4,"
                            .formatted(version)
                        + " 4.3.3.3.3.2, 8.5.5, 14.4 or 17.1 digits"));
  }

  /** The number of a repeatable migration, by its name. */
  static long ofRepeatable(String name) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      BigInteger number = new BigInteger(1, digest).mod(BigInteger.valueOf(UNIT));
      return REPEATABLE * UNIT + number.longValueExact();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /** The version that a number stands for: {@code 1.2.3}, or the number itself. */
  static String text(long number) {
    if (!isCode(number) || isRepeatable(number)) {
      return Long.toString(number);
    }
    int digit = (int) (number / UNIT);
    return LAYOUTS.stream()
        .filter(layout -> layout.digit == digit)
        .findFirst()
        .map(layout -> String.join(".", layout.parts(number)))
        .orElseGet(() -> Long.toString(number));
  }

  /** Without leading zeros, and without parts of 0 in the end. */
  private static List<String> normalized(List<String> parts) {
    List<String> stripped = new ArrayList<>();
    for (String part : parts) {
      String digits = part.replaceFirst("^0+(?=.)", "");
      stripped.add(digits);
    }
    while (stripped.size() > 1 && stripped.get(stripped.size() - 1).equals("0")) {
      stripped.remove(stripped.size() - 1);
    }
    return stripped;
  }
}
