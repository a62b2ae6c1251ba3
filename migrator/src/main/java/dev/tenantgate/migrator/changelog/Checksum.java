package dev.tenantgate.migrator.changelog;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What tells a migration that was applied from the file as it is now: SHA-256 of the statements
 * that apply it.
 *
 * <p>Only what could change a schema counts. The way down, the header comments, the markers, a BOM,
 * line ends (CRLF, CR, LF) and blank lines around the statements may change without making an
 * applied migration another one; everything from the first line that is neither blank nor a {@code
 * --} comment on counts, comments within it too.
 */
public final class Checksum {

  private Checksum() {}

  /** The checksum of statements, 64 lower-case hex digits. */
  public static String of(String sql) {
    String normal = sql.replace("\r\n", "\n").replace('\r', '\n');
    int start = endOfHeader(normal);
    int end = normal.length();
    while (end > start && normal.charAt(end - 1) <= ' ') {
      end--;
    }
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(normal.substring(start, end).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /** Where the first line begins that is neither blank nor a comment. */
  private static int endOfHeader(String text) {
    int lineStart = 0;
    while (lineStart < text.length()) {
      int lineEnd = text.indexOf('\n', lineStart);
      if (lineEnd < 0) {
        lineEnd = text.length();
      }
      String line = text.substring(lineStart, lineEnd).strip();
      if (!line.isEmpty() && !line.startsWith("--")) {
        return lineStart;
      }
      lineStart = lineEnd + 1;
    }
    return text.length();
  }
}
