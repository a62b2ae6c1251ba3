package dev.tenantgate.migrator.python;

import java.util.ArrayList;
import java.util.List;

/**
 * The text that one or several adjacent string literals stand for. Immutable.
 *
 * @param text the text
 * @param lines for each of its lines, the line of the file that it begins in, from 1
 */
public record PythonText(String text, List<Integer> lines) {

  public PythonText {
    lines = List.copyOf(lines);
  }

  /**
   * Puts literals together, as Python does with those that stand side by side.
   *
   * @param literals tokens of the kind {@link PythonToken.Kind#STRING}, at least one
   * @throws PythonSyntaxException if one is no text (bytes), has to be run (f-strings), or has an
   *     escape that means nothing
   */
  public static PythonText of(List<PythonToken> literals) throws PythonSyntaxException {
    Decoding decoding = new Decoding();
    for (PythonToken literal : literals) {
      decoding.add(literal);
    }
    return decoding.text();
  }

  /** Literals while they are decoded. */
  private static final class Decoding {

    private final StringBuilder text = new StringBuilder();
    private final List<Integer> lines = new ArrayList<>();
    private boolean atLineStart = true;
    private String source = "";
    private int at;
    private int end;
    private int line = 1;

    void add(PythonToken literal) throws PythonSyntaxException {
      String prefix = PythonLexer.prefix(literal);
      line = literal.line();
      if (prefix.indexOf('f') >= 0 || prefix.indexOf('t') >= 0) {
        throw new PythonSyntaxException(
            line, "an f-string is computed when Python runs it; write the SQL as a plain string");
      }
      if (prefix.indexOf('b') >= 0) {
        throw new PythonSyntaxException(line, "these are bytes; write the SQL as a plain string");
      }
      source = literal.text();
      char quote = source.charAt(prefix.length());
      boolean triple = source.startsWith(String.valueOf(quote).repeat(3), prefix.length());
      int marks = triple ? 3 : 1;
      at = prefix.length() + marks;
      end = source.length() - marks;
      text.ensureCapacity(text.length() + end - at);
      decode(prefix.indexOf('r') >= 0);
    }

    private void decode(boolean raw) throws PythonSyntaxException {
      while (at < end) {
        char c = source.charAt(at);
        if (c == '\\' && !raw) {
          escape();
        } else {
          at++;
          if (c == '\r') {
            // Python reads every kind of line end as \n.
            at += at < end && source.charAt(at) == '\n' ? 1 : 0;
            c = '\n';
          }
          append(c);
          line += c == '\n' ? 1 : 0;
        }
      }
    }

    private void escape() throws PythonSyntaxException {
      char c = source.charAt(at + 1);
      at += 2;
      switch (c) {
        case '\n' -> line++;
        case '\r' -> {
          at += at < end && source.charAt(at) == '\n' ? 1 : 0;
          line++;
        }
        case '\\', '\'', '"' -> append(c);
        case 'a' -> append('\u0007');
        case 'b' -> append('\b');
        case 'f' -> append('\f');
        case 'n' -> append('\n');
        case 'r' -> append('\r');
        case 't' -> append('\t');
        case 'v' -> append('\u000B');
        case 'x' -> appendCodePoint(hex(2));
        case 'u' -> appendCodePoint(hex(4));
        case 'U' -> appendCodePoint(hex(8));
        case 'N' -> named();
        case '0', '1', '2', '3', '4', '5', '6', '7' -> octal();
        default -> {
          // An escape that isn't one stands for itself.
          append('\\');
          at--;
        }
      }
    }

    private void octal() throws PythonSyntaxException {
      int from = at - 1;
      while (at < end && at - from < 3 && source.charAt(at) >= '0' && source.charAt(at) <= '7') {
        at++;
      }
      appendCodePoint(Integer.parseInt(source.substring(from, at), 8));
    }

    private int hex(int digits) throws PythonSyntaxException {
      int stop = at + digits;
      for (int i = at; i < stop; i++) {
        if (i >= end || Character.digit(source.charAt(i), 16) < 0) {
          throw new PythonSyntaxException(
              line, "the escape \\%c takes %d hex digits".formatted(source.charAt(at - 1), digits));
        }
      }
      long value = Long.parseLong(source.substring(at, stop), 16);
      at = stop;
      return value > Character.MAX_CODE_POINT ? -1 : (int) value;
    }

    private void named() throws PythonSyntaxException {
      int close = source.indexOf('}', at);
      if (at >= end || source.charAt(at) != '{' || close < 0 || close >= end) {
        throw new PythonSyntaxException(line, "the escape \\N is written \\N{NAME}");
      }
      String name = source.substring(at + 1, close);
      at = close + 1;
      try {
        appendCodePoint(Character.codePointOf(name));
      } catch (IllegalArgumentException e) {
        throw new PythonSyntaxException(line, "no character is called \"%s\"".formatted(name));
      }
    }

    private void appendCodePoint(int codePoint) throws PythonSyntaxException {
      boolean surrogate =
          codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
      if (codePoint <= 0 || surrogate) {
        throw new PythonSyntaxException(
            line, "this escape is a character that PostgreSQL's texts can't have");
      }
      mark();
      text.appendCodePoint(codePoint);
      atLineStart = codePoint == '\n';
    }

    private void append(char c) {
      mark();
      text.append(c);
      atLineStart = c == '\n';
    }

    private void mark() {
      if (atLineStart) {
        lines.add(line);
      }
    }

    PythonText text() {
      if (atLineStart) {
        lines.add(line);
      }
      return new PythonText(text.toString(), lines);
    }
  }
}
