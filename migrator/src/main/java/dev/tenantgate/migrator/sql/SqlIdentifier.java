package dev.tenantgate.migrator.sql;

/** Names and texts as they are written into SQL, safe whatever they contain. */
public final class SqlIdentifier {

  /** A server that is built as usual cuts names here. */
  public static final int MAX_BYTES = 63;

  private SqlIdentifier() {}

  /** A name as a quoted identifier: {@code "tenant_o""hara"}. */
  public static String quote(String name) {
    return '"' + withoutNul(name).replace("\"", "\"\"") + '"';
  }

  /** A name as the server keeps it: at most {@value #MAX_BYTES} bytes of UTF-8. */
  public static String truncated(String name) {
    int bytes = 0;
    for (int i = 0; i < name.length(); i += Character.charCount(name.codePointAt(i))) {
      int c = name.codePointAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
      if (bytes > MAX_BYTES) {
        return name.substring(0, i);
      }
    }
    return name;
  }

  /**
   * A text as a string literal, read alike whether {@code standard_conforming_strings} is on or
   * off: {@code 'it''s'}, {@code E'a\\b'}.
   */
  public static String literal(String text) {
    String doubled = "'" + withoutNul(text).replace("'", "''") + "'";
    return doubled.indexOf('\\') < 0 ? doubled : "E" + doubled.replace("\\", "\\\\");
  }

  private static String withoutNul(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("PostgreSQL's names and texts have no NUL");
    }
    return text;
  }
}
