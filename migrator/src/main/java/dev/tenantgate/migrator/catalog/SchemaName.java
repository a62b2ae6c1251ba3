package dev.tenantgate.migrator.catalog;

import dev.tenantgate.migrator.sql.SqlIdentifier;

/** Takes a schema's name out of definitions that were written with it. Stateless. */
final class SchemaName {

  /** Stands for the schema where it is named without anything in it. */
  private static final String PLACEHOLDER = "{schema}";

  private SchemaName() {}

  /**
   * A definition without a schema's name: {@code tenant_a.users} becomes {@code users}, and {@code
   * SET search_path TO 'tenant_a'} names a placeholder. A longer name that contains it, such as
   * {@code my_tenant_a.x}, stays.
   */
  static String leftOut(String definition, String schema) {
    String quoted = SqlIdentifier.quote(schema);
    return leftOutOnce(leftOutOnce(definition, quoted), schema);
  }

  private static String leftOutOnce(String text, String name) {
    int found = text.indexOf(name);
    if (found < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    int copied = 0;
    while (found >= 0) {
      int end = found + name.length();
      boolean whole = !isNamePart(text, found - 1) && !isNamePart(text, end);
      boolean qualifies = whole && end < text.length() && text.charAt(end) == '.';
      if (qualifies) {
        out.append(text, copied, found);
        copied = end + 1;
      } else if (whole && isListed(text, found, end)) {
        out.append(text, copied, found).append(PLACEHOLDER);
        copied = end;
      }
      found = text.indexOf(name, end);
    }
    return out.append(text, copied, text.length()).toString();
  }

  /** Whether a name stands in quotes of a string, or as an element of a search path. */
  private static boolean isListed(String text, int start, int end) {
    boolean string =
        start > 0
            && end < text.length()
            && text.charAt(start - 1) == '\''
            && text.charAt(end) == '\'';
    int line = text.lastIndexOf("search_path", start);
    boolean path = line >= 0 && text.substring(line, start).chars().noneMatch(c -> c == ';');
    return string || path;
  }

  private static boolean isNamePart(String text, int index) {
    if (index < 0 || index >= text.length()) {
      return false;
    }
    char c = text.charAt(index);
    return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c == '"';
  }
}
