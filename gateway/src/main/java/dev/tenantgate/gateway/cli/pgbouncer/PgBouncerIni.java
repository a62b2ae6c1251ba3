package dev.tenantgate.gateway.cli.pgbouncer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@code pgbouncer.ini}: sections of {@code name = value}, comments by lines that begin with a
 * semicolon or a hash, {@code %include FILE}. Immutable.
 *
 * @param sections by name; each has its values by name, of two of one name the last
 */
public record PgBouncerIni(Map<String, Map<String, String>> sections) {

  private static final int DEEPEST = 8;
  private static final Pattern PARAMETER =
      Pattern.compile("([\\w]+)\\s*=\\s*('(?:[^']|'')*'|\\S*)");

  /**
   * Reads a file and those that it includes.
   *
   * @throws IOException if one can't be read, or a line is of none of the forms; the message names
   *     file and line
   */
  public static PgBouncerIni read(Path file) throws IOException {
    Map<String, Map<String, String>> sections = new LinkedHashMap<>();
    read(file, new String[] {""}, sections, 0);
    return new PgBouncerIni(sections);
  }

  /** The current section goes on behind an include, as PgBouncer has it. */
  private static void read(
      Path file, String[] section, Map<String, Map<String, String>> sections, int depth)
      throws IOException {
    if (depth > DEEPEST) {
      throw new IOException(file + ": more than %d files include each other".formatted(DEEPEST));
    }
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      String text = line.strip();
      int equals = text.indexOf('=');
      if (text.isEmpty() || text.startsWith(";") || text.startsWith("#")) {
        continue;
      }
      if (text.startsWith("%include ")) {
        read(file.resolveSibling(text.substring(9).strip()), section, sections, depth + 1);
      } else if (text.startsWith("[") && text.endsWith("]")) {
        section[0] = text.substring(1, text.length() - 1).strip().toLowerCase(Locale.ROOT);
      } else if (equals > 0 && !section[0].isEmpty()) {
        sections
            .computeIfAbsent(section[0], any -> new LinkedHashMap<>())
            .put(text.substring(0, equals).strip(), text.substring(equals + 1).strip());
      } else {
        throw new IOException(
            "%s, line %d: neither a section, nor name = value".formatted(file, number));
      }
    }
  }

  /** A section's values; none if it isn't there. */
  Map<String, String> section(String name) {
    return sections.getOrDefault(name, Map.of());
  }

  /** The parameters of a line of {@code [databases]} or {@code [users]}. */
  static Map<String, String> parameters(String text) {
    Map<String, String> parameters = new LinkedHashMap<>();
    Matcher matcher = PARAMETER.matcher(text);
    while (matcher.find()) {
      String value = matcher.group(2);
      parameters.put(
          matcher.group(1),
          value.startsWith("'")
              ? value.substring(1, value.length() - 1).replace("''", "'")
              : value);
    }
    return parameters;
  }
}
