package dev.tenantgate.migrator.sql;

/** Names and texts as they are written into SQL, safe whatever they contain. */
public final class SqlIdentifier {

  private SqlIdentifier() {}

  /** A name as a quoted identifier: {@code "tenant_o""hara"}. */
  public static String quote(String name) {
    return '"' + withoutNul(name).replace("\"", "\"\"") + '"';
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
