package dev.tenantgate.gateway.scan;

import dev.tenantgate.migrator.sql.SqlLexer;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import dev.tenantgate.migrator.sql.SqlText;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a text, one after the other, within the statement that they belong to. Confined to
 * one thread.
 */
final class SqlTokens {

  private final SqlLexer lexer;
  private final boolean backslashEscapes;
  private Token kind = Token.END;
  private int depth;
  private @Nullable String word;

  SqlTokens(String sql, boolean standardConformingStrings) {
    this.lexer = new SqlLexer(sql, standardConformingStrings);
    this.backslashEscapes = !standardConformingStrings;
    advance();
  }

  /** Moves to the next token. */
  void advance() {
    word = null;
    kind = lexer.next();
    if (kind == Token.OPEN) {
      depth++;
    } else if (kind == Token.CLOSE) {
      depth = Math.max(0, depth - 1);
    }
  }

  /** Whether the text ends, or stops being SQL. */
  boolean atEnd() {
    return kind == Token.END || kind == Token.UNTERMINATED || kind == Token.BACKSLASH;
  }

  /** Whether the statement ends. */
  boolean atStatementEnd() {
    return atEnd() || (kind == Token.SEMICOLON && depth == 0);
  }

  /** Goes on behind a semicolon. */
  void beginStatement() {
    depth = 0;
    advance();
  }

  boolean is(Token wanted) {
    return kind == wanted;
  }

  /** Whether this is the keyword, given in lower case. */
  boolean is(String keyword) {
    return kind == Token.WORD && word().equals(keyword);
  }

  /** Whether this is one of the keywords, given in lower case. */
  boolean isAny(String... keywords) {
    for (String keyword : keywords) {
      if (is(keyword)) {
        return true;
      }
    }
    return false;
  }

  boolean isSymbol(char symbol) {
    return kind == Token.SYMBOL && lexer.text().charAt(0) == symbol;
  }

  /** Moves on if this is the keyword. */
  boolean take(String keyword) {
    if (is(keyword)) {
      advance();
      return true;
    }
    return false;
  }

  /** An unquoted word in lower case; empty for everything else. */
  String word() {
    if (word == null) {
      word = kind == Token.WORD ? lexer.text().toLowerCase(Locale.ROOT) : "";
    }
    return word;
  }

  /** How many parentheses are open; one that opens here counts, one that closes here doesn't. */
  int depth() {
    return depth;
  }

  /** The token as it stands. */
  String text() {
    return lexer.text();
  }

  /** Whether this is a word or a quoted identifier. */
  boolean isName() {
    return kind == Token.WORD || kind == Token.QUOTED_IDENTIFIER;
  }

  /** The name that stands here, and moves on; null if it can't be read. */
  @Nullable String takeName() {
    if (kind == Token.WORD) {
      String name = SqlText.name(lexer.text(), null);
      advance();
      return name;
    }
    String quoted = lexer.text();
    advance();
    return SqlText.name(quoted, quoted.startsWith("\"") ? null : takeUescape());
  }

  /**
   * The string that stands here with all that belong to it, and moves on; null if it can't be read.
   */
  @Nullable String takeString() {
    StringBuilder text = new StringBuilder();
    boolean readable = true;
    while (kind == Token.STRING) {
      String part = SqlText.string(lexer.text(), backslashEscapes);
      readable &= part != null;
      text.append(part);
      advance();
    }
    return takeUescape() == null && readable ? text.toString() : null;
  }

  private @Nullable Character takeUescape() {
    if (!take("uescape")) {
      return null;
    }
    String escape = kind == Token.STRING ? lexer.text() : "";
    if (kind == Token.STRING) {
      advance();
    }
    return escape.length() == 3 ? escape.charAt(1) : '\0';
  }
}
