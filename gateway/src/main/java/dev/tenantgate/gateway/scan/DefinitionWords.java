package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * Whether a text makes a function, or has one called by something else: within one of its
 * statements, a word for that stands behind CREATE or ALTER. Linear in the text's length, whatever
 * it is. Stateless.
 */
public final class DefinitionWords {

  private static final Set<String> MAKING = Set.of("create", "alter");

  private static final Set<String> MADE =
      Set.of(
          "function",
          "procedure",
          "trigger",
          "view",
          "rule",
          "policy",
          "default",
          "inherit",
          "inherits",
          "partition",
          "references",
          "operator",
          "cast",
          "aggregate",
          "domain",
          "type",
          "extension",
          "language",
          "generated",
          "index",
          "statistics",
          "conversion",
          "wrapper",
          "server",
          "check");

  private static final int SHORTEST = 4;
  private static final int LONGEST = 10;

  private DefinitionWords() {}

  public static boolean areIn(ByteBuf text, int from, int bytes) {
    int end = from + bytes;
    boolean making = false;
    int at = from;
    while (at < end) {
      int word = at;
      while (at < end && isPartOfWord(text.getByte(at))) {
        at++;
      }
      if (at == word) {
        making &= text.getByte(at) != ';';
        at++;
      } else if (at - word >= SHORTEST && at - word <= LONGEST) {
        String lower =
            text.toString(word, at - word, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
        if (making && MADE.contains(lower)) {
          return true;
        }
        making |= MAKING.contains(lower);
      }
    }
    return false;
  }

  private static boolean isPartOfWord(byte b) {
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '_';
  }
}
