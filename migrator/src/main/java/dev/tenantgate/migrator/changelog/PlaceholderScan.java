package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.Splice.Context;
import dev.tenantgate.migrator.sql.SqlLexer;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds <code>${name}</code> in SQL, and what each stands in. Dollar-quoted strings, such as bodies
 * of functions, are looked through as SQL. Confined to one thread.
 */
final class PlaceholderScan {

  private static final int DEEPEST = 4;

  private final String text;
  private final List<Place> places = new ArrayList<>();

  /**
   * A placeholder.
   *
   * @param name what stands between the braces
   * @param dollarQuoted whether it stands in a dollar-quoted string
   */
  record Place(int start, int end, String name, Context context, boolean dollarQuoted) {}

  private PlaceholderScan(String text) {
    this.text = text;
  }

  /** The placeholders of a text, in order. */
  static List<Place> of(String text) {
    PlaceholderScan scan = new PlaceholderScan(text);
    scan.scan(0, text.length(), 0);
    return scan.places;
  }

  private void scan(int from, int to, int depth) {
    SqlLexer lexer = new SqlLexer(text.substring(from, to));
    int behind = from;
    for (Token token = lexer.next();
        token != Token.END && token != Token.UNTERMINATED;
        token = lexer.next()) {
      int start = from + lexer.start();
      int end = from + lexer.end();
      if (start < behind) {
        continue;
      }
      switch (token) {
        case STRING -> string(start, end, depth);
        case QUOTED_IDENTIFIER -> within(start, end, Context.QUOTED_NAME, depth);
        case WORD, NUMBER, SYMBOL -> behind = Math.max(behind, bare(end - 1, to, depth));
        case OPEN, CLOSE, SEMICOLON, BACKSLASH, UNTERMINATED, END -> {}
      }
    }
  }

  private void string(int start, int end, int depth) {
    char first = text.charAt(start);
    if (first == '$') {
      int tag = text.indexOf('$', start + 1) + 1 - start;
      if (depth < DEEPEST) {
        scan(start + tag, end - tag, depth + 1);
      }
    } else {
      boolean escapes = first == 'e' || first == 'E';
      within(start, end, escapes ? Context.ESCAPED_STRING : Context.STRING, depth);
    }
  }

  private void within(int start, int end, Context context, int depth) {
    int at = text.indexOf("${", start);
    while (at >= 0 && at < end) {
      int close = closing(at, end);
      if (close > 0) {
        add(at, close, context, depth);
      }
      at = text.indexOf("${", close > 0 ? close : at + 2);
    }
  }

  /** A dollar sign may end a name that goes on behind the placeholder; answers where it ends. */
  private int bare(int dollar, int to, int depth) {
    if (dollar + 1 >= to || text.charAt(dollar) != '$' || text.charAt(dollar + 1) != '{') {
      return 0;
    }
    int close = closing(dollar, to);
    if (close < 0) {
      return 0;
    }
    boolean glued =
        (dollar > 0 && isOfName(text.charAt(dollar - 1)))
            || (close < to && isOfName(text.charAt(close)));
    add(dollar, close, glued ? Context.WORD : Context.ALONE, depth);
    return close;
  }

  private void add(int start, int end, Context context, int depth) {
    places.add(
        new Place(start, end, text.substring(start + 2, end - 1).strip(), context, depth > 0));
  }

  private static boolean isOfName(char c) {
    return c == '_' || c == '$' || c == '}' || Character.isLetterOrDigit(c);
  }

  /** The index behind the brace; -1 if there is none in the line. */
  private int closing(int from, int to) {
    for (int i = from + 2; i < to; i++) {
      char c = text.charAt(i);
      if (c == '}') {
        return i + 1;
      }
      if (c == '\n' || c == '\r' || c == '{' || c == '\'' || c == '"') {
        return -1;
      }
    }
    return -1;
  }
}
