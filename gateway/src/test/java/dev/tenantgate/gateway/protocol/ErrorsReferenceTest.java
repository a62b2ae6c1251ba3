package dev.tenantgate.gateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** ERRORS.md has every SQLSTATE and message that the code sends, and no other. */
class ErrorsReferenceTest {

  private static final Path CODE = Path.of("src/main/java/dev/tenantgate/gateway");

  private static final Pattern HEADING = Pattern.compile("##+ ([0-9A-Z]{5})\\b.*");
  private static final Pattern ROW = Pattern.compile("\\| (.+?) \\| .* \\|");
  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*+)\"");
  private static final Pattern CONSTANT =
      Pattern.compile("static final String ([A-Z_]+) = \"([0-9A-Z]{5})\"");
  private static final Pattern USE = Pattern.compile("\\b([A-Z][A-Z_]+)(?:\\.code\\(\\))?,\\s");

  /** Pieces of a message between names and numbers; shorter ones say nothing. */
  private static final int TELLING = 6;

  private static final Map<String, String> sections = new LinkedHashMap<>();
  private static final Map<String, List<String>> messages = new LinkedHashMap<>();
  private static final List<String> sources = new ArrayList<>();
  private static final Map<String, String> codes = new HashMap<>();

  @BeforeAll
  static void readPageAndCode() throws IOException {
    String code = "";
    for (String line : Files.readAllLines(Path.of("ERRORS.md"))) {
      Matcher heading = HEADING.matcher(line);
      Matcher row = ROW.matcher(line);
      if (line.startsWith("#")) {
        code = heading.matches() ? heading.group(1) : "";
      } else if (!code.isEmpty()) {
        sections.merge(code, line + "\n", String::concat);
        if (row.matches() && !row.group(1).equals("message")) {
          messages.computeIfAbsent(code, any -> new ArrayList<>()).add(row.group(1));
        }
      }
    }
    for (SqlState state : SqlState.values()) {
      // Read in the server's errors, never sent.
      if (state != SqlState.DATATYPE_MISMATCH && state != SqlState.CRASH_SHUTDOWN) {
        codes.put(state.name(), state.code());
      }
    }
    try (Stream<Path> files = Files.walk(CODE)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
        String text = Files.readString(file);
        sources.add(text);
        if (text.contains("new Refusal(")) {
          CONSTANT.matcher(text).results().forEach(c -> codes.put(c.group(1), c.group(2)));
        }
      }
    }
  }

  /** With those that make a part of a message: versions are the migrator's. */
  private static List<String> allSources() {
    List<String> all = new ArrayList<>(sources);
    try {
      all.add(
          Files.readString(
              Path.of("../migrator/src/main/java/dev/tenantgate/migrator/changelog/Version.java")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  /** The argument that begins at a place of a source: up to the comma or bracket behind it. */
  private static String argument(String source, int begin) {
    int depth = 0;
    boolean quoted = false;
    for (int i = begin; i < source.length(); i++) {
      char c = source.charAt(i);
      if (quoted) {
        quoted = c != '"';
        i += c == '\\' ? 1 : 0;
      } else if (c == '"') {
        quoted = true;
      } else if (c == '(') {
        depth++;
      } else if ((c == ')' && depth-- == 0) || (c == ',' && depth == 0)) {
        return source.substring(begin, i);
      }
    }
    return "";
  }

  private static String unescaped(String literal) {
    return literal.replace("\\\"", "\"");
  }

  private static List<String> pieces(String message, String placeholders) {
    return Stream.of(message.split(placeholders, -1))
        .map(piece -> piece.replaceFirst("^[:;,] ", "").strip())
        .filter(piece -> piece.length() >= TELLING)
        .toList();
  }

  private static Stream<String> sent(String source, Matcher use) {
    return LITERAL
        .matcher(argument(source, use.end()))
        .results()
        .flatMap(literal -> pieces(unescaped(literal.group(1)), "\"?%[sd]\"?|\"").stream());
  }

  @Test
  void everyCodeHasASectionAndNoOther() {
    Set<String> known = new TreeSet<>(codes.values());
    String page = String.join(" ", sections.keySet()) + " 00000 01000";

    assertThat(known).allSatisfy(code -> assertThat(page).contains(code));
    assertThat(known).containsAll(messages.keySet());
  }

  @Test
  void everyMessageOfTheCodeIsInTheSectionOfItsCode() {
    int seen = 0;
    for (String source : sources) {
      Matcher use = USE.matcher(source);
      while (use.find()) {
        String code = codes.get(use.group(1));
        if (code != null) {
          for (String piece : sent(source, use).toList()) {
            assertThat(sections.getOrDefault(code, "").contains(piece))
                .as("ERRORS.md, section %s: %s", code, piece)
                .isTrue();
            seen++;
          }
        }
      }
    }
    assertThat(seen).isGreaterThan(60);
  }

  @Test
  void everyMessageOfThePageIsInTheCode() {
    StringBuilder all = new StringBuilder();
    for (String source : allSources()) {
      LITERAL
          .matcher(source.replaceAll("\"\\s*\\+\\s*\"", ""))
          .results()
          .forEach(literal -> all.append(unescaped(literal.group(1))).append('\n'));
    }
    messages.remove("00000");
    messages.forEach(
        (code, rows) ->
            rows.forEach(
                row -> assertThat(all.toString()).as(code + " " + row).contains(pieces(row, "…"))));
  }
}
