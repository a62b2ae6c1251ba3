package dev.tenantgate.migrator.sql;

/** Where lines end: at LF, CRLF, or a CR alone, as PostgreSQL's comments end. Stateless. */
public final class LineEnds {

  private LineEnds() {}

  /** Whether the character at an index is the last of its line. */
  public static boolean endsLine(String text, int index) {
    char c = text.charAt(index);
    return c == '\n'
        || (c == '\r' && (index + 1 == text.length() || text.charAt(index + 1) != '\n'));
  }
}
