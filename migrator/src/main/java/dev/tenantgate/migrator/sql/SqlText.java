package dev.tenantgate.migrator.sql;

import org.jspecify.annotations.Nullable;

/** Reads a quoted token without its quotes and escapes. Stateless. */
public final class SqlText {

  private static final char UNICODE_ESCAPE = '\\';

  private SqlText() {}

  /**
   * The name that a {@link SqlLexer.Token#WORD} or a {@link SqlLexer.Token#QUOTED_IDENTIFIER}
   * stands for: an unquoted one folded to lower case, A to Z alone.
   *
   * @param uescape the character of a UESCAPE that follows; null for the usual backslash
   * @return null if an escape in it can't be read; the server refuses it, too
   */
  public static @Nullable String name(String token, @Nullable Character uescape) {
    if (token.startsWith("\"")) {
      return unquoted(token, 1, '"');
    }
    if (token.length() > 2 && token.charAt(1) == '&' && token.charAt(2) == '"') {
      return unicode(unquoted(token, 3, '"'), uescape == null ? UNICODE_ESCAPE : uescape);
    }
    return folded(token);
  }

  /**
   * The text that a {@link SqlLexer.Token#STRING} stands for.
   *
   * @param backslashEscapes whether {@code standard_conforming_strings} is off
   * @return null for a bit string, and for an escape that can't be read
   */
  public static @Nullable String string(String token, boolean backslashEscapes) {
    char first = token.charAt(0);
    return switch (first) {
      case '\'' -> backslashEscapes ? escaped(token, 1) : unquoted(token, 1, '\'');
      case '$' -> dollarQuoted(token);
      case 'e', 'E' -> escaped(token, 2);
      case 'n', 'N' -> backslashEscapes ? escaped(token, 2) : unquoted(token, 2, '\'');
      case 'u', 'U' -> unicode(unquoted(token, 3, '\''), UNICODE_ESCAPE);
      default -> null;
    };
  }

  private static String folded(String word) {
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        return asciiLower(word);
      }
    }
    return word;
  }

  private static String asciiLower(String word) {
    StringBuilder lower = new StringBuilder(word);
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        lower.setCharAt(i, (char) (c + ('a' - 'A')));
      }
    }
    return lower.toString();
  }

  private static String unquoted(String token, int opening, char quote) {
    String inner = token.substring(opening, token.length() - 1);
    String doubled = String.valueOf(quote) + quote;
    return inner.contains(doubled) ? inner.replace(doubled, String.valueOf(quote)) : inner;
  }

  private static String dollarQuoted(String token) {
    int tag = token.indexOf('$', 1) + 1;
    return token.substring(tag, token.length() - tag);
  }

  /** The text of an E'…', which may have been closed and opened again on a later line. */
  private static @Nullable String escaped(String token, int opening) {
    StringBuilder text = new StringBuilder(token.length());
    int at = opening;
    int end = token.length() - 1;
    while (at < end) {
      char c = token.charAt(at++);
      if (c == '\'') {
        // Doubled, or the end of this line's part: the next quote goes on with the text.
        if (token.charAt(at) == '\'') {
          text.append('\'');
          at++;
        } else {
          at = reopened(token, at);
        }
      } else if (c != '\\') {
        text.append(c);
      } else {
        at = escape(token, at, text);
        if (at < 0) {
          return null;
        }
      }
    }
    return text.toString();
  }

  /** Behind the quote that opens the string again; comments may stand before it. */
  private static int reopened(String token, int from) {
    int at = from;
    while (token.charAt(at) != '\'') {
      if (token.charAt(at) == '-') {
        while (token.charAt(at) != '\n' && token.charAt(at) != '\r') {
          at++;
        }
      } else {
        at++;
      }
    }
    return at + 1;
  }

  /** Appends what stands for an escape; answers where it ends, below 0 if it makes no sense. */
  private static int escape(String token, int at, StringBuilder text) {
    char c = token.charAt(at);
    return switch (c) {
      case 'b' -> appended(text, '\b', at + 1);
      case 'f' -> appended(text, '\f', at + 1);
      case 'n' -> appended(text, '\n', at + 1);
      case 'r' -> appended(text, '\r', at + 1);
      case 't' -> appended(text, '\t', at + 1);
      case 'v' -> appended(text, '\u000b', at + 1);
      case 'u' -> codePoint(token, at + 1, 4, 16, 4, text);
      case 'U' -> codePoint(token, at + 1, 8, 16, 8, text);
      case 'x' ->
          isDigit(token, at + 1, 16)
              ? codePoint(token, at + 1, 1, 16, 2, text)
              : appended(text, 'x', at + 1);
      default ->
          isDigit(token, at, 8) ? codePoint(token, at, 1, 8, 3, text) : appended(text, c, at + 1);
    };
  }

  private static int appended(StringBuilder text, char c, int next) {
    text.append(c);
    return next;
  }

  private static boolean isDigit(String token, int at, int radix) {
    return at < token.length() && Character.digit(token.charAt(at), radix) >= 0;
  }

  private static int codePoint(
      String token, int from, int least, int radix, int most, StringBuilder text) {
    int at = from;
    long value = 0;
    while (at - from < most && isDigit(token, at, radix)) {
      value = value * radix + Character.digit(token.charAt(at++), radix);
    }
    // Bytes above ASCII would have to be read in the server's encoding.
    boolean bytes = most < 4;
    if (at - from < least
        || !Character.isValidCodePoint((int) value)
        || value > Integer.MAX_VALUE
        || value == 0
        || (bytes && value > 0x7f)) {
      return -1;
    }
    text.appendCodePoint((int) value);
    return at;
  }

  private static @Nullable String unicode(String inner, char escape) {
    if (inner.indexOf(escape) < 0) {
      return inner;
    }
    StringBuilder text = new StringBuilder(inner.length());
    int at = 0;
    while (at < inner.length()) {
      char c = inner.charAt(at++);
      if (c != escape) {
        text.append(c);
      } else if (at < inner.length() && inner.charAt(at) == escape) {
        text.append(escape);
        at++;
      } else {
        boolean six = at < inner.length() && inner.charAt(at) == '+';
        at = codePoint(inner, six ? at + 1 : at, six ? 6 : 4, 16, six ? 6 : 4, text);
        if (at < 0) {
          return null;
        }
      }
    }
    return text.toString();
  }
}
