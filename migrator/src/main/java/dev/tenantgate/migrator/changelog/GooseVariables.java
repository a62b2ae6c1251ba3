package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ToolReader.ReaderTerms;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Puts environment variables into lines between {@code -- +goose ENVSUB ON} and {@code OFF}: {@code
 * $NAME}, <code>${NAME}</code>, <code>${NAME:-default}</code>. A dollar quote ({@code $body$}) is
 * left alone. Confined to one reading.
 */
final class GooseVariables {

  private static final Pattern VARIABLE =
      Pattern.compile(
          "\\$\\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?])([^}]*))?\\}"
              + "|\\$([A-Za-z_][A-Za-z0-9_]*)(?![A-Za-z0-9_$])");

  private final Map<String, String> environment;
  private final Path file;
  private final ReaderTerms terms;

  GooseVariables(Map<String, String> environment, Path file, ReaderTerms terms) {
    this.environment = environment;
    this.file = file;
    this.terms = terms;
  }

  /**
   * Puts them in.
   *
   * @param firstLine the file's line that the text begins in
   * @param lines in which of the file's lines
   */
  String substituted(String text, int firstLine, BitSet lines) {
    StringBuilder result = new StringBuilder();
    int line = firstLine;
    for (String piece : text.split("(?<=\n)", -1)) {
      result.append(lines.get(line) ? inLine(piece, line) : piece);
      line++;
    }
    return result.toString();
  }

  private String inLine(String text, int line) {
    if (text.stripLeading().startsWith("--")) {
      return text;
    }
    Matcher variable = VARIABLE.matcher(text);
    StringBuilder result = new StringBuilder();
    while (variable.find()) {
      variable.appendReplacement(result, Matcher.quoteReplacement(value(variable, line)));
    }
    return variable.appendTail(result).toString();
  }

  private String value(Matcher variable, int line) {
    boolean braces = variable.group(1) != null;
    String name = braces ? variable.group(1) : variable.group(4);
    String operator = variable.group(2) == null ? "" : variable.group(2);
    @Nullable String value = environment.get(name);
    boolean missing = value == null || (value.isEmpty() && operator.startsWith(":"));
    if (missing && operator.endsWith("-")) {
      return variable.group(3);
    }
    if (value == null) {
      terms.error(
          file,
          line,
          "the environment has no %s; set it, or write ${%s:-a default}".formatted(name, name));
      return "";
    }
    if (value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0) {
      terms.error(file, line, "the value of %s in the environment isn't one line".formatted(name));
      return "";
    }
    return value;
  }
}
