package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.LiquibaseFolder.LiquibaseProblems;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * One changelog of Liquibase's, in XML, YAML, JSON or formatted SQL: the change sets that it has,
 * and the other changelogs that it includes. The changes themselves aren't read. Immutable.
 *
 * @param logicalFile what the history calls the file; null if that is its path
 * @param entries in their order
 */
record LiquibaseChangelog(@Nullable String logicalFile, List<Entry> entries) {

  private static final long MOST_BYTES = 16 << 20;

  private static final Pattern SQL_HEAD =
      Pattern.compile("--\\s*liquibase\\s+formatted\\s+sql(.*)", Pattern.CASE_INSENSITIVE);

  private static final Pattern SQL_SET =
      Pattern.compile(
          "--\\s*changeset\\s+(\"[^\"]+\"|[^:]+):\\s*(\"[^\"]+\"|\\S+)(.*)",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern ATTRIBUTE = Pattern.compile("(\\w+):(\"[^\"]*\"|\\S+)");

  /** The kinds of entries. */
  enum Kind {
    CHANGE_SET,
    INCLUDE,
    INCLUDE_ALL
  }

  /**
   * A change set, or others' changelogs that stand in its place.
   *
   * @param id the change set's
   * @param author its author
   * @param file the file or folder that is included; of a change set what the history calls its
   *     file, null if that is the changelog
   * @param relative whether the path begins at the changelog
   * @param required whether it is an error if it isn't there
   * @param context in which it is applied, as an expression; null if in each
   * @param labels by which Liquibase may be told to choose it; null if it has none
   */
  record Entry(
      Kind kind,
      String id,
      String author,
      @Nullable String file,
      boolean relative,
      boolean required,
      @Nullable String context,
      @Nullable String labels) {}

  LiquibaseChangelog {
    entries = List.copyOf(entries);
  }

  /** Reads a file; nothing if it is no changelog. */
  static Optional<LiquibaseChangelog> read(Path file, LiquibaseProblems problems) {
    String name = ToolFiles.nameOf(file).toLowerCase(Locale.ROOT);
    boolean xml = name.endsWith(".xml");
    boolean yaml = name.matches(".*\\.(ya?ml|json)");
    if (!xml && !yaml && !name.endsWith(".sql")) {
      return Optional.empty();
    }
    try {
      if (!isChangelog(file) || Files.size(file) > MOST_BYTES) {
        return Optional.empty();
      }
      String text = Files.readString(file, StandardCharsets.UTF_8);
      return Optional.of(xml ? ofXml(text) : yaml ? ofYaml(text) : ofSql(text));
    } catch (IOException | XMLStreamException | YAMLException e) {
      problems.error(
          file,
          "this changelog of Liquibase's can't be read: "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
      return Optional.empty();
    }
  }

  /** Whether a file is one, by how it begins. */
  static boolean isChangelog(Path file) {
    String name = ToolFiles.nameOf(file).toLowerCase(Locale.ROOT);
    if (!name.matches(".*\\.(xml|ya?ml|json|sql)")) {
      return false;
    }
    String head = ToolFiles.head(file);
    return name.endsWith(".sql")
        ? SQL_HEAD.matcher(head).find()
        : head.contains("databaseChangeLog");
  }

  private static LiquibaseChangelog ofXml(String text) throws XMLStreamException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(text));
    List<Entry> entries = new ArrayList<>();
    String logical = null;
    while (reader.hasNext()) {
      if (reader.next() != XMLStreamConstants.START_ELEMENT) {
        continue;
      }
      Map<String, String> attributes = new HashMap<>();
      for (int i = 0; i < reader.getAttributeCount(); i++) {
        attributes.put(reader.getAttributeLocalName(i), reader.getAttributeValue(i));
      }
      if (reader.getLocalName().equals("databaseChangeLog")) {
        logical = attributes.get("logicalFilePath");
      } else {
        add(reader.getLocalName(), attributes, entries);
      }
    }
    return new LiquibaseChangelog(logical, entries);
  }

  private static LiquibaseChangelog ofYaml(String text) {
    Object document = new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
    List<Entry> entries = new ArrayList<>();
    String logical = null;
    Object list = document instanceof Map<?, ?> map ? map.get("databaseChangeLog") : null;
    for (Object each : list instanceof List<?> found ? found : List.of()) {
      for (Map.Entry<?, ?> part :
          each instanceof Map<?, ?> map ? map.entrySet() : Map.of().entrySet()) {
        String element = String.valueOf(part.getKey());
        if (element.equals("logicalFilePath")) {
          logical = String.valueOf(part.getValue());
        } else if (part.getValue() instanceof Map<?, ?> values) {
          Map<String, String> attributes = new HashMap<>();
          values.forEach(
              (key, value) -> attributes.put(String.valueOf(key), String.valueOf(value)));
          add(element, attributes, entries);
        }
      }
    }
    return new LiquibaseChangelog(logical, entries);
  }

  private static LiquibaseChangelog ofSql(String text) {
    List<Entry> entries = new ArrayList<>();
    String logical = null;
    for (String line : text.lines().toList()) {
      Matcher head = SQL_HEAD.matcher(line.strip());
      Matcher set = SQL_SET.matcher(line.strip());
      if (head.matches()) {
        logical = attributes(head.group(1)).get("logicalFilePath");
      } else if (set.matches()) {
        Map<String, String> attributes = attributes(set.group(3));
        attributes.put("author", unquoted(set.group(1).strip()));
        attributes.put("id", unquoted(set.group(2)));
        add("changeSet", attributes, entries);
      }
    }
    return new LiquibaseChangelog(logical, entries);
  }

  private static Map<String, String> attributes(String text) {
    Map<String, String> attributes = new HashMap<>();
    Matcher attribute = ATTRIBUTE.matcher(text);
    while (attribute.find()) {
      attributes.put(attribute.group(1), unquoted(attribute.group(2)));
    }
    return attributes;
  }

  private static String unquoted(String text) {
    return text.length() > 1 && text.startsWith("\"") && text.endsWith("\"")
        ? text.substring(1, text.length() - 1)
        : text;
  }

  /** Takes an element that counts; those of other databases, and those to be ignored, don't. */
  private static void add(String element, Map<String, String> attributes, List<Entry> entries) {
    switch (element) {
      case "changeSet" -> {
        if (isForPostgres(attributes.getOrDefault("dbms", ""))
            && !"true".equalsIgnoreCase(attributes.get("ignore"))) {
          entries.add(changeSet(attributes));
        }
      }
      case "include" ->
          entries.add(included(Kind.INCLUDE, attributes.get("file"), "errorIfMissing", attributes));
      case "includeAll" ->
          entries.add(
              included(
                  Kind.INCLUDE_ALL, attributes.get("path"), "errorIfMissingOrEmpty", attributes));
      default -> {
        // A change, a property, a precondition: nothing that the history would have a row for.
      }
    }
  }

  private static Entry changeSet(Map<String, String> attributes) {
    String labels = attributes.getOrDefault("labels", "");
    return new Entry(
        Kind.CHANGE_SET,
        String.valueOf(attributes.get("id")),
        String.valueOf(attributes.get("author")),
        attributes.get("logicalFilePath"),
        false,
        true,
        context(attributes),
        labels.isBlank() ? null : labels.strip());
  }

  private static Entry included(
      Kind kind, @Nullable String path, String required, Map<String, String> attributes) {
    return new Entry(
        kind,
        "",
        "",
        path,
        "true".equalsIgnoreCase(attributes.get("relativeToChangelogFile")),
        !"false".equalsIgnoreCase(attributes.get(required)),
        context(attributes),
        null);
  }

  private static @Nullable String context(Map<String, String> attributes) {
    String context =
        attributes.getOrDefault("contextFilter", attributes.getOrDefault("context", ""));
    return context.isBlank() ? null : context;
  }

  /** A list of databases; those with a {@code !} in front are the ones that it isn't for. */
  private static boolean isForPostgres(String dbms) {
    boolean named = false;
    boolean others = false;
    for (String each : dbms.toLowerCase(Locale.ROOT).split(",", -1)) {
      String name = each.strip();
      if (name.equals("!postgresql") || name.equals("none")) {
        return false;
      }
      named |= name.equals("postgresql") || name.equals("all");
      others |= !name.isEmpty() && !name.startsWith("!");
    }
    return named || !others;
  }
}
