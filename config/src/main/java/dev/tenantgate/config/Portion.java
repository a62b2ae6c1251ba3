package dev.tenantgate.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.regex.Pattern;

/**
 * So many of a number of things, or a share of them: {@code 10}, {@code 5%}, {@code 0.5%}.
 * Immutable.
 *
 * @param amount how many, or how many in a hundred; above 0
 * @param share whether it is a share
 */
public record Portion(BigDecimal amount, boolean share) {

  /** More than there ever are. */
  public static final Portion UNLIMITED =
      new Portion(BigDecimal.valueOf(Integer.MAX_VALUE), /* share= */ false);

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");
  private static final Pattern SHARE = Pattern.compile("([0-9]{1,3}(?:\\.[0-9]{1,3})?) ?%");
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  public Portion {
    if (amount.signum() <= 0 || (share && amount.compareTo(HUNDRED) > 0)) {
      throw new IllegalArgumentException("must be 1 or more, or a share up to 100%");
    }
  }

  /** So many. */
  public static Portion of(int number) {
    return new Portion(BigDecimal.valueOf(number), false);
  }

  /** A share. */
  public static Portion percent(int percent) {
    return new Portion(BigDecimal.valueOf(percent), true);
  }

  /**
   * Reads {@code 10} or {@code 5%}.
   *
   * @throws IllegalArgumentException if it is neither, or nothing; the message says what would be
   *     right
   */
  static Portion parse(String text) {
    String stripped = text.strip();
    var share = SHARE.matcher(stripped);
    if (share.matches()) {
      return new Portion(new BigDecimal(share.group(1)), true);
    }
    if (NUMBER.matcher(stripped).matches()) {
      return new Portion(new BigDecimal(stripped), false);
    }
    throw new IllegalArgumentException("must be a number such as 10 or a share such as 5%");
  }

  /** How many these are of so many: a share is rounded up, so that it is never none of some. */
  public int outOf(long total) {
    BigDecimal number =
        share
            ? amount.multiply(BigDecimal.valueOf(total)).divide(HUNDRED, 0, RoundingMode.CEILING)
            : amount;
    return Math.max(1, number.min(BigDecimal.valueOf(Integer.MAX_VALUE)).intValue());
  }

  @Override
  public String toString() {
    return share ? amount.toPlainString() + "%" : amount.toPlainString();
  }
}
