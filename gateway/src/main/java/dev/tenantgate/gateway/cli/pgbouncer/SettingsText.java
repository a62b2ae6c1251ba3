package dev.tenantgate.gateway.cli.pgbouncer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Settings by their whole keys, as a file of YAML. Stateless. */
final class SettingsText {

  /** A name in the middle of a key may have dots in it. */
  private static final Pattern NAMED =
      Pattern.compile("(pool)[.](per-(?:user|database|tenant))[.](.+)[.]([a-z-]+)");

  private SettingsText() {}

  /** The settings, sections in the order of their names. */
  static String of(Map<String, String> values) {
    Map<String, Object> sections = new TreeMap<>();
    values.forEach((key, value) -> put(sections, parts(key), value));
    StringBuilder yaml = new StringBuilder();
    append(yaml, sections, "");
    return yaml.toString();
  }

  private static List<String> parts(String key) {
    Matcher named = NAMED.matcher(key);
    return named.matches()
        ? List.of(named.group(1), named.group(2), named.group(3), named.group(4))
        : Arrays.asList(key.split("[.]"));
  }

  @SuppressWarnings("unchecked") // only these are put
  private static void put(Map<String, Object> into, List<String> parts, String value) {
    Map<String, Object> at = into;
    for (String part : parts.subList(0, parts.size() - 1)) {
      at =
          (Map<String, Object>)
              Objects.requireNonNull(
                  at.computeIfAbsent(part, any -> new LinkedHashMap<String, Object>()));
    }
    at.put(parts.get(parts.size() - 1), value);
  }

  @SuppressWarnings("unchecked") // only these are put
  private static void append(StringBuilder yaml, Map<String, Object> section, String indent) {
    for (Map.Entry<String, Object> each : inOrder(section)) {
      yaml.append(indent).append(quoted(each.getKey())).append(':');
      if (each.getValue() instanceof Map<?, ?> inner) {
        yaml.append('\n');
        append(yaml, (Map<String, Object>) inner, indent + "  ");
      } else {
        yaml.append(' ').append(quoted(String.valueOf(each.getValue()))).append('\n');
      }
    }
  }

  /** Keys of the section itself come first. */
  private static List<Map.Entry<String, Object>> inOrder(Map<String, Object> section) {
    List<Map.Entry<String, Object>> all = new ArrayList<>(section.entrySet());
    all.sort((a, b) -> Boolean.compare(a.getValue() instanceof Map, b.getValue() instanceof Map));
    return all;
  }

  private static String quoted(String value) {
    return value.matches("[\\w./@\\-\\[\\], ]+") && !value.isBlank()
        ? value
        : "'" + value.replace("'", "''") + "'";
  }
}
