package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.sql.LineEnds;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Tells a migration that was applied from the file as it is now: SHA-256 of the statements that
 * apply it.
 *
 * <p>Only what could change a schema counts. The way down, the header comments, the markers, a BOM,
 * line ends (CRLF, CR, LF) and blank lines around the statements may change without making an
 * applied migration another one; everything from the first line that is neither blank nor a {@code
 * --} comment on counts, comments within it too.
 */
public final class Checksum {

  /** How much is digested at a time, in characters. */
  private static final int CHUNK = 64 << 10;

  private Checksum() {}

  /** The checksum of statements, 64 lower-case hex digits. */
  public static String of(String sql) {
    return of(sql, 0, sql.length());
  }

  /** The checksum of the statements that stand in a part of a text, which isn't copied. */
  static String of(String text, int from, int to) {
    int at = endOfHeader(text, from, to);
    int end = to;
    while (end > at && text.charAt(end - 1) <= ' ') {
      end--;
    }
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      while (at < end) {
        int next = endOfChunk(text, at, end);
        String chunk = text.substring(at, next).replace("\r\n", "\n").replace('\r', '\n');
        digest.update(chunk.getBytes(StandardCharsets.UTF_8));
        at = next;
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /** Neither a CRLF nor a surrogate pair is cut in two. */
  private static int endOfChunk(String text, int at, int end) {
    int next = Math.min(at + CHUNK, end);
    boolean cuts =
        next < end && (text.charAt(next) == '\n' || Character.isLowSurrogate(text.charAt(next)));
    return cuts ? next + 1 : next;
  }

  /** Where the first line begins that is neither blank nor a comment. */
  private static int endOfHeader(String text, int from, int to) {
    int lineStart = from;
    for (int i = from; i < to; i++) {
      if (LineEnds.endsLine(text, i) || i == to - 1) {
        String line = text.substring(lineStart, i + 1).strip();
        if (!line.isEmpty() && !line.startsWith("--")) {
          return lineStart;
        }
        lineStart = i + 1;
      }
    }
    return to;
  }
}
