package dev.tenantgate.migrator.sql;

import dev.tenantgate.migrator.sql.SqlLexer.Token;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one statement, for callers that have to know more of it than its first words.
 * Immutable.
 *
 * @param tokens in order; at most {@value #MAX_TOKENS}, the rest is left out
 */
public record StatementTokens(List<Part> tokens) {

  /** Of a statement that is longer, such as an INSERT of many rows, only so many are kept. */
  public static final int MAX_TOKENS = 10_000;

  /**
   * One token.
   *
   * @param kind what it is
   * @param text as it stands
   * @param line the line of the script that it stands in, from 1
   */
  public record Part(Token kind, String text, int line) {

    /** Whether it is this keyword, given in upper case. */
    public boolean is(String word) {
      return kind == Token.WORD && text.equalsIgnoreCase(word);
    }

    /** Whether it is this single character. */
    public boolean is(char symbol) {
      return kind != Token.STRING
          && kind != Token.QUOTED_IDENTIFIER
          && text.length() == 1
          && text.charAt(0) == symbol;
    }

    /** The name that it is, as the catalog has it; null if it can't be one. */
    public @Nullable String name() {
      return switch (kind) {
        case WORD, QUOTED_IDENTIFIER -> ConcurrentStatement.catalogName(text);
        case STRING, NUMBER, OPEN, CLOSE, SEMICOLON, BACKSLASH, SYMBOL, UNTERMINATED, END -> null;
      };
    }
  }

  private static final Part END = new Part(Token.END, "", 0);

  public StatementTokens {
    tokens = List.copyOf(tokens);
  }

  /** The tokens of a statement of a script. */
  public static StatementTokens of(String sql, SqlStatement statement) {
    SqlLexer lexer = new SqlLexer(sql.substring(statement.start(), statement.end()));
    List<Part> parts = new ArrayList<>();
    while (parts.size() < MAX_TOKENS) {
      Token token = lexer.next();
      if (token == Token.END || token == Token.UNTERMINATED) {
        break;
      }
      parts.add(new Part(token, lexer.text(), statement.line() + lexer.line() - 1));
    }
    return new StatementTokens(parts);
  }

  public int size() {
    return tokens.size();
  }

  /** The token at a place from 0; an empty one outside. */
  public Part at(int index) {
    return index >= 0 && index < tokens.size() ? tokens.get(index) : END;
  }

  /** Whether these keywords stand there, one after the other. */
  public boolean has(int index, String... words) {
    for (int i = 0; i < words.length; i++) {
      if (!at(index + i).is(words[i])) {
        return false;
      }
    }
    return true;
  }

  /** Where these keywords first stand from an index on, outside parentheses; -1 if nowhere. */
  public int find(int from, String... words) {
    int depth = 0;
    for (int i = from; i < tokens.size(); i++) {
      depth += depthOf(tokens.get(i));
      if (depth == 0 && has(i, words)) {
        return i;
      }
    }
    return -1;
  }

  /** Some of the tokens. */
  public StatementTokens part(int from, int to) {
    return new StatementTokens(tokens.subList(from, to));
  }

  /** The parts between the commas that stand outside parentheses, from an index on. */
  public List<StatementTokens> parts(int from) {
    List<StatementTokens> parts = new ArrayList<>();
    int depth = 0;
    int start = from;
    for (int i = from; i < tokens.size(); i++) {
      depth += depthOf(tokens.get(i));
      if (depth == 0 && tokens.get(i).is(',')) {
        parts.add(part(start, i));
        start = i + 1;
      }
    }
    if (start < tokens.size()) {
      parts.add(part(start, tokens.size()));
    }
    return parts;
  }

  private static int depthOf(Part part) {
    return part.kind() == Token.OPEN ? 1 : part.kind() == Token.CLOSE ? -1 : 0;
  }
}
