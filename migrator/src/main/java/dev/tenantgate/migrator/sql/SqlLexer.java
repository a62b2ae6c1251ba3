package dev.tenantgate.migrator.sql;

import java.util.Locale;

/**
 * Cuts SQL into tokens as PostgreSQL's own lexer does (scan.l). White space and comments are
 * skipped. It never looks at a character more than twice and takes no memory beyond itself, so it
 * may be fed anything.
 *
 * <p>Confined to one thread. The last token's place stays readable until the next call.
 */
public final class SqlLexer {

  /** The kinds of tokens. */
  public enum Token {
    /** A keyword or an unquoted identifier. */
    WORD,
    /** A {@code "quoted"} identifier, also {@code U&"…"}. */
    QUOTED_IDENTIFIER,
    /**
     * A string of any kind: {@code '…'}, {@code E'…'}, {@code U&'…'}, {@code B'…'}, {@code $$…$$}.
     */
    STRING,
    /** A number, or a parameter such as {@code $1}. */
    NUMBER,
    /** An opening parenthesis. */
    OPEN,
    /** A closing parenthesis. */
    CLOSE,
    /** A semicolon. */
    SEMICOLON,
    /** A backslash outside quotes; SQL has none, it is one of psql's own commands. */
    BACKSLASH,
    /** Any other single character. */
    SYMBOL,
    /** A quote or comment that the text ends in; see {@link #unterminated()}. */
    UNTERMINATED,
    /** The end of the text. */
    END
  }

  private final String sql;
  private final boolean backslashEscapes;
  private int at;
  private int start;
  private int line = 1;
  private int lineCountedTo;
  private String unterminated = "";

  /** Reads a text with {@code standard_conforming_strings} on, as it is by default. */
  public SqlLexer(String sql) {
    this(sql, true);
  }

  /**
   * Reads a text.
   *
   * @param standardConformingStrings the session's setting; off, a backslash escapes in every
   *     {@code '…'}
   */
  public SqlLexer(String sql, boolean standardConformingStrings) {
    this.sql = sql;
    this.backslashEscapes = !standardConformingStrings;
  }

  /** Moves to the next token; at the end, stays there. */
  public Token next() {
    if (!skipBlanks()) {
      return Token.UNTERMINATED;
    }
    start = at;
    if (at == sql.length()) {
      return Token.END;
    }
    char c = sql.charAt(at);
    if (isIdentifierStart(c)) {
      return wordOrPrefixedQuote(c);
    }
    if (c >= '0' && c <= '9') {
      return number();
    }
    return switch (c) {
      case '\'' -> quoted(1, backslashEscapes);
      case '"' -> quotedIdentifier(1);
      case '$' -> dollar();
      case '(' -> single(Token.OPEN);
      case ')' -> single(Token.CLOSE);
      case ';' -> single(Token.SEMICOLON);
      case '\\' -> single(Token.BACKSLASH);
      default -> single(Token.SYMBOL);
    };
  }

  /** Index of the token's first character. */
  public int start() {
    return start;
  }

  /** Index behind the token's last character. */
  public int end() {
    return at;
  }

  /** The line that the token begins in, from 1. */
  public int line() {
    for (; lineCountedTo < start; lineCountedTo++) {
      if (LineEnds.endsLine(sql, lineCountedTo)) {
        line++;
      }
    }
    return line;
  }

  /** The token as it stands in the text. */
  public String text() {
    return sql.substring(start, at);
  }

  /** A word in upper case, as keywords are compared. */
  public String word() {
    return text().toUpperCase(Locale.ROOT);
  }

  /**
   * The construct that isn't closed after {@link Token#UNTERMINATED}: {@code comment}, {@code
   * string} …
   */
  public String unterminated() {
    return unterminated;
  }

  private Token single(Token token) {
    at++;
    return token;
  }

  private Token unterminated(String what) {
    at = sql.length();
    unterminated = what;
    return Token.UNTERMINATED;
  }

  /**
   * Skips white space and comments; false if a comment isn't closed, which begins at start then.
   */
  private boolean skipBlanks() {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (isSpace(c)) {
        at++;
      } else if (c == '-' && peek(1) == '-') {
        skipLine();
      } else if (c == '/' && peek(1) == '*') {
        start = at;
        if (!skipBlockComment()) {
          unterminated("comment");
          return false;
        }
      } else {
        return true;
      }
    }
    return true;
  }

  private void skipLine() {
    while (at < sql.length() && sql.charAt(at) != '\n' && sql.charAt(at) != '\r') {
      at++;
    }
  }

  private boolean skipBlockComment() {
    int depth = 0;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (c == '/' && peek(1) == '*') {
        depth++;
        at += 2;
      } else if (c == '*' && peek(1) == '/') {
        depth--;
        at += 2;
        if (depth == 0) {
          return true;
        }
      } else {
        at++;
      }
    }
    return false;
  }

  private Token wordOrPrefixedQuote(char first) {
    char second = peek(1);
    if (second == '\'') {
      switch (first) {
        case 'e', 'E' -> {
          return quoted(2, true);
        }
        case 'n', 'N' -> {
          return quoted(2, backslashEscapes);
        }
        case 'b', 'B', 'x', 'X' -> {
          return quoted(2, false);
        }
        default -> {}
      }
    }
    if ((first == 'u' || first == 'U') && second == '&') {
      if (peek(2) == '\'') {
        return quoted(3, false);
      }
      if (peek(2) == '"') {
        return quotedIdentifier(3);
      }
    }
    while (at < sql.length() && isIdentifierPart(sql.charAt(at))) {
      at++;
    }
    return Token.WORD;
  }

  private Token number() {
    while (at < sql.length() && isNumberPart(sql.charAt(at))) {
      at++;
    }
    return Token.NUMBER;
  }

  /** A string whose opening quote ends {@code opening} characters on. */
  private Token quoted(int opening, boolean escapes) {
    at += opening;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (c == '\\' && escapes) {
        at = Math.min(at + 2, sql.length());
      } else if (c != '\'') {
        at++;
      } else if (peek(1) == '\'') {
        at += 2;
      } else {
        at++;
        if (!escapes || !continued()) {
          return Token.STRING;
        }
      }
    }
    return unterminated("string");
  }

  /**
   * Whether the string goes on on a later line, where it still knows escapes; moves behind the
   * quote that opens it again.
   */
  private boolean continued() {
    boolean newline = false;
    int ahead = at;
    while (ahead < sql.length()) {
      char c = sql.charAt(ahead);
      if (isSpace(c)) {
        newline |= c == '\n' || c == '\r';
        ahead++;
      } else if (c == '-' && ahead + 1 < sql.length() && sql.charAt(ahead + 1) == '-') {
        while (ahead < sql.length() && sql.charAt(ahead) != '\n' && sql.charAt(ahead) != '\r') {
          ahead++;
        }
      } else {
        break;
      }
    }
    if (newline && ahead < sql.length() && sql.charAt(ahead) == '\'') {
      at = ahead + 1;
      return true;
    }
    return false;
  }

  private Token quotedIdentifier(int opening) {
    at += opening;
    while (at < sql.length()) {
      if (sql.charAt(at) != '"') {
        at++;
      } else if (peek(1) == '"') {
        at += 2;
      } else {
        at++;
        return Token.QUOTED_IDENTIFIER;
      }
    }
    return unterminated("quoted identifier");
  }

  /** A dollar quote, a parameter, or a lone dollar sign. */
  private Token dollar() {
    int tagEnd = at + 1;
    if (tagEnd < sql.length() && sql.charAt(tagEnd) >= '0' && sql.charAt(tagEnd) <= '9') {
      at++;
      return number();
    }
    while (tagEnd < sql.length()
        && sql.charAt(tagEnd) != '$'
        && (tagEnd == at + 1
            ? isIdentifierStart(sql.charAt(tagEnd))
            : isIdentifierPart(sql.charAt(tagEnd)))) {
      tagEnd++;
    }
    if (tagEnd == sql.length() || sql.charAt(tagEnd) != '$') {
      return single(Token.SYMBOL);
    }
    String tag = sql.substring(at, tagEnd + 1);
    int close = sql.indexOf(tag, tagEnd + 1);
    if (close < 0) {
      return unterminated("dollar-quoted string " + tag);
    }
    at = close + tag.length();
    return Token.STRING;
  }

  /** The character so far ahead; NUL behind the end. */
  private char peek(int ahead) {
    return at + ahead < sql.length() ? sql.charAt(at + ahead) : '\0';
  }

  private static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private static boolean isIdentifierStart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= '\u0080';
  }

  private static boolean isIdentifierPart(char c) {
    return isIdentifierStart(c) || (c >= '0' && c <= '9') || c == '$';
  }

  private static boolean isNumberPart(char c) {
    return (c >= '0' && c <= '9')
        || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || c == '_'
        || c == '.';
  }
}
