package dev.tenantgate.migrator.python;

import dev.tenantgate.migrator.python.PythonToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Cuts a Python file into tokens, as far as finding literals needs it: strings of every kind,
 * comments, brackets, logical lines joined by brackets and backslashes. Linear. Confined to one
 * thread.
 */
public final class PythonLexer {

  private static final String PREFIX_LETTERS = "rbuft";

  private final String text;
  private final List<PythonToken> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private int depth;
  private boolean lineIsIndented;
  private boolean lineHasTokens;

  private PythonLexer(String text) {
    this.text = text;
  }

  /**
   * Cuts a text; the last token is a {@link Kind#NEWLINE} unless there are none but comments.
   *
   * @throws PythonSyntaxException if a string or a bracket isn't closed
   */
  public static List<PythonToken> scan(String text) throws PythonSyntaxException {
    return new PythonLexer(text).scan();
  }

  private List<PythonToken> scan() throws PythonSyntaxException {
    int lineStart = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\n') {
        at++;
        endOfLine();
        line++;
        lineStart = at;
      } else if (c == ' ' || c == '\t' || c == '\f' || c == '\r') {
        at++;
      } else if (c == '#') {
        comment();
      } else if (c == '\\') {
        joinLines();
      } else {
        if (!lineHasTokens) {
          lineIsIndented = at > lineStart;
        }
        token(c);
      }
    }
    if (depth > 0) {
      throw new PythonSyntaxException(line, "a bracket is never closed");
    }
    endOfLine();
    return List.copyOf(tokens);
  }

  private void endOfLine() {
    if (depth == 0 && lineHasTokens) {
      tokens.add(new PythonToken(Kind.NEWLINE, "", at, line, 0, lineIsIndented));
      lineHasTokens = false;
    }
  }

  private void comment() {
    int end = text.indexOf('\n', at);
    end = end < 0 ? text.length() : end;
    tokens.add(
        new PythonToken(
            Kind.COMMENT, text.substring(at, end).stripTrailing(), at, line, depth, false));
    at = end;
  }

  private void joinLines() throws PythonSyntaxException {
    at++;
    if (at < text.length() && text.charAt(at) == '\r') {
      at++;
    }
    if (at < text.length() && text.charAt(at) != '\n') {
      throw new PythonSyntaxException(line, "something stands behind a \\ that continues a line");
    }
    if (at < text.length()) {
      at++;
      line++;
    }
  }

  private void token(char c) throws PythonSyntaxException {
    int quote = quoteIndex();
    if (quote >= 0) {
      string(quote);
    } else if (Character.isUnicodeIdentifierStart(c) || c == '_') {
      int start = at;
      while (at < text.length()
          && (Character.isUnicodeIdentifierPart(text.charAt(at)) || text.charAt(at) == '_')) {
        at++;
      }
      add(Kind.NAME, start, line);
    } else if (c >= '0' && c <= '9') {
      int start = at;
      while (at < text.length()
          && (Character.isLetterOrDigit(text.charAt(at))
              || text.charAt(at) == '_'
              || text.charAt(at) == '.')) {
        at++;
      }
      add(Kind.NUMBER, start, line);
    } else {
      operator(c);
    }
  }

  /** Where the quote stands that opens a literal which begins here, behind its prefix; or -1. */
  private int quoteIndex() {
    int index = at;
    while (index < text.length()
        && index - at < 2
        && PREFIX_LETTERS.indexOf(Character.toLowerCase(text.charAt(index))) >= 0) {
      index++;
    }
    return index < text.length() && (text.charAt(index) == '\'' || text.charAt(index) == '"')
        ? index
        : -1;
  }

  private void string(int quote) throws PythonSyntaxException {
    int start = at;
    int startLine = line;
    char mark = text.charAt(quote);
    boolean triple = text.startsWith(String.valueOf(mark).repeat(3), quote);
    at = quote + (triple ? 3 : 1);
    while (true) {
      if (at >= text.length() || (!triple && text.charAt(at) == '\n')) {
        throw new PythonSyntaxException(startLine, "this string is never closed");
      }
      char c = text.charAt(at);
      if (c == '\\' && at + 1 < text.length()) {
        at += text.startsWith("\r\n", at + 1) ? 2 : 1;
        line += text.charAt(at) == '\n' ? 1 : 0;
        at++;
      } else if (c == mark && (!triple || text.startsWith(String.valueOf(mark).repeat(3), at))) {
        at += triple ? 3 : 1;
        add(Kind.STRING, start, startLine);
        return;
      } else {
        line += c == '\n' ? 1 : 0;
        at++;
      }
    }
  }

  private void operator(char c) throws PythonSyntaxException {
    int start = at;
    at++;
    switch (c) {
      case '(', '[', '{' -> {
        add(Kind.OPERATOR, start, line);
        depth++;
      }
      case ')', ']', '}' -> {
        depth--;
        if (depth < 0) {
          throw new PythonSyntaxException(line, "this bracket was never opened");
        }
        add(Kind.OPERATOR, start, line);
      }
      default -> {
        boolean assigns = "=!<>+-*/%&|^@:".indexOf(c) >= 0;
        if (assigns && at < text.length() && text.charAt(at) == '=') {
          at++;
        }
        add(Kind.OPERATOR, start, line);
      }
    }
  }

  private void add(Kind kind, int start, int startLine) {
    lineHasTokens = true;
    tokens.add(
        new PythonToken(kind, text.substring(start, at), start, startLine, depth, lineIsIndented));
  }

  /** A literal's prefix in lower case: {@code r}, {@code b}, {@code f} …; mostly empty. */
  static String prefix(PythonToken literal) {
    int length = 0;
    while (literal.text().charAt(length) != '\'' && literal.text().charAt(length) != '"') {
      length++;
    }
    return literal.text().substring(0, length).toLowerCase(Locale.ROOT);
  }
}
