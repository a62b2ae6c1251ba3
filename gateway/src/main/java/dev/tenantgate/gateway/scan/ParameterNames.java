package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * Finds in texts and values what may be the name of a parameter of an extension's kind, {@code
 * app.tenant}: no server lists these, so each has to be known to be asked for. Names of tables look
 * alike; asking for one costs nothing. Stateless.
 */
public final class ParameterNames {

  /** More of them in one transaction aren't asked for. */
  public static final int MOST = 200;

  /** A name as long as the server takes it, in each of its two or three parts. */
  private static final int MOST_PART_BYTES = 63;

  private static final int MOST_PARTS = 3;

  private ParameterNames() {}

  /** Adds those of a text, in lower case. The time that it takes is linear to the text's length. */
  public static void addFrom(ByteBuf text, int from, int bytes, Set<String> names) {
    int end = from + bytes;
    int at = from;
    while (names.size() < MOST) {
      int dot = text.indexOf(at, end, (byte) '.');
      if (dot < 0) {
        return;
      }
      int start = dot;
      while (start > at && isPartOfName(text.getByte(start - 1))) {
        start--;
      }
      at = dot;
      while (at < end && isPartOfName(text.getByte(at))) {
        at++;
      }
      if (isName(text, start, at) && (at == end || text.getByte(at) != '(')) {
        names.add(
            text.toString(start, at - start, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT));
      }
    }
  }

  /** Adds names that were found in another text. */
  public static void add(Set<String> found, Set<String> names) {
    for (String name : found) {
      if (names.size() < MOST) {
        names.add(name);
      }
    }
  }

  /** Whether all of it is a name of two or three parts. */
  private static boolean isName(ByteBuf text, int from, int end) {
    if (end - from > MOST_PARTS * (MOST_PART_BYTES + 1)) {
      return false;
    }
    int parts = 0;
    int part = from;
    for (int at = from; at <= end; at++) {
      if (at == end || text.getByte(at) == '.') {
        if (at == part || at - part > MOST_PART_BYTES || mayNotBeFirst(text.getByte(part))) {
          return false;
        }
        parts++;
        part = at + 1;
      }
    }
    return parts > 1 && parts <= MOST_PARTS;
  }

  private static boolean mayNotBeFirst(byte b) {
    return (b >= '0' && b <= '9') || b == '$';
  }

  private static boolean isPartOfName(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || b == '_'
        || b == '$'
        || b == '.';
  }
}
