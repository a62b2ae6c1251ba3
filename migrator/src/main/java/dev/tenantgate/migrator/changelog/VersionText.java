package dev.tenantgate.migrator.changelog;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Versions as other tools write them. Numbers and numbers of several parts are compared part by
 * part, a missing part as 0 ({@code 1.10} is above {@code 1.9}, {@code 1.0} is {@code 1}); anything
 * else as text. Stateless.
 */
public final class VersionText {

  /** By rising version. */
  public static final Comparator<String> ORDER = VersionText::compare;

  private static final Pattern PARTS = Pattern.compile("[0-9]+(?:[._][0-9]+)*");

  private static final Pattern LEADING = Pattern.compile("([0-9]+)(?:[^0-9].*)?", Pattern.DOTALL);

  private VersionText() {}

  /** Compares two versions. */
  public static int compare(String a, String b) {
    if (!isNumeric(a) || !isNumeric(b)) {
      return a.compareTo(b);
    }
    String[] left = a.split("[._]");
    String[] right = b.split("[._]");
    for (int i = 0; i < Math.max(left.length, right.length); i++) {
      int part = part(left, i).compareTo(part(right, i));
      if (part != 0) {
        return part;
      }
    }
    return 0;
  }

  private static BigInteger part(String[] parts, int at) {
    return at < parts.length ? new BigInteger(parts[at]) : BigInteger.ZERO;
  }

  /** Whether it is a number, or one of several parts. */
  public static boolean isNumeric(String version) {
    return PARTS.matcher(version).matches();
  }

  /** The digits that a name begins with; null if it doesn't. */
  public static @Nullable String leading(String name) {
    Matcher matcher = LEADING.matcher(name);
    return matcher.matches() ? matcher.group(1) : null;
  }

  /** A version that is a number from 1 on; null if it isn't one. */
  public static @Nullable Version number(String version) {
    try {
      return Version.parse(version);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
