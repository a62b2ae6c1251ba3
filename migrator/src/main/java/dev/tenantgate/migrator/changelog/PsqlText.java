package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.sql.LineEnds;
import dev.tenantgate.migrator.sql.SqlLexer;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import java.util.Locale;

/**
 * Makes of a text that psql reads one that the server does: data behind {@code COPY … FROM stdin;}
 * becomes an INSERT; {@code \restrict}, its end and a dump's {@code \connect} are left out. Lines
 * are kept. One pass over a text, confined to one thread.
 */
final class PsqlText {

  /** Rows of one INSERT. */
  private static final int ROWS = 500;

  private final String text;
  private final StringBuilder out;
  private int at;

  private PsqlText(String text) {
    this.text = text;
    this.out = new StringBuilder(text.length() + text.length() / 4);
  }

  /** The text as the server reads it; the same where there is nothing of psql's in it. */
  static String prepared(String text) {
    boolean copies = text.contains("\\.") && text.toLowerCase(Locale.ROOT).contains("stdin");
    return copies
            || text.contains("\\restrict")
            || text.contains("\\unrestrict")
            || text.contains("\n\\connect ")
        ? new PsqlText(text).prepare()
        : text;
  }

  private String prepare() {
    boolean more = true;
    while (more) {
      more = next();
    }
    return out.append(text, at, text.length()).toString();
  }

  /** Goes on behind the next of psql's commands or data; answers whether there was any. */
  private boolean next() {
    int base = at;
    SqlLexer lexer = new SqlLexer(text.substring(base));
    Copy copy = new Copy();
    while (true) {
      Token token = lexer.next();
      if (token == Token.END || token == Token.UNTERMINATED) {
        return false;
      }
      if (token == Token.BACKSLASH) {
        return leaveOut(base + lexer.start());
      }
      if (token == Token.SEMICOLON) {
        if (copy.isFollowedByData() && insert(copy.start, copy.from, base + lexer.end())) {
          return true;
        }
        copy = new Copy();
      } else {
        copy.take(base + lexer.start(), token == Token.WORD ? lexer.word() : "");
      }
    }
  }

  /** A statement, as far as it is read: whether it is a COPY from the text behind it. */
  private static final class Copy {

    private int start = -1;
    private int from = -1;
    private int stdin = -1;
    private boolean copy;
    private boolean options;
    private String before = "";

    void take(int at, String word) {
      if (start < 0) {
        start = at;
        copy = word.equals("COPY");
      } else if (stdin >= 0) {
        options = true;
      } else if (before.equals("FROM") && word.equals("STDIN")) {
        stdin = at;
      } else if (word.equals("FROM")) {
        from = at;
      }
      before = word;
    }

    boolean isFollowedByData() {
      return copy && stdin >= 0 && !options;
    }
  }

  private boolean leaveOut(int backslash) {
    int end = endOfLine(backslash);
    String line = text.substring(backslash, end);
    boolean begins = backslash == 0 || LineEnds.endsLine(text, backslash - 1);
    boolean known =
        line.startsWith("\\restrict ")
            || line.startsWith("\\unrestrict ")
            || (line.startsWith("\\connect ") && PgDump.isOne(text));
    if (!begins || !known) {
      return false;
    }
    out.append(text, at, backslash);
    at = end;
    return true;
  }

  /** Turns a COPY and its data into INSERTs; false if no data follows. */
  private boolean insert(int copy, int from, int behind) {
    int data = endOfLine(behind);
    if (!text.substring(behind, data).isBlank()) {
      return false;
    }
    int first = afterLine(data);
    int end = first;
    while (end < text.length() && !isEnd(end)) {
      end = afterLine(endOfLine(end));
    }
    if (end >= text.length()) {
      return false;
    }
    String target = text.substring(copy + "COPY".length(), from).strip();
    if (!target.endsWith(")") && text.substring(first, end).isBlank()) {
      insertEmpty(copy, behind, oneLine(target), first, end);
      return true;
    }
    String opening = "INSERT INTO %s OVERRIDING SYSTEM VALUE VALUES".formatted(oneLine(target));
    out.append(text, at, copy);
    for (int i = copy; i < behind; i++) {
      if (LineEnds.endsLine(text, i)) {
        out.append('\n');
      }
    }
    int rows = 0;
    int row = first;
    out.append(first == end ? "" : opening).append('\n');
    while (row < end) {
      int rowEnd = endOfLine(row);
      out.append(rows == 0 ? "" : rows % ROWS == 0 ? "; " + opening + " " : ",");
      row(row, rowEnd);
      out.append('\n');
      rows++;
      row = afterLine(rowEnd);
    }
    out.append(rows == 0 ? "" : ";");
    at = endOfLine(end);
    return true;
  }

  /** Rows of a table without columns. */
  private void insertEmpty(int copy, int behind, String target, int first, int end) {
    out.append(text, at, copy);
    for (int i = copy; i < behind; i++) {
      out.append(LineEnds.endsLine(text, i) ? "\n" : "");
    }
    out.append('\n');
    for (int row = first; row < end; row = afterLine(endOfLine(row))) {
      out.append("INSERT INTO ").append(target).append(" DEFAULT VALUES;\n");
    }
    at = endOfLine(end);
  }

  private boolean isEnd(int line) {
    return text.startsWith("\\.", line) && endOfLine(line) == line + 2;
  }

  private void row(int start, int end) {
    out.append('(');
    int field = start;
    for (int i = start; i <= end; i++) {
      if (i == end || text.charAt(i) == '\t') {
        out.append(field == start ? "" : ",");
        field(field, i);
        field = i + 1;
      }
    }
    out.append(')');
  }

  private void field(int start, int end) {
    String value = text.substring(start, end);
    if (value.equals("\\N")) {
      out.append("NULL");
      return;
    }
    out.append(value.indexOf('\\') < 0 ? "'" : "E'");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\'') {
        out.append("''");
      } else if (c == '\\' && i + 1 < value.length()) {
        i++;
        escaped(value.charAt(i));
      } else {
        out.append(c);
      }
    }
    out.append('\'');
  }

  private void escaped(char c) {
    if ("bfnrtx\\01234567".indexOf(c) >= 0) {
      out.append('\\').append(c);
    } else if (c == 'v') {
      out.append("\\x0B");
    } else {
      out.append(c == '\'' ? "''" : String.valueOf(c));
    }
  }

  private static String oneLine(String text) {
    return text.replace("\r\n", " ").replace('\n', ' ').replace('\r', ' ');
  }

  /** The index of the character that ends a line, or of the text's end. */
  private int endOfLine(int from) {
    int end = from;
    while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
      end++;
    }
    return end;
  }

  private int afterLine(int end) {
    if (end < text.length() && text.charAt(end) == '\r' && text.startsWith("\n", end + 1)) {
      return end + 2;
    }
    return Math.min(end + 1, text.length());
  }
}
