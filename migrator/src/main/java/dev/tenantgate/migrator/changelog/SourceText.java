package dev.tenantgate.migrator.changelog;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.sql.LineEnds;
import dev.tenantgate.migrator.sql.SqlLexer;
import dev.tenantgate.migrator.sql.SqlLexer.Token;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A file's text, decoded, without BOM, line ends as they stand, and where its lines begin.
 * Immutable.
 */
final class SourceText {

  private static final byte[] BOM = "\uFEFF".getBytes(UTF_8);

  private final Path file;
  private final String text;
  private final String original;
  private final int[] lineStarts;

  SourceText(Path file, String text) {
    this(file, text, text);
  }

  private SourceText(Path file, String text, String original) {
    this.file = file;
    this.text = text;
    this.original = original;
    this.lineStarts = lineStarts(text);
  }

  Path file() {
    return file;
  }

  String text() {
    return text;
  }

  /** The text as the file has it. */
  String original() {
    return original;
  }

  /** The index of a line's first character in the text as the file has it. */
  int originalStart(int number) {
    if (original.equals(text)) {
      return lineStart(number);
    }
    int[] starts = lineStarts(original);
    return number > starts.length ? original.length() : starts[number - 1];
  }

  /** The same as the server reads it, without what only psql does. */
  SourceText prepared() {
    String prepared = PsqlText.prepared(text);
    return prepared.equals(text) ? this : new SourceText(file, prepared, text);
  }

  /** Reads a file; what is wrong with it is added to the problems. */
  static Optional<SourceText> read(Path file, FileBudget budget, List<ChangelogProblem> problems) {
    return budget.read(file, problems).flatMap(bytes -> decode(file, bytes, problems));
  }

  private static Optional<SourceText> decode(
      Path file, byte[] bytes, List<ChangelogProblem> problems) {
    if (new String(bytes, 0, Math.min(5, bytes.length), UTF_8).equals("PGDMP")) {
      problems.add(
          new ChangelogProblem(
              Severity.ERROR,
              file,
              1,
              "this is a dump in pg_dump's custom format; make a plain one of it, which is SQL:"
                  + " pg_restore --no-owner --no-acl --file NEW.sql, or pg_dump --format=plain"));
      return Optional.empty();
    }
    int malformed = malformedAt(bytes);
    int mark = BOM.length;
    boolean marked = bytes.length >= mark && Arrays.equals(bytes, 0, mark, BOM, 0, mark);
    int from = marked ? mark : 0;
    String text = new String(bytes, from, (malformed < 0 ? bytes.length : malformed) - from, UTF_8);
    SourceText source = new SourceText(file, text);
    int nul = text.indexOf('\0');
    if (malformed >= 0) {
      source.report(
          problems,
          text.length(),
          "this isn't UTF-8 (byte %d); save the file as UTF-8".formatted(malformed));
      return Optional.empty();
    }
    if (nul >= 0) {
      source.report(problems, nul, "there is a NUL here, which PostgreSQL's texts can't have");
      return Optional.empty();
    }
    boolean sql = file.toString().toLowerCase(Locale.ROOT).endsWith(".sql");
    return Optional.of(sql ? source.prepared() : source);
  }

  /** The index of the first byte that isn't UTF-8; -1 if there is none. */
  private static int malformedAt(byte[] bytes) {
    CharsetDecoder decoder =
        UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(8192);
    CoderResult result = decoder.decode(in, out, true);
    while (result.isOverflow()) {
      out.clear();
      result = decoder.decode(in, out, true);
    }
    return result.isError() ? in.position() : -1;
  }

  /** How many lines there are; at least one. */
  int lines() {
    return lineStarts.length;
  }

  /** A line's text without its end, counted from 1. */
  String line(int number) {
    return text.substring(lineStart(number), lineStart(number + 1)).stripTrailing();
  }

  /** The index of a line's first character, counted from 1; behind the last, the text's length. */
  int lineStart(int number) {
    return number > lineStarts.length ? text.length() : lineStarts[number - 1];
  }

  /**
   * Lines that begin inside something else: a string, such as a function's body, a quoted name, a
   * comment over several lines. Nothing in them is a marker. Of a text that isn't SQL as far as it
   * can be read: what follows may well have been swallowed, and the error says where it began.
   */
  BitSet linesWithin() {
    BitSet within = new BitSet();
    SqlLexer lexer = new SqlLexer(text);
    int line = 1;
    int end = 0;
    for (Token token = lexer.next(); token != Token.UNTERMINATED; token = lexer.next()) {
      line = withinComments(end, lexer.start(), line, within);
      end = lexer.end();
      if (token == Token.END) {
        break;
      }
      line = withinOne(lexer.start(), end, line, within);
    }
    return within;
  }

  /** The same between two tokens, where there are blanks and comments; answers the next line. */
  private int withinComments(int from, int to, int firstLine, BitSet within) {
    int line = firstLine;
    int at = from;
    while (at < to - 1) {
      if (text.charAt(at) == '-') {
        while (at < to && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
          at++;
        }
      } else if (text.charAt(at) == '/') {
        int end = endOfComment(at, to);
        line = withinOne(at, end, line, within);
        at = end;
      } else {
        at++;
      }
    }
    return line;
  }

  /** Comments may hold others. */
  private int endOfComment(int from, int to) {
    int depth = 0;
    int at = from;
    while (at < to - 1) {
      if (text.charAt(at) == '/' && text.charAt(at + 1) == '*') {
        depth++;
        at += 2;
      } else if (text.charAt(at) == '*' && text.charAt(at + 1) == '/') {
        depth--;
        at += 2;
        if (depth == 0) {
          return at;
        }
      } else {
        at++;
      }
    }
    return to;
  }

  private int withinOne(int from, int to, int firstLine, BitSet within) {
    int line = firstLine;
    while (line < lines() && lineStart(line + 1) <= from) {
      line++;
    }
    for (int next = line + 1; next <= lines() && lineStart(next) < to; next++) {
      within.set(next);
    }
    return line;
  }

  private void report(List<ChangelogProblem> problems, int index, String message) {
    int line = 1;
    while (line < lines() && lineStart(line + 1) <= index) {
      line++;
    }
    problems.add(new ChangelogProblem(Severity.ERROR, file, line, message));
  }

  private static int[] lineStarts(String text) {
    int lines = 1;
    for (int i = 0; i < text.length(); i++) {
      lines += LineEnds.endsLine(text, i) ? 1 : 0;
    }
    int[] starts = new int[lines];
    int line = 1;
    for (int i = 0; i < text.length(); i++) {
      if (LineEnds.endsLine(text, i)) {
        starts[line++] = i + 1;
      }
    }
    return starts;
  }
}
