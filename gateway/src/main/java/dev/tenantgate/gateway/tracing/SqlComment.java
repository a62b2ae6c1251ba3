package dev.tenantgate.gateway.tracing;

import io.netty.buffer.ByteBuf;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The comment that sqlcommenter puts behind a statement, or in front of it: {@code
 * /*traceparent='00-…-01',tracestate='…'*}{@code /}. Keys and values are percent-encoded, quotes in
 * values escaped by a backslash. A few bytes at both ends of a text tell that it has none.
 */
final class SqlComment {

  /** A comment's bytes that are looked through for its beginning. */
  private static final int MOST_BYTES = 4096;

  /** Comments that are looked at, from the end: hints and marks of other tools may stand there. */
  private static final int MOST_COMMENTS = 4;

  /** {@code /**}{@code /} */
  private static final int LEAST_BYTES = 4;

  private static final Pattern PAIR =
      Pattern.compile("([^\\s,=']+)\\s*=\\s*'((?:[^'\\\\]|\\\\.)*)'");

  private SqlComment() {}

  /** The trace context in a text; null if there is none that is valid. */
  static @Nullable TraceContext contextIn(ByteBuf in, int at, int bytes) {
    int end = at + bytes;
    for (int number = 0; number < MOST_COMMENTS; number++) {
      end = withoutRest(in, at, end);
      int begin = beginOfCommentThatEndsAt(in, at, end);
      if (begin < 0) {
        break;
      }
      TraceContext found = read(in, begin, end);
      if (found != null) {
        return found;
      }
      end = begin;
    }
    return leading(in, at, end);
  }

  private static @Nullable TraceContext leading(ByteBuf in, int at, int end) {
    int begin = at;
    while (begin < end && isSpace(in.getByte(begin))) {
      begin++;
    }
    if (end - begin < LEAST_BYTES || !isPair(in, begin, '/', '*')) {
      return null;
    }
    int last = Math.min(end, begin + MOST_BYTES) - 1;
    for (int i = begin + 2; i < last; i++) {
      if (isPair(in, i, '*', '/')) {
        return read(in, begin, i + 2);
      }
    }
    return null;
  }

  /** Where the text ends without white space and semicolons. */
  private static int withoutRest(ByteBuf in, int at, int end) {
    int last = end;
    while (last > at && (isSpace(in.getByte(last - 1)) || in.getByte(last - 1) == ';')) {
      last--;
    }
    return last;
  }

  private static int beginOfCommentThatEndsAt(ByteBuf in, int at, int end) {
    if (end - at < LEAST_BYTES || !isPair(in, end - 2, '*', '/')) {
      return -1;
    }
    int least = Math.max(at, end - MOST_BYTES);
    for (int i = end - LEAST_BYTES; i >= least; i--) {
      if (isPair(in, i, '/', '*')) {
        return i;
      }
    }
    return -1;
  }

  private static @Nullable TraceContext read(ByteBuf in, int begin, int end) {
    String text = in.toString(begin + 2, end - begin - LEAST_BYTES, StandardCharsets.UTF_8);
    if (!text.contains("traceparent")) {
      return null;
    }
    String parent = null;
    String state = null;
    Matcher pairs = PAIR.matcher(text);
    while (pairs.find()) {
      switch (decoded(pairs.group(1))) {
        case "traceparent" -> parent = decoded(pairs.group(2));
        case "tracestate" -> state = decoded(pairs.group(2));
        default -> {}
      }
    }
    return TraceContext.parse(parent, state);
  }

  /** A plus stands for itself; what isn't encoded rightly is left as it is. */
  private static String decoded(String encoded) {
    String plain = encoded.replaceAll("\\\\(.)", "$1");
    if (plain.indexOf('%') < 0) {
      return plain;
    }
    try {
      return URLDecoder.decode(plain.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return plain;
    }
  }

  private static boolean isPair(ByteBuf in, int at, char first, char second) {
    return in.getByte(at) == first && in.getByte(at + 1) == second;
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || (b >= '\t' && b <= '\r');
  }
}
