package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A file's text, decoded, without BOM, and where its lines begin. Immutable.
 *
 * @param file the file
 * @param text its text, line ends as they stand
 * @param lineStarts the index of each line's first character
 */
record SourceText(Path file, String text, List<Integer> lineStarts) {

  private static final char BOM = '\uFEFF';

  SourceText {
    lineStarts = List.copyOf(lineStarts);
  }

  SourceText(Path file, String text) {
    this(file, text, lineStarts(text));
  }

  /** Reads a file; what is wrong with it is added to the problems. */
  static Optional<SourceText> read(Path file, List<ChangelogProblem> problems) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      problems.add(new ChangelogProblem(Severity.ERROR, file, 0, "this file can't be read: " + e));
      return Optional.empty();
    }
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    out.flip();
    String text =
        out.length() > 0 && out.charAt(0) == BOM ? out.toString().substring(1) : out.toString();
    SourceText source = new SourceText(file, text);
    int nul = text.indexOf('\0');
    if (result.isError()) {
      source.report(
          problems,
          text.length(),
          "this isn't UTF-8 (byte %d); save the file as UTF-8".formatted(in.position()));
      return Optional.empty();
    }
    if (nul >= 0) {
      source.report(problems, nul, "there is a NUL here, which PostgreSQL's texts can't have");
      return Optional.empty();
    }
    return Optional.of(source);
  }

  /** How many lines there are; at least one. */
  int lines() {
    return lineStarts.size();
  }

  /** A line's text without its end, counted from 1. */
  String line(int number) {
    return text.substring(lineStart(number), lineStart(number + 1)).stripTrailing();
  }

  /** The index of a line's first character, counted from 1; behind the last, the text's length. */
  int lineStart(int number) {
    return number > lineStarts.size() ? text.length() : lineStarts.get(number - 1);
  }

  private void report(List<ChangelogProblem> problems, int index, String message) {
    int line = 1;
    while (line < lines() && lineStart(line + 1) <= index) {
      line++;
    }
    problems.add(new ChangelogProblem(Severity.ERROR, file, line, message));
  }

  private static List<Integer> lineStarts(String text) {
    List<Integer> starts = new ArrayList<>();
    starts.add(0);
    for (int i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) {
      starts.add(i + 1);
    }
    return starts;
  }
}
