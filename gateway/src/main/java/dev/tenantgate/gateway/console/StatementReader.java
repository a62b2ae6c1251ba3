package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.console.Word.Kind;
import dev.tenantgate.gateway.protocol.SqlState;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a text into statements and words, by the rules of SQL: comments of both kinds, quotes that
 * are doubled, semicolons. Confined to one text.
 */
final class StatementReader {

  private final String sql;
  private final List<Statement> statements = new ArrayList<>();
  private List<Word> words = new ArrayList<>();
  private int begin = -1;
  private int end;
  private int at;

  private StatementReader(String sql) {
    this.sql = sql;
  }

  /**
   * The statements of a text; none if there is nothing in it.
   *
   * @throws ConsoleException if a quote or a comment has no end
   */
  static List<Statement> read(String sql) {
    return new StatementReader(sql).read();
  }

  private List<Statement> read() {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (Character.isWhitespace(c)) {
        at++;
      } else if (sql.startsWith("--", at)) {
        int line = sql.indexOf('\n', at);
        at = line < 0 ? sql.length() : line;
      } else if (sql.startsWith("/*", at)) {
        skipComment();
      } else if (c == ';') {
        at++;
        statementEnds();
      } else {
        word(c);
      }
    }
    statementEnds();
    return statements;
  }

  private void skipComment() {
    int depth = 0;
    do {
      if (sql.startsWith("/*", at)) {
        depth++;
        at += 2;
      } else if (sql.startsWith("*/", at)) {
        depth--;
        at += 2;
      } else if (++at >= sql.length()) {
        throw unended("comment");
      }
    } while (depth > 0);
  }

  private void word(char first) {
    int from = at;
    if (first == '"' || first == '\'') {
      words.add(new Word(quoted(first), first == '"' ? Kind.QUOTED : Kind.TEXT));
    } else if (isPlain(first)) {
      while (at < sql.length() && isPlain(sql.charAt(at))) {
        at++;
      }
      words.add(Word.plain(sql.substring(from, at)));
    } else {
      at++;
      words.add(new Word(String.valueOf(first), Kind.SIGN));
    }
    begin = begin < 0 ? from : begin;
    end = at;
  }

  private String quoted(char quote) {
    StringBuilder text = new StringBuilder();
    while (true) {
      int next = sql.indexOf(quote, ++at);
      if (next < 0) {
        throw unended("quoted text");
      }
      text.append(sql, at, next);
      at = next + 1;
      if (at >= sql.length() || sql.charAt(at) != quote) {
        return text.toString();
      }
      text.append(quote);
    }
  }

  /** Names of tenants may have a dash or a dot in them, which need no quotes here. */
  private static boolean isPlain(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.' || c == '$';
  }

  private void statementEnds() {
    if (!words.isEmpty()) {
      statements.add(new Statement(sql.substring(begin, end), List.copyOf(words)));
      words = new ArrayList<>();
    }
    begin = -1;
  }

  private static ConsoleException unended(String what) {
    return new ConsoleException(SqlState.SYNTAX_ERROR, "unterminated " + what, null);
  }
}
