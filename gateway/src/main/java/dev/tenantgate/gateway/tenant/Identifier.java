package dev.tenantgate.gateway.tenant;

import java.nio.charset.StandardCharsets;

/**
 * PostgreSQL's rules for names: length, folding, quoting. Stateless.
 *
 * <p>Names are taken to be UTF-8, as they are in every database that isn't of a single-byte
 * encoding; there non-ASCII letters aren't folded, so neither are they here.
 */
final class Identifier {

  /** NAMEDATALEN - 1: the longest name, in bytes. */
  static final int MAX_BYTES = 63;

  private Identifier() {}

  static int utf8Length(String name) {
    return name.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Cuts a name as the server does: to 63 bytes, never in the middle of a character. */
  static String truncate(String name) {
    if (name.length() * 3 <= MAX_BYTES || utf8Length(name) <= MAX_BYTES) {
      return name;
    }
    int bytes = 0;
    int end = 0;
    while (end < name.length()) {
      int codePoint = name.codePointAt(end);
      bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      if (bytes > MAX_BYTES) {
        break;
      }
      end += Character.charCount(codePoint);
    }
    return name.substring(0, end);
  }

  /** Folds an unquoted name to lower case: A to Z, nothing else. */
  static String fold(String name) {
    StringBuilder folded = null;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        if (folded == null) {
          folded = new StringBuilder(name);
        }
        folded.setCharAt(i, (char) (c + ('a' - 'A')));
      }
    }
    return folded == null ? name : folded.toString();
  }

  static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
