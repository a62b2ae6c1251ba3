package dev.tenantgate.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The reference of all settings: the keys as the code has them, with the texts of {@code
 * tenantgate.yaml}, the file of all keys that is shipped. Stateless.
 */
public final class SettingsReference {

  private static final int WIDTH = 118;

  private static final Pattern SECTION = Pattern.compile("([a-z]+):");
  private static final Pattern PART = Pattern.compile("  ([a-z-]+):");
  private static final Pattern KEY = Pattern.compile("  (?:  )?(#?)([a-z-]+): (.*)");
  private static final Pattern COMMENT = Pattern.compile(" *# (.*)");

  /**
   * One setting.
   *
   * @param key its key: {@code gate.hold-timeout}
   * @param variable its environment variable
   * @param values the values that it takes
   * @param defaultValue its default, as the settings file would have it; null where there is none
   * @param reload whether a reload takes another value
   * @param fileKey the key that names a file with the value; null where there is none
   * @param secret whether its value is kept from every output
   * @param text its meaning
   */
  public record Entry(
      String key,
      String variable,
      String values,
      @Nullable String defaultValue,
      String reload,
      @Nullable String fileKey,
      boolean secret,
      String text) {

    /** The part of the key in front of the first dot. */
    public String section() {
      return key.substring(0, key.indexOf('.'));
    }
  }

  /** The texts of the file of all keys: by section, and by key. */
  private record Texts(Map<String, String> sections, Map<String, String> keys) {}

  private SettingsReference() {}

  /** Every setting, in the order of the file. */
  public static List<Entry> entries() {
    Map<String, String> texts = texts().keys();
    return SettingKeys.ALL.stream()
        .map(key -> entry(key, texts.getOrDefault(key.name(), "")))
        .toList();
  }

  private static Entry entry(SettingKey<?> key, String text) {
    return new Entry(
        key.name(),
        SettingKey.variableOf(key.name()),
        key.type().describe(),
        key.defaultText(),
        key.reload().text(),
        key.fromFile() ? key.fileName() : null,
        key.secret(),
        withoutDefault(text, key.defaultText()));
  }

  /** Each text ends with the default, which has a place of its own in the reference. */
  private static String withoutDefault(String text, @Nullable String defaultText) {
    String end = defaultText == null ? "No default." : "Default " + defaultText + ".";
    return text.endsWith(end) ? text.substring(0, text.length() - end.length()).strip() : text;
  }

  /** The whole reference as Markdown, with lines below 120 columns. */
  public static String markdown() {
    Texts texts = texts();
    StringBuilder page = new StringBuilder(64 << 10);
    page.append("# Settings\n\n");
    paragraph(
        page,
        "Every key of the settings file, as `tenantgate config reference` prints them. Each is an"
            + " environment variable as well, which wins over the file; the command line (`--set"
            + " KEY=VALUE`) wins over both. Durations are a whole number and a unit: `500ms`,"
            + " `30s`, `2m`, `1h`. In the environment and on the command line, commas separate the"
            + " elements of a list.");
    paragraph(
        page,
        "*Reload* says whether another value is in force after SIGHUP or `POST /api/v1/reload`."
            + " `needs a restart`: the reload is refused, and names the key.");
    Map<String, List<Entry>> sections =
        entries().stream()
            .collect(
                Collectors.groupingBy(Entry::section, LinkedHashMap::new, Collectors.toList()));
    sections
        .keySet()
        .forEach(
            section ->
                line(page, "- [%s](#%s): %s".formatted(section, section, about(texts, section))));
    sections.forEach(
        (section, entries) -> {
          page.append("\n## ").append(section).append("\n\n");
          paragraph(page, about(texts, section));
          entries.forEach(entry -> append(page, entry));
        });
    return page.toString().stripTrailing() + "\n";
  }

  private static String about(Texts texts, String section) {
    return texts.sections().getOrDefault(section, "");
  }

  private static void append(StringBuilder page, Entry entry) {
    page.append("### ").append(entry.key()).append("\n\n");
    String text = (entry.text() + (entry.secret() ? " Never shown." : "")).strip();
    if (!text.isEmpty()) {
      paragraph(page, text);
    }
    String defaultValue = entry.defaultValue() == null ? "none" : "`" + entry.defaultValue() + "`";
    line(page, "- Values: " + entry.values());
    page.append("- Default: ").append(defaultValue).append('\n');
    page.append("- Reload: ").append(entry.reload()).append('\n');
    page.append("- Environment: `").append(entry.variable()).append("`\n");
    if (entry.fileKey() != null) {
      page.append("- From a file: `").append(entry.fileKey()).append("`\n");
    }
    page.append('\n');
  }

  /** Appends a text, and an empty line. */
  private static void paragraph(StringBuilder page, String text) {
    line(page, text);
    page.append('\n');
  }

  /** Appends a text broken at the page's width; an item of a list goes on below its own text. */
  private static void line(StringBuilder page, String text) {
    String indent = text.startsWith("- ") ? "  " : "";
    int column = 0;
    for (String word : text.split(" ", -1)) {
      if (column > 0 && column + 1 + word.length() > WIDTH) {
        page.append('\n').append(indent);
        column = indent.length();
      } else if (column > 0) {
        page.append(' ');
        column++;
      }
      page.append(word);
      column += word.length();
    }
    page.append('\n');
  }

  private static Texts texts() {
    Texts texts = new Texts(new LinkedHashMap<>(), new LinkedHashMap<>());
    String section = "";
    String part = "";
    String about = "";
    List<String> comment = new ArrayList<>();
    for (String line : lines()) {
      Matcher said = COMMENT.matcher(line);
      Matcher head = SECTION.matcher(line);
      Matcher within = PART.matcher(line);
      Matcher key = KEY.matcher(line);
      if (said.matches()) {
        comment.add(said.group(1));
      } else if (head.matches()) {
        section = head.group(1);
        texts.sections().put(section, taken(comment));
      } else if (within.matches()) {
        part = within.group(1) + ".";
        // A comment above a part is about all of its keys: the first one's text begins with it.
        about = withoutDefault(taken(comment), null) + " ";
      } else if (key.matches()) {
        String inner = line.startsWith("    ") ? part : "";
        texts.keys().put(section + "." + inner + key.group(2), (about + taken(comment)).strip());
        about = "";
      } else {
        comment.clear();
      }
    }
    return texts;
  }

  private static String taken(List<String> comment) {
    String text = String.join(" ", comment);
    comment.clear();
    return text;
  }

  private static List<String> lines() {
    try (InputStream in = SettingsReference.class.getResourceAsStream("tenantgate.yaml")) {
      if (in == null) {
        throw new IllegalStateException("tenantgate.yaml isn't beside the classes");
      }
      return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
